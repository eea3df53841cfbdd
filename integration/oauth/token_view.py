"""The token endpoint: JSON, form and Basic clients get the same answer (contract TOK)."""

import base64
import binascii
import json
from typing import Any
from urllib.parse import parse_qsl, unquote_plus, urlencode

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from oauth2_provider.oauth2_backends import get_oauthlib_core

from integration.api.json_body import NotJson, read_json, without_mark
from integration.api.request_body import BodyTooLarge, read_body
from integration.api.text import is_blank

from . import client_roles
from .pos_role import POS

LIMIT = 64 * 1024
# All others are ignored, whatever they hold (contract ALL).
FIELDS = frozenset(
    {
        *("grant_type", "client_id", "client_secret", "code", "redirect_uri", "refresh_token"),
        *("scope", "code_verifier"),
    }
)
GRANT_TYPES = ("authorization_code", "refresh_token")


class TokenError(Exception):
    """An RFC 6749 §5.2 error."""

    def __init__(self, description: str, error: str = "invalid_request", status: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.status = status


@method_decorator(csrf_exempt, name="dispatch")
@method_decorator(sensitive_post_parameters(), name="dispatch")
class TokenView(View):
    """Exchange an authorization code or a refresh token for a pair of tokens of the role."""

    role: client_roles.ClientRole = POS
    http_method_names = ["post", "options"]

    def http_method_not_allowed(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        answer = {"error": "invalid_request", "error_description": "Send this with POST."}
        return JsonResponse(answer, status=405, headers={"Allow": "POST, OPTIONS"})

    @method_decorator(sensitive_variables())
    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            fields = _fields(request)
            _check(fields, self.role)
            status, answer = _exchange(fields, _authorization(request), self.role)
        except TokenError as error:
            status = error.status
            answer = {"error": error.error, "error_description": str(error)}
        response = JsonResponse(answer, status=status)
        response["Cache-Control"] = "no-store"
        response["Pragma"] = "no-cache"
        if status == 401:
            response["WWW-Authenticate"] = 'Basic realm="token"'
        return response


def _fields(request: HttpRequest) -> dict[str, str]:
    """Return the known fields of the body, JSON or form; one without a value is left out."""
    try:
        body = read_body(request, limit=LIMIT)
    except BodyTooLarge as error:
        raise TokenError("The body is larger than 64 kB.", status=413) from error
    try:
        text = without_mark(body).decode()
    except UnicodeDecodeError as error:
        raise TokenError("The body is not UTF-8.") from error
    is_json = (request.content_type or "").endswith("json") or text.lstrip()[:1] == "{"
    fields = _json_fields(text.encode()) if is_json else _form_fields(text)
    fields = {name: value for name, value in fields.items() if not is_blank(value)}
    if any("\0" in value or len(value) > 4096 for value in fields.values()):
        raise TokenError("A field holds something that no code, token or ID of ours can hold.")
    return fields


def _form_fields(text: str) -> dict[str, str]:
    pairs = [(name, value) for name, value in parse_qsl(text) if name in FIELDS]
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise TokenError("A field is sent more than once.")
    return fields


def _json_fields(content: bytes) -> dict[str, str]:
    try:
        body = read_json(content)
    except NotJson as error:
        raise TokenError(str(error)) from error
    if not isinstance(body, dict):
        raise TokenError("The body must be a JSON object.")
    fields = {name: body[name] for name in FIELDS if body.get(name) is not None}
    for name, value in fields.items():
        if not isinstance(value, str):
            raise TokenError(f"{name} must be a string.")
    try:
        "".join(fields.values()).encode()
    except UnicodeEncodeError as error:
        raise TokenError("A field holds an unpaired surrogate.") from error
    return fields


def _check(fields: dict[str, str], role: client_roles.ClientRole) -> None:
    grant_type = fields.get("grant_type", "")
    if not grant_type:
        raise TokenError("grant_type is missing: authorization_code or refresh_token.")
    if grant_type not in GRANT_TYPES:
        raise TokenError(
            "grant_type must be authorization_code or refresh_token.", "unsupported_grant_type"
        )
    required = ["code" if grant_type == "authorization_code" else "refresh_token"]
    if grant_type == "authorization_code" and role.exchange_needs_redirect_uri:
        required.append("redirect_uri")
    for name in required:
        if not fields.get(name):
            raise TokenError(f"{name} is missing.")


def _authorization(request: HttpRequest) -> str:
    """Return the Basic credentials as the toolkit reads them, or an empty text."""
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        decoded = base64.b64decode(credentials.strip(), validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise TokenError("The Basic credentials cannot be read.", "invalid_client", 401) from error
    if ":" not in decoded or "\0" in unquote_plus(decoded):
        raise TokenError("The Basic credentials cannot be read.", "invalid_client", 401)
    return f"Basic {credentials.strip()}"


def _exchange(
    fields: dict[str, str], authorization: str, role: client_roles.ClientRole
) -> tuple[int, dict[str, Any]]:
    if not authorization and not (fields.get("client_id") and fields.get("client_secret")):
        raise TokenError("client_id and client_secret are missing.", "invalid_client", 401)
    headers = {"HTTP_AUTHORIZATION": authorization} if authorization else {}
    # One transaction: a code is used up and its tokens are stored, or neither.
    with transaction.atomic():
        _, text, status = get_oauthlib_core().server.create_token_response(
            "/token", "POST", urlencode({**fields, client_roles.PARAMETER: role.name}), headers
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
        return "The code is wrong, older than 60 seconds, used before, or of another redirect_uri."
    if error == "invalid_grant":
        return "The refresh token is wrong, expired, revoked or used before."
    return "The request was refused."
