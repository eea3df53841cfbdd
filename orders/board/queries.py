"""Queries for the board's orders, and the version that polls compare."""

import hashlib
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from integration.models import Alarm
from orders.models import Order
from orders.staff_pages.access import Scope
from orders.states import ENDS, State

from .followed import followed_version

# Ended orders stay for a while, so that nobody wonders where they went.
ENDED_SHOWN_FOR = timedelta(minutes=30)
# A cancelation stays until somebody has acknowledged it, but not forever.
UNSEEN_SHOWN_FOR = timedelta(hours=12)
CANCELED = frozenset({State.DSP_CANCELED, State.MERCHANT_CANCELED, State.FAILED})
_OPEN = sorted(frozenset(State) - ENDS)
MAX_ORDERS = 500  # On one board; with more open orders than that, staff choose a location.


def visible_orders(scope: Scope, now: datetime) -> "QuerySet[Order]":
    """Select open orders, recently ended ones and unacknowledged cancelations, oldest first."""
    lately = Q(updated_at__gte=now - ENDED_SHOWN_FOR) | Q(state__in=sorted(CANCELED), seen_at=None)
    ended = Q(state__in=sorted(ENDS), updated_at__gte=now - UNSEEN_SHOWN_FOR) & lately
    here = Order.objects.filter(location__in=[location.pk for location in scope.locations])
    return here.filter(Q(state__in=_OPEN) | ended).order_by("created_at", "pk")


def board_version(scope: Scope, language: str, now: datetime, *, standstill: bool) -> str:
    """Return the board's ETag, which changes with anything the board shows.

    One small query, and another if a location shows the orders of other POSs.

    It covers each order's own time of change, not only the latest: a change that commits after a
    later one would be missed. It covers the minute, because the cards show ages.
    """
    orders = visible_orders(scope, now).values_list("pk", "updated_at", "seen_at")[: MAX_ORDERS + 1]
    places = [
        (place.pk, place.name, place.is_paused(now), place.paused_until)
        for place in scope.locations
    ]
    person = (scope.user.pk, scope.user.role, language, scope.query)
    minute = int(now.timestamp()) // 60
    followed = followed_version(scope, now)
    seen = repr((person, places, minute, standstill, list(orders), followed))
    return f'"{hashlib.sha256(seen.encode()).hexdigest()[:32]}"'


def workers_stand_still() -> bool:
    """Return True while an alarm says that no worker decides orders or sends news of them."""
    return Alarm.objects.filter(kind=Alarm.Kind.STALLED, resolved_at=None).exists()


def load_orders(scope: Scope, now: datetime) -> list[Order]:
    """Load the board's orders with their locations: MAX_ORDERS + 1 when there are more."""
    unused = ("answer", "fingerprint", "identity", "stock_taken")
    orders = list(visible_orders(scope, now).defer(*unused)[: MAX_ORDERS + 1])
    places = {place.pk: place for place in scope.locations}
    for order in orders:
        order.location = places[order.location_id]
    return orders
