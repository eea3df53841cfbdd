"""The revocation endpoint (RFC 7009): a client gives a token back."""

from collections.abc import Callable
from typing import Any

from integration.models import AccessToken, RefreshToken
from integration.oauth import authorizations, client
from integration.oauth.tokens import checksum

from .client_request import ClientError, ClientView, Credentials


class RevokeView(ClientView):
    """End a refresh token with all that came of its consent, or an access token alone.

    A token that is unknown or has ended gets the same answer (§2.2).
    """

    known = ("token", "token_type_hint")  # The hint only helps to find a token; we need no help.

    def answer(
        self, fields: dict[str, str], credentials: Callable[[], Credentials]
    ) -> tuple[int, dict[str, Any]]:
        if "token" not in fields:
            raise ClientError("token is missing.")
        application = client.authenticated(*credentials())
        if application is None:
            raise ClientError("The client id or the client secret is wrong.", "invalid_client", 401)
        _revoke(fields["token"], application.pk)
        return 200, {}


def _revoke(token: str, application_id: int) -> None:
    """Revoke the token. Raises ClientError if it is another client's (§2.1)."""
    found = {"token_checksum": checksum(token)}
    refresh = RefreshToken.objects.filter(**found).first()
    access = None if refresh else AccessToken.objects.filter(**found).first()
    issued = refresh or access
    if issued is None:
        return
    if issued.application_id != application_id:
        raise ClientError("The token was issued to another client.", "invalid_grant")
    if refresh is not None:
        authorizations.revoke_family(refresh.token_family)
    else:
        AccessToken.objects.filter(**found).delete()
