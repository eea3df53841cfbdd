"""Requests of clients: their fields, and the one way by which each names its client (RFC 6749)."""

import base64
import binascii
from collections.abc import Callable, Collection
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote_plus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from integration.api.json_body import Members, NotJson, read_json, without_mark
from integration.api.request_body import BodyTooLarge, read_body
from integration.api.text import is_blank
from integration.oauth import client_roles
from integration.oauth.pos_role import POS

LIMIT = 64 * 1024
CREDENTIALS = frozenset({"client_id", "client_secret"})


class ClientError(Exception):
    """An RFC 6749 §5.2 error."""

    def __init__(self, description: str, error: str = "invalid_request", status: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.status = status


class Credentials(NamedTuple):
    """The ID and secret by which a client is known."""

    client_id: str
    client_secret: str


@method_decorator(csrf_exempt, name="dispatch")
@method_decorator(sensitive_post_parameters(), name="dispatch")
class ClientView(View):
    """Answer a client's POST, whatever its form; subclasses have `answer` and `known`."""

    role: client_roles.ClientRole = POS
    known: Collection[str] = ()  # All other fields are ignored, whatever they hold (contract ALL).
    http_method_names = ["post", "options"]

    def http_method_not_allowed(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        answer = {"error": "invalid_request", "error_description": "Send this with POST."}
        return JsonResponse(answer, status=405, headers={"Allow": "POST, OPTIONS"})

    @method_decorator(sensitive_variables())
    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            fields = _fields(request, {*self.known, *CREDENTIALS})
            status, answer = self.answer(fields, lambda: _credentials(request, fields))
        except ClientError as error:
            status = error.status
            answer = {"error": error.error, "error_description": str(error)}
        response = JsonResponse(answer, status=status)
        response["Cache-Control"] = "no-store"
        response["Pragma"] = "no-cache"
        if status == 401:
            response["WWW-Authenticate"] = 'Basic realm="token"'
        return response

    def answer(
        self, fields: dict[str, str], credentials: Callable[[], Credentials]
    ) -> tuple[int, dict[str, Any]]:
        """Return status and body. May raise ClientError, as `credentials` does."""
        raise NotImplementedError


def _fields(request: HttpRequest, known: Collection[str]) -> dict[str, str]:
    """Return the known fields of the body, JSON or form; one without a value is left out."""
    try:
        body = read_body(request, limit=LIMIT)
    except BodyTooLarge as error:
        raise ClientError("The body is larger than 64 kB.", status=413) from error
    try:
        text = without_mark(body).decode()
    except UnicodeDecodeError as error:
        raise ClientError("The body is not UTF-8.") from error
    is_json = (request.content_type or "").endswith("json") or text.lstrip()[:1] == "{"
    fields = _json_fields(text.encode(), known) if is_json else _form_fields(text, known)
    fields = {name: value for name, value in fields.items() if not is_blank(value)}
    if any("\0" in value or len(value) > 4096 for value in fields.values()):
        raise ClientError("A field holds something that no code, token or ID of ours can hold.")
    return fields


def _form_fields(text: str, known: Collection[str]) -> dict[str, str]:
    pairs = [(name, value) for name, value in parse_qsl(text) if name in known]
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ClientError("A field is sent more than once.")
    return fields


def _json_fields(content: bytes, known: Collection[str]) -> dict[str, str]:
    try:
        body = read_json(content)
    except NotJson as error:
        raise ClientError(str(error)) from error
    if not isinstance(body, Members):
        raise ClientError("The body must be a JSON object.")
    if not body.doubled.isdisjoint(known):
        raise ClientError("A field is sent more than once.")
    fields = {name: body[name] for name in known if body.get(name) is not None}
    for name, value in fields.items():
        if not isinstance(value, str):
            raise ClientError(f"{name} must be a string.")
    try:
        "".join(fields.values()).encode()
    except UnicodeEncodeError as error:
        raise ClientError("A field holds an unpaired surrogate.") from error
    return fields


def _credentials(request: HttpRequest, fields: dict[str, str]) -> Credentials:
    """Return the client's credentials, from the one place that holds them (RFC 6749 §2.3)."""
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":  # Stream sends a Bearer header along (contract DSP-TOK).
        if not fields.keys() >= CREDENTIALS:
            raise ClientError("client_id and client_secret are missing.", "invalid_client", 401)
        return Credentials(fields["client_id"], fields["client_secret"])
    basic = _basic(encoded.strip())
    if "client_secret" in fields:
        raise ClientError("Send the client secret once: in the header or in the body.")
    if fields.get("client_id", basic.client_id) != basic.client_id:
        raise ClientError("The client_id of the body is not that of the header.")
    return basic


def _basic(encoded: str) -> Credentials:
    unreadable = ClientError("The Basic credentials cannot be read.", "invalid_client", 401)
    try:
        decoded = base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise unreadable from error
    client_id, separator, client_secret = decoded.partition(":")
    found = Credentials(unquote_plus(client_id), unquote_plus(client_secret))
    if not separator or "\0" in found.client_id + found.client_secret:
        raise unreadable
    return found
