"""Authentication at our REST endpoints: Stream's bearer token for a merchant (RFC 6750)."""

from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from integration.models import AccessToken, Merchant

from . import access_tokens, authorizations, bearer

if TYPE_CHECKING:  # rest_framework.views reads the settings, which name this module.
    from rest_framework.views import APIView


class BearerAuthentication(BaseAuthentication):
    """Set `request.auth` to the access token; `request.user` is nobody.

    The authorization belongs to the merchant, so nothing depends on the person who gave it. Only
    the header counts, never the body or the query, so a bad token is 401 whatever else is wrong
    with the request.
    """

    def authenticate(self, request: Request) -> tuple[AnonymousUser, AccessToken] | None:
        token = bearer.token_in(request.headers.get("Authorization", ""))
        if not token:
            return None
        return AnonymousUser(), usable(access_tokens.find(token))

    def authenticate_header(self, request: Request) -> str:
        return challenge(request.headers.get("Authorization"))


def challenge(authorization: str | None) -> str:
    """Return the `WWW-Authenticate` of a 401 to a request with this header (RFC 6750)."""
    return 'Bearer realm="stream-pos"' + (', error="invalid_token"' if authorization else "")


def usable(access_token: AccessToken | None) -> AccessToken:
    """Return the token that was found. Raises AuthenticationFailed if it gives no access."""
    if access_token is None:
        raise _not_good()
    if access_token.authorization is not None:
        authorizations.note_use(access_token.authorization)
    return access_token


def _not_good() -> exceptions.AuthenticationFailed:
    return exceptions.AuthenticationFailed(
        "The access token is wrong, expired or revoked: refresh it, or authorize again.",
        "invalid_token",
    )


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


def hold_authorization(request: Request) -> None:
    """Keep the authorization of the request from ending before the transaction does.

    Raise AuthenticationFailed if it has ended since the token was checked: otherwise a request
    under way could connect what a disconnect has just disconnected.
    """
    access_token = request.auth
    if not isinstance(access_token, AccessToken):
        raise exceptions.NotAuthenticated
    held = authorizations.hold(pk=access_token.authorization_id)
    if held is None or held.epoch != access_token.epoch:
        raise _not_good()
