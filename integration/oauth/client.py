"""Stream's client application, made from the settings."""

from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import check_password

from integration.models import Application


def ensure_stream_application() -> Application:
    """Makes or mends the client that STREAM_CLIENT_ID names; running it again changes nothing."""
    application = Application.objects.filter(client_id=settings.STREAM_CLIENT_ID).first()
    application = application or Application(client_id=settings.STREAM_CLIENT_ID)
    wanted = {
        "name": "Stream",
        "client_type": Application.CLIENT_CONFIDENTIAL,
        "authorization_grant_type": Application.GRANT_AUTHORIZATION_CODE,
        "redirect_uris": " ".join(settings.STREAM_REDIRECT_URIS),
    }
    changed = {name for name, value in wanted.items() if getattr(application, name) != value}
    secret_fits = bool(application.pk) and check_password(
        settings.STREAM_CLIENT_SECRET, application.client_secret
    )
    if changed or not secret_fits:
        for name, value in wanted.items():
            setattr(application, name, value)
        if not secret_fits:
            application.client_secret = settings.STREAM_CLIENT_SECRET  # Hashed when saved.
        application.save()
    return application


def after_migrate(**kwargs: Any) -> None:
    """Every deployment migrates, so every deployment has the client that its settings name."""
    if settings.STREAM_CLIENT_ID:
        ensure_stream_application()
