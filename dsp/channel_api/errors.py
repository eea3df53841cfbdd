"""Errors of the API: a code for programs, a sentence for people, and every problem."""

from typing import Any

from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from dsp.ordering.refusals import AMOUNT_DIFFERS, FULFILLMENT_TYPE, Impossible, Malformed, NotFound
from dsp.orders import delivery_status
from dsp.orders.cancelation import TooLate
from dsp.payments.proof import AmountDiffers
from dsp.payments.proving import NotAwaited
from integration.api.request_body import BodyTooLarge

TOO_LATE = "too_late"


def answer_for(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn refusals and DRF's errors into answers; used as exception handler of the views."""
    if isinstance(error, Impossible):
        problems = [
            {"code": one.code, "line": one.line, "detail": one.detail} for one in error.problems
        ]
        return _answer(422, error.code, str(error), problems)
    for kind, code in _REFUSED.items():
        if isinstance(error, kind):
            problem = {"code": code, "line": None, "detail": str(error)}
            return _answer(422, code, str(error), [problem])
    for kind, status, code in _SINGLE:
        if isinstance(error, kind):
            return _answer(status, code, str(error))
    response = exception_handler(error, context)
    if response is not None and isinstance(error, exceptions.APIException):
        codes: Any = error.get_codes()
        code = codes if isinstance(codes, str) else "malformed"
        response.data = {"code": code, "detail": str(error.detail), "problems": []}
    return response


_REFUSED: dict[type[Exception], str] = {
    TooLate: TOO_LATE,
    AmountDiffers: AMOUNT_DIFFERS,
    NotAwaited: "not_awaited",
    delivery_status.TooEarly: "too_early",
    delivery_status.Ended: TOO_LATE,
    delivery_status.NotOurs: FULFILLMENT_TYPE,  # After its own kinds.
}
_SINGLE: list[tuple[type[Exception], int, str]] = [
    (Malformed, 400, "malformed"),
    (NotFound, 404, "not_found"),
    (Http404, 404, "not_found"),
    (BodyTooLarge, 413, "too_large"),
]


def _answer(
    status: int, code: str, detail: str, problems: list[dict[str, Any]] | None = None
) -> Response:
    body = {"code": code, "detail": detail, "problems": problems or []}
    return Response(body, status=status)
