"""The token endpoint: JSON, form and Basic clients get the same answer (contract TOK)."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.db import transaction
from oauth2_provider.oauth2_backends import get_oauthlib_core

from integration.oauth import client_roles

from .client_request import ClientError, ClientView, Credentials

GRANT_TYPES = ("authorization_code", "refresh_token")


class TokenView(ClientView):
    """Exchange an authorization code or a refresh token for a pair of tokens of the role."""

    known = (
        *("grant_type", "code", "redirect_uri", "refresh_token"),
        *("scope", "code_verifier"),
    )

    def answer(
        self, fields: dict[str, str], credentials: Callable[[], Credentials]
    ) -> tuple[int, dict[str, Any]]:
        _check(fields, self.role)
        return _exchange(fields, credentials(), self.role)


def _check(fields: dict[str, str], role: client_roles.ClientRole) -> None:
    grant_type = fields.get("grant_type", "")
    if not grant_type:
        raise ClientError("grant_type is missing: authorization_code or refresh_token.")
    if grant_type not in GRANT_TYPES:
        raise ClientError(
            "grant_type must be authorization_code or refresh_token.", "unsupported_grant_type"
        )
    required = ["code" if grant_type == "authorization_code" else "refresh_token"]
    if grant_type == "authorization_code" and role.exchange_needs_redirect_uri:
        required.append("redirect_uri")
    for name in required:
        if not fields.get(name):
            raise ClientError(f"{name} is missing.")


def _exchange(
    fields: dict[str, str], credentials: Credentials, role: client_roles.ClientRole
) -> tuple[int, dict[str, Any]]:
    body = {**fields, **credentials._asdict(), client_roles.PARAMETER: role.name}
    # One transaction: a code is used up and its tokens are stored, or neither.
    with transaction.atomic():
        _, text, status = get_oauthlib_core().server.create_token_response(
            "/token", "POST", urlencode(body), {}
        )
    answer: dict[str, Any] = json.loads(text)
    if status == 200:
        return role.success_status, answer
    answer.setdefault("error_description", _explanation(answer["error"], fields))
    return status, {key: answer[key] for key in ("error", "error_description")}


def _explanation(error: str, fields: dict[str, str]) -> str:
    if error == "invalid_client":
        return "The client id or the client secret is wrong."
    if error == "invalid_grant" and fields["grant_type"] == "authorization_code":
        return (
            "The code is wrong, older than 60 seconds, used before, ended by a disconnect, or of"
            " another redirect_uri or code_verifier."
        )
    if error == "invalid_grant":
        return "The refresh token is wrong, expired, revoked or used before."
    return "The request was refused."
