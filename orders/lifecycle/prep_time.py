"""An order's prep time, from the kitchen's load and the order's size."""

from collections.abc import Iterable

from catalog.locations import prep_time as location_prep_time
from catalog.models import Location
from catalog.models.order_rules import LONGEST_MINUTES
from orders.cart.lines import Entry


def minutes_for(location: Location, entries: Iterable[Entry], *, open_orders: int) -> int:
    """Return the minutes that the answer to the order promises (contract ORD-NEW)."""
    return location_prep_time.minutes_for(
        location, open_orders=open_orders, items=items_in(entries)
    )


def items_in(entries: Iterable[Entry]) -> int:
    """Count the pieces the kitchen makes, without modifiers and open lines."""
    return sum(
        entry.sent.quantity for entry in entries if entry.parent is None and not entry.is_open
    )


def is_possible(minutes: int) -> bool:
    """Return True if staff may promise this time when they accept an order."""
    return 0 <= minutes <= LONGEST_MINUTES
