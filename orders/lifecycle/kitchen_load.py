"""The load of a location's kitchen, counted only if one of the location's rules depends on it."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet

from catalog.models import AcceptanceMode, Location
from orders.models import Order
from orders.states import State

# An order for later is not work yet; one untouched for a day has been forgotten, not cooked.
SOON = timedelta(hours=1)
_FORGOTTEN = timedelta(days=1)


def is_load_dependent(location: Location) -> bool:
    """Return True if any rule of the location depends on its load."""
    is_limited = location.acceptance_mode == AcceptanceMode.BELOW_LOAD
    return is_limited or location.prep_minutes_per_order > 0


def open_orders(now: datetime) -> "QuerySet[Order]":
    """Return the orders that kitchens have to make now, at all locations."""
    day_ago = now - _FORGOTTEN
    is_for_now = Q(is_future_order=False) | Q(requested_for=None)
    present = is_for_now & Q(created_at__gt=day_ago)
    due_soon = Q(requested_for__gt=day_ago, requested_for__lte=now + SOON, is_future_order=True)
    # No match can be older; the bound keeps the part of the index that is read short.
    oldest = now - timedelta(days=settings.ORDER_DAYS_AHEAD) - _FORGOTTEN
    in_progress = Order.objects.filter(state=State.IN_PROGRESS, created_at__gt=oldest)
    return in_progress.filter(present | due_soon)


def open_orders_at(location: Location, now: datetime) -> int:
    """Count the orders the kitchen has to make; 0, without a query, if no rule depends on it.

    Concurrent orders see the same number: the limit is not a lock.
    """
    if not is_load_dependent(location):
        return 0
    return open_orders(now).filter(location=location).count()


def is_for_later(order: Order, now: datetime) -> bool:
    """Return True if the order is for a time that the present load says nothing about."""
    return order.wanted_at is not None and order.wanted_at > now + SOON


def waits_for_staff(location: Location, open_orders: int) -> bool:
    """Return True if the next order has to wait for a decision by staff (contract LIFE)."""
    mode = location.acceptance_mode
    if mode == AcceptanceMode.BELOW_LOAD:
        return open_orders >= location.load_limit
    return mode == AcceptanceMode.MANUAL
