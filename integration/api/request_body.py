"""Reads request bodies once, as bytes, within a limit; writes errors that people understand."""

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from django.http.request import UnreadablePostError
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler


class BodyTooLarge(Exception):
    """The body has more bytes than the endpoint takes."""


def read_body(request: HttpRequest, *, limit: int) -> bytes:
    """The whole body. Raises BodyTooLarge, without reading it when its length was announced."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length.isdecimal() and int(length) > limit:
        raise BodyTooLarge
    try:
        body = request.body
    except RequestDataTooBig as error:
        raise BodyTooLarge from error
    except UnreadablePostError:
        return b""  # The sender hung up: nobody reads the answer, and an empty body is refused.
    if len(body) > limit:
        raise BodyTooLarge
    return body


def answer_for(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: the same errors, said as `error` and `error_description`."""
    response = exception_handler(error, context)
    if response is None or not isinstance(error, exceptions.APIException):
        return response
    codes: Any = error.get_codes()
    response.data = {
        "error": codes if isinstance(codes, str) else "invalid_request",
        "error_description": str(error.detail),
    }
    if codes == "insufficient_scope":  # RFC 6750 §3.1; DRF writes the header for 401 only.
        scope = getattr(context["view"], "required_scope", "")
        challenge = f'Bearer realm="stream-pos", error="insufficient_scope", scope="{scope}"'
        response["WWW-Authenticate"] = challenge
    return response


def problem(status: int, error: str, description: str) -> Response:
    """An error answer: what is wrong and what to do, in the form of RFC 6750 and RFC 6749."""
    return Response({"error": error, "error_description": description}, status=status)
