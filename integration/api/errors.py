"""Errors of the API, in the form of RFC 6749 and RFC 6750."""

from typing import Any

from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler


def answer_for(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn DRF's errors into `error` and `error_description`; used as its exception handler."""
    response = exception_handler(error, context)
    if response is None or not isinstance(error, exceptions.APIException):
        return response
    response.data = body_of(error)
    # RFC 6750 §3.1; DRF writes the header for 401 only.
    if error.get_codes() == "insufficient_scope":
        scope = getattr(context["view"], "required_scope", "")
        response["WWW-Authenticate"] = scope_challenge(scope)
    return response


def body_of(error: exceptions.APIException) -> dict[str, str]:
    """Return the content of the response to the error."""
    codes: Any = error.get_codes()
    return {
        "error": codes if isinstance(codes, str) else "invalid_request",
        "error_description": str(error.detail),
    }


def scope_challenge(scope: str) -> str:
    """Return the `WWW-Authenticate` of a response to a token without the scope."""
    return f'Bearer realm="stream-pos", error="insufficient_scope", scope="{scope}"'


def error_response(status: int, error: str, description: str) -> Response:
    """Return an error response in the form of RFC 6749 and RFC 6750.

    `description` says what is wrong and what to do.
    """
    return Response({"error": error, "error_description": description}, status=status)
