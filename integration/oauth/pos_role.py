"""The POS role: Stream as the client that reads menus and sends orders (contract AUTH, TOK)."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from integration.models import AccessToken, RefreshToken, User
from integration.models.authorizations import POS as POS_NAME
from integration.roles import Role

from .client_roles import ClientRole, Registration


def _registration() -> Registration:
    return Registration(
        client_id=settings.STREAM_CLIENT_ID,
        client_secret=settings.STREAM_CLIENT_SECRET,
        redirect_uris=settings.STREAM_REDIRECT_URIS,
        other_secrets=settings.STREAM_CLIENT_OTHER_SECRETS,
    )


def _token_fields(access: AccessToken, refresh: RefreshToken) -> dict[str, Any]:
    fields = {
        "expire_time": _milliseconds(access.expires),
        "refresh_token_expire_time": _milliseconds(refresh.expires),
        "id": access.merchant.provider_id,
    }
    user = _owner_for(access)
    if user is None:
        return fields
    sso = {"email": user.email, "full_name": user.full_name, "phone_number": user.phone}
    shown = {name: value for name, value in sso.items() if value}
    return fields | {"email": user.email, "sso_details": shown}


def _owner_for(access: AccessToken) -> User | None:
    """Return whom the answer names: who authorized, while an owner, or else the first owner.

    By these details people sign in to Stream, so they are never those of somebody who has left.
    """
    owners = access.merchant.users.filter(role=Role.OWNER, is_active=True).order_by("pk")
    found = list(owners)
    named = next((owner for owner in found if owner.pk == access.user_id), None)
    return named or next(iter(found), None)


def _milliseconds(instant: datetime) -> int:
    return int(instant.timestamp() * 1000)


POS = ClientRole(
    name=POS_NAME,
    display_name="Stream",
    registration=_registration,
    scopes={
        "locations:read": _("See your locations with their addresses and prep times"),
        "catalog:read": _("Read your menus: items, modifiers, prices and availability"),
        "orders:write": _("Send you orders, and change or cancel the orders it sent"),
        "connection:write": _("Connect and disconnect single locations"),
    },
    default_scopes=("locations:read", "catalog:read", "orders:write", "connection:write"),
    token_fields=_token_fields,
    tells_person=True,
    never=(_("Change your menus, your prices or your staff"),),
    success_status=201,  # Contract TOK; RFC 6749 has 200.
)
