"""Authentication at our REST endpoints: Stream's bearer token for a merchant (RFC 6750)."""

from typing import TYPE_CHECKING

from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from integration.models import AccessToken, Merchant, User

from . import access_tokens, bearer

if TYPE_CHECKING:  # rest_framework.views reads the settings, which name this module.
    from rest_framework.views import APIView


class BearerAuthentication(BaseAuthentication):
    """Set `request.user` to the user who authorized and `request.auth` to the access token.

    Only the header counts, never the body or the query, so a bad token is 401 whatever else is
    wrong with the request.
    """

    def authenticate(self, request: Request) -> tuple[User, AccessToken] | None:
        token = bearer.token_in(request.headers.get("Authorization", ""))
        if not token:
            return None
        access_token = usable(access_tokens.find(token))
        return access_token.user, access_token

    def authenticate_header(self, request: Request) -> str:
        return challenge(request.headers.get("Authorization"))


def challenge(authorization: str | None) -> str:
    """Return the `WWW-Authenticate` of a 401 to a request with this header (RFC 6750)."""
    return 'Bearer realm="stream-pos"' + (', error="invalid_token"' if authorization else "")


def usable(access_token: AccessToken | None) -> AccessToken:
    """Return the token that was found. Raises AuthenticationFailed if it gives no access."""
    if access_token is None or not _is_usable(access_token):
        raise exceptions.AuthenticationFailed(
            "The access token is wrong, expired or revoked: refresh it, or authorize again.",
            "invalid_token",
        )
    return access_token


def usable_token(token: str) -> AccessToken | None:
    """Return the presented token if it is good."""
    access_token = access_tokens.find(token)
    return access_token if access_token is not None and _is_usable(access_token) else None


def _is_usable(access_token: AccessToken) -> bool:
    """Tell whether its user may sign in and has not moved."""
    user: User = access_token.user
    return user.is_active and user.merchant_id == access_token.merchant_id


def require_scope(access_token: AccessToken, scope: str) -> None:
    """Raise PermissionDenied if the token lacks the scope."""
    if scope not in access_token.scope.split():
        raise exceptions.PermissionDenied(
            f"The access token lacks the scope {scope}.", "insufficient_scope"
        )


class HasScope(BasePermission):
    """Require the view's `required_scope` of the access token."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        access_token = request.auth
        if not isinstance(access_token, AccessToken):
            return False
        require_scope(access_token, getattr(view, "required_scope", ""))
        return True


def merchant_of(request: Request) -> Merchant:
    """Return the merchant whose data this request may see: the token's."""
    access_token = request.auth
    if not isinstance(access_token, AccessToken):
        raise exceptions.NotAuthenticated
    return access_token.merchant
