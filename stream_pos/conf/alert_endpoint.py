"""Where calls for a restaurant's people go, beside the mails, and what signs them."""

from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from . import env
from .generated_secrets import secret


def from_environment(*, production: bool, data_dir: Path) -> tuple[str, str]:
    """STAFF_CALL_URL and STAFF_CALL_SECRET; without the first nobody needs the second.

    Raises ImproperlyConfigured when a public deployment must not use what is set.
    """
    url = env.web_address("STAFF_CALL_URL")
    signed_with = env.text("STAFF_CALL_SECRET")
    if not url:
        return "", signed_with
    if production and url.startswith("http://"):
        raise ImproperlyConfigured("STAFF_CALL_URL: write an https URL.")
    return url, secret("STAFF_CALL_SECRET", signed_with, production=production, data_dir=data_dir)
