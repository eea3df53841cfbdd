"""The client applications: what the settings say of them is the only truth.

A client that no setting names is refused everywhere, its secrets and redirect URIs are those of the
settings, and the row in the database only lets the toolkit's tables refer to it.
"""

import hashlib
import secrets
from typing import Any

from django.conf import settings

from integration.models import Application

from . import client_roles
from .pos_role import POS

_REQUIRED: dict[str, Any] = {  # By the toolkit.
    "client_type": Application.CLIENT_CONFIDENTIAL,
    "authorization_grant_type": Application.GRANT_AUTHORIZATION_CODE,
    "hash_client_secret": False,
    "client_secret": "",
}


def find(client_id: str) -> Application | None:
    """Return the client with this ID, or None if no setting names it."""
    roles = client_roles.roles_of_client(client_id)
    if not roles:
        return None
    application = Application.objects.filter(client_id=client_id).first()
    return application or _created(client_id, roles[0].display_name)


def authenticated(client_id: str, client_secret: str) -> Application | None:
    """Return the client if the secret is one of its own, otherwise None."""
    accepted = [
        secret
        for role in client_roles.roles_of_client(client_id)
        for secret in (role.registration().client_secret, *role.registration().other_secrets)
        if secret
    ]
    # Every one is compared, as digests: neither which one fits nor its length takes longer.
    fits = [secrets.compare_digest(_digest(secret), _digest(client_secret)) for secret in accepted]
    return find(client_id) if any(fits) else None


def redirect_uris(client_id: str) -> list[str]:
    """Return the redirect URIs of the client: those of all its roles."""
    roles = client_roles.roles_of_client(client_id)
    uris = [uri for role in roles for uri in role.registration().redirect_uris]
    return list(dict.fromkeys(uris))


def ensure_stream_application() -> Application:
    """Return the client that STREAM_CLIENT_ID names, with a row in the database."""
    return _created(settings.STREAM_CLIENT_ID, POS.display_name)


def after_migrate(**kwargs: Any) -> None:
    """Create the rows of the clients, and name them as the settings do now.

    What rows of before hold besides stays for the processes of before, which still read it.
    """
    for client_id in {role.registration().client_id for role in client_roles.registered()} - {""}:
        name = client_roles.roles_of_client(client_id)[0].display_name
        _created(client_id, name)
        Application.objects.filter(client_id=client_id).exclude(name=name).update(name=name)


def _created(client_id: str, name: str) -> Application:
    application, _ = Application.objects.get_or_create(
        client_id=client_id, defaults={"name": name, **_REQUIRED}
    )
    return application


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
