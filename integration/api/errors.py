"""Errors of the API, in the form of RFC 6749 and RFC 6750."""

from typing import Any

from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler


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
