"""How busy a location's kitchen is: counted only where a rule of the location asks for it."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet

from catalog.models import AcceptanceMode, Location
from orders.models import Order
from orders.states import State

# An order for later is no work yet; one that nobody moved for a day is forgotten, not cooked.
SOON = timedelta(hours=1)
_FORGOTTEN = timedelta(days=1)


def is_asked_for(location: Location) -> bool:
    """Whether anything at the location depends on its load."""
    is_limited = location.acceptance_mode == AcceptanceMode.BELOW_LOAD
    return is_limited or location.prep_minutes_per_order > 0


def open_orders(now: datetime) -> "QuerySet[Order]":
    """What kitchens have to do at present, everywhere; the caller says at which location."""
    day_ago = now - _FORGOTTEN
    is_for_now = Q(is_future_order=False) | Q(requested_for=None)
    present = is_for_now & Q(created_at__gt=day_ago)
    wanted_soon = Q(requested_for__gt=day_ago, requested_for__lte=now + SOON, is_future_order=True)
    # Older ones cannot be meant: it keeps the part of the index that is read short.
    oldest = now - timedelta(days=settings.ORDER_DAYS_AHEAD) - _FORGOTTEN
    in_progress = Order.objects.filter(state=State.IN_PROGRESS, created_at__gt=oldest)
    return in_progress.filter(present | wanted_soon)


def open_orders_at(location: Location, now: datetime) -> int:
    """How many orders the kitchen has to do; 0 without a query where nothing depends on it.

    Orders that come at the same instant see the same number: the limit is no lock.
    """
    if not is_asked_for(location):
        return 0
    return open_orders(now).filter(location=location).count()


def is_for_later(order: Order, now: datetime) -> bool:
    """Whether the present load says nothing about the order."""
    return order.wanted_at is not None and order.wanted_at > now + SOON


def waits_for_staff(location: Location, open_orders: int) -> bool:
    """Whether the next order waits for a decision of staff (contract LIFE)."""
    mode = location.acceptance_mode
    if mode == AcceptanceMode.BELOW_LOAD:
        return open_orders >= location.load_limit
    return mode == AcceptanceMode.MANUAL
