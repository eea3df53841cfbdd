"""A cart read from a request body, and kept as JSON for pricing it anew."""

from collections.abc import Iterator
from typing import Any

import msgspec

from dsp.cart.lines import Choice

from .body_fields import Fields
from .cart_request import MOST_GUESTS, CartRequest, RequestedDiscount, RequestedLine
from .refusals import Malformed

_MOST_ENTRIES = 2_000  # Lines and modifiers.
_MOST_LEVELS = 20
_MOST_DISCOUNTS = 50
_MOST_AMOUNT = 10**12
_MOST_QUANTITY = 1_000_000  # Those above what may be ordered are refused with the cart's problems.
_TEXT_LENGTH = 500


def read(fields: Fields) -> CartRequest:
    """Read the cart of a quote. Raises Malformed."""
    reader = _Lines()
    lines = tuple(reader.line(line) for line in fields.objects("lines"))
    if not lines:
        raise Malformed("lines is missing: send at least one.")
    return CartRequest(
        fulfillment_type=fields.text("fulfillment_type", most=64),
        lines=lines,
        requested_for=fields.instant("requested_for"),
        tip=fields.whole("tip", least=0, most=_MOST_AMOUNT) or 0,
        discounts=tuple(_discounts(fields, len(lines))),
    )


def to_json(request: CartRequest) -> Any:
    """Return the cart as a quote keeps it."""
    return msgspec.to_builtins(request)


def from_json(kept: Any) -> CartRequest:
    return msgspec.convert(kept, CartRequest)


class _Lines:
    """Reads lines with their choices; counts them over the whole cart."""

    def __init__(self) -> None:
        self._count = 0

    def line(self, fields: Fields) -> RequestedLine:
        self._take(fields)
        return RequestedLine(
            id=fields.id("id"),
            quantity=fields.required_whole("quantity", least=1, most=_MOST_QUANTITY),
            modifiers=self._choices(fields, 1),
            special_instructions=fields.optional_text("special_instructions", most=_TEXT_LENGTH),
            guest=fields.whole("guest", least=0, most=MOST_GUESTS) or 0,
        )

    def _choices(self, fields: Fields, level: int) -> tuple[Choice, ...]:
        return tuple(self._choice(one, level) for one in fields.objects("modifiers"))

    def _choice(self, fields: Fields, level: int) -> Choice:
        self._take(fields)
        if level > _MOST_LEVELS:
            raise Malformed(f"lines has modifiers below more than {_MOST_LEVELS} others.")
        return Choice(
            id=fields.id("id"),
            quantity=fields.required_whole("quantity", least=1, most=_MOST_QUANTITY),
            modifier_group_id=fields.optional_id("modifier_group_id") or None,
            modifiers=self._choices(fields, level + 1),
        )

    def _take(self, fields: Fields) -> None:
        self._count += 1
        if self._count > _MOST_ENTRIES:
            raise Malformed(f"lines has more than {_MOST_ENTRIES} lines and modifiers.")


def _discounts(fields: Fields, line_count: int) -> Iterator[RequestedDiscount]:
    for index, one in enumerate(fields.objects("discounts")):
        if index == _MOST_DISCOUNTS:
            raise Malformed(f"discounts has more than {_MOST_DISCOUNTS}.")
        yield RequestedDiscount(
            id=one.id("id"),
            amount=one.required_whole("amount", least=1, most=_MOST_AMOUNT),
            line=one.whole("line", least=0, most=line_count - 1),
        )
