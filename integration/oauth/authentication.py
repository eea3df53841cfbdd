"""Who calls our REST endpoints: Stream, with a merchant's bearer token (RFC 6750)."""

from typing import TYPE_CHECKING, NoReturn

from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from integration.models import AccessToken, Merchant, User

from . import access_tokens

if TYPE_CHECKING:  # rest_framework.views reads the settings, which name this module.
    from rest_framework.views import APIView


class BearerAuthentication(BaseAuthentication):
    """Sets `request.user` to the user who authorized and `request.auth` to the access token.

    Looks at the header only, never at the body or the query, so a bad token is 401 whatever else
    is wrong with the request.
    """

    def authenticate(self, request: Request) -> tuple[User, AccessToken] | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            return None
        held = access_tokens.find(token.strip())
        if held is None or not held.user.is_active or held.user.merchant_id != held.merchant_id:
            raise exceptions.AuthenticationFailed(
                "The access token is wrong, expired or revoked: refresh it, or authorize again.",
                "invalid_token",
            )
        return held.user, held

    def authenticate_header(self, request: Request) -> str:
        if "Authorization" not in request.headers:
            return 'Bearer realm="stream-pos"'
        return 'Bearer realm="stream-pos", error="invalid_token"'


class HasScope(BasePermission):
    """The token carries the view's `required_scope`."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        held = request.auth
        if not isinstance(held, AccessToken):
            return False
        scope: str = getattr(view, "required_scope", "")
        if scope not in held.scope.split():
            self._insufficient(scope)
        return True

    @staticmethod
    def _insufficient(scope: str) -> NoReturn:
        raise exceptions.PermissionDenied(
            f"The access token lacks the scope {scope}.", "insufficient_scope"
        )


def merchant_of(request: Request) -> Merchant:
    """Whose data this request may see: the token's merchant, and nobody else's."""
    held = request.auth
    if not isinstance(held, AccessToken):
        raise exceptions.NotAuthenticated
    return held.merchant
