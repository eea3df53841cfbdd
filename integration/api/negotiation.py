"""The choice of an answer's form."""

from collections.abc import Iterable
from typing import Any

from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


class LenientNegotiation(DefaultContentNegotiation):
    """Answers in the first form when the caller accepts none (RFC 9110 §12.5.1 allows it)."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        known = list(renderers)
        try:
            chosen: tuple[Any, str] = super().select_renderer(request, known, format_suffix)
        except NotAcceptable:
            return known[0], known[0].media_type or ""
        return chosen
