"""How long the kitchen needs for an order, from what it has to do already and what is ordered."""

from collections.abc import Iterable

from catalog.locations import prep_time as location_prep_time
from catalog.models import Location
from catalog.models.order_rules import LONGEST_MINUTES
from orders.cart.lines import Entry


def minutes_for(location: Location, entries: Iterable[Entry], *, open_orders: int) -> int:
    """What the order's answer promises (contract ORD-NEW)."""
    return location_prep_time.minutes_for(
        location, open_orders=open_orders, items=items_in(entries)
    )


def items_in(entries: Iterable[Entry]) -> int:
    """How many pieces the kitchen makes: no modifiers, and no lines that only cost something."""
    return sum(
        entry.sent.quantity for entry in entries if entry.parent is None and not entry.is_open
    )


def is_possible(minutes: int) -> bool:
    """Whether staff may promise it when they accept an order."""
    return 0 <= minutes <= LONGEST_MINUTES
