"""The webhook endpoint for staff alerts, used in addition to e-mail, and its signing secret."""

from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from . import env
from .generated_secrets import secret


def from_environment(*, production: bool, data_dir: Path) -> tuple[str, str]:
    """Return STAFF_CALL_URL and STAFF_CALL_SECRET; without a URL the secret is not required.

    Raise ImproperlyConfigured if a public deployment must not use these values.
    """
    url = env.http_url("STAFF_CALL_URL")
    signing_secret = env.text("STAFF_CALL_SECRET")
    if not url:
        return "", signing_secret
    if production and url.startswith("http://"):
        raise ImproperlyConfigured("STAFF_CALL_URL: write an https URL.")
    return url, secret(
        "STAFF_CALL_SECRET", signing_secret, production=production, data_dir=data_dir
    )
