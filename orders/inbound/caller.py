"""The sender of an order event, known by its access token."""

from rest_framework import exceptions

from integration.models import AccessToken, Merchant
from integration.oauth import access_tokens, bearer
from integration.oauth.authentication import require_scope, usable

SCOPE = "orders:write"


class Caller:
    """Whose data an event may concern: the token's merchant.

    A new order's token is looked up together with what else the order needs; `merchant` looks it
    up alone. Both raise the same APIException if the token gives no access.
    """

    def __init__(self, authorization: str, merchant: Merchant | None = None) -> None:
        self._token = bearer.token_in(authorization)
        self._merchant = merchant

    @classmethod
    def of(cls, merchant: Merchant) -> "Caller":
        """Return a caller that needs no token."""
        return cls("", merchant)

    @property
    def unchecked_token(self) -> str | None:
        """The token to look up; None once the merchant is known."""
        if self._merchant is not None:
            return None
        if not self._token:
            raise exceptions.NotAuthenticated
        return self._token

    @property
    def merchant(self) -> Merchant:
        if self._merchant is None:
            return self.admit(access_tokens.find(self.unchecked_token or ""))
        return self._merchant

    def admit(self, access_token: AccessToken | None) -> Merchant:
        """Take over the token that was found; return its merchant."""
        access_token = usable(access_token)
        require_scope(access_token, SCOPE)
        self._merchant = access_token.merchant
        return self._merchant
