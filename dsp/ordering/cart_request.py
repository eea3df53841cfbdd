"""A guest's wish, before anything is looked up."""

from datetime import datetime

from msgspec import Struct

from dsp.cart.lines import Line

MOST_GUESTS = 49  # Beside the one who orders.


class RequestedLine(Line, frozen=True):
    """A line of the cart with the guest's wish for it; 0 is who orders, 1 the next guest."""

    special_instructions: str = ""
    guest: int = 0


class RequestedDiscount(Struct, frozen=True):
    """A discount of the front end: off one line, by its index, or off the whole order."""

    id: str
    amount: int
    line: int | None = None


class CartRequest(Struct, frozen=True):
    """A cart to be priced; without `requested_for` it is wanted as soon as possible."""

    fulfillment_type: str
    lines: tuple[RequestedLine, ...]
    requested_for: datetime | None = None
    tip: int = 0
    discounts: tuple[RequestedDiscount, ...] = ()
