"""Authentication of front ends by their channel key (RFC 6750)."""

from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from integration.oauth import bearer

from . import keys
from .keys import KeyHolder


class ChannelKeyAuthentication(BaseAuthentication):
    """Set `request.auth` to the holder of the key; nobody is signed in."""

    def authenticate(self, request: Request) -> tuple[None, KeyHolder] | None:
        text = bearer.token_in(request.headers.get("Authorization", ""))
        if not text:
            return None
        holder = keys.find(text)
        if holder is None:
            raise exceptions.AuthenticationFailed(
                "The channel key is wrong or was revoked.", "invalid_token"
            )
        return None, holder

    def authenticate_header(self, request: Request) -> str:
        if "Authorization" not in request.headers:
            return 'Bearer realm="stream-channel"'
        return 'Bearer realm="stream-channel", error="invalid_token"'


class HoldsKey(BasePermission):
    """Require a channel key."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return isinstance(request.auth, KeyHolder)


def holder_of(request: Request) -> KeyHolder:
    """Return who calls."""
    if not isinstance(request.auth, KeyHolder):
        raise exceptions.NotAuthenticated
    return request.auth
