"""The client applications, created from the settings."""

from typing import Any

from django.contrib.auth.hashers import check_password

from integration.models import Application

from . import client_roles, pos_role
from .client_roles import ClientRole


def ensure_application(role: ClientRole) -> Application:
    """Create or correct the role's client; running it again changes nothing.

    A client of several roles has the redirect URIs of all.
    """
    registration = role.registration()
    sharing = client_roles.roles_of_client(registration.client_id)
    uris = [uri for one in sharing for uri in one.registration().redirect_uris]
    application = Application.objects.filter(client_id=registration.client_id).first()
    application = application or Application(client_id=registration.client_id)
    values = {
        "name": sharing[0].display_name,
        "client_type": Application.CLIENT_CONFIDENTIAL,
        "authorization_grant_type": Application.GRANT_AUTHORIZATION_CODE,
        "redirect_uris": " ".join(dict.fromkeys(uris)),
    }
    has_changed = any(getattr(application, name) != value for name, value in values.items())
    secret_fits = bool(application.pk) and check_password(
        registration.client_secret, application.client_secret
    )
    if has_changed or not secret_fits:
        for name, value in values.items():
            setattr(application, name, value)
        if not secret_fits:
            application.client_secret = registration.client_secret  # Hashed when saved.
        application.save()
    return application


def ensure_stream_application() -> Application:
    """Create or correct the client that STREAM_CLIENT_ID names."""
    return ensure_application(pos_role.POS)


def after_migrate(**kwargs: Any) -> None:
    """Create the clients: every deployment migrates, so each has those that its settings name."""
    for role in client_roles.registered():
        if role.registration().client_id:
            ensure_application(role)
