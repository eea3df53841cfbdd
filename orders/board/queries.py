"""Which orders stand on the board, and whether anything changed since somebody looked."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from orders.models import Order, OrderLine
from orders.staff_pages.access import Scope
from orders.states import ENDS, State

# What is over stays for a moment, so that nobody wonders where it went.
ENDS_STAY = timedelta(minutes=30)
# A cancelation stays until somebody has seen it, yet not for ever.
UNSEEN_STAYS = timedelta(hours=12)
CANCELED = frozenset({State.DSP_CANCELED, State.MERCHANT_CANCELED, State.FAILED})
_OPEN = sorted(frozenset(State) - ENDS)
MOST = 500  # Orders on one board; who has more open ones than that chooses a location.
_LINE = ("id", "order_id", "depth", "kind", "provider_id", "name", "quantity")


def on_board(scope: Scope, now: datetime) -> "QuerySet[Order]":
    """The oldest first: what is open, what ended lately, and cancelations nobody has seen."""
    lately = Q(updated_at__gte=now - ENDS_STAY) | Q(state__in=sorted(CANCELED), seen_at=None)
    ended = Q(state__in=sorted(ENDS), updated_at__gte=now - UNSEEN_STAYS) & lately
    here = Order.objects.filter(location__in=[one.pk for one in scope.locations])
    return here.filter(Q(state__in=_OPEN) | ended).order_by("created_at", "pk")


def version_of(scope: Scope, language: str, now: datetime) -> str:
    """The ETag of the board: one small query, and the same until something on it differs.

    Each order's own time of change counts, not the latest alone: a change that commits after a
    later one would be overlooked. The minute counts because the cards show ages.
    """
    orders = on_board(scope, now).values_list("pk", "updated_at", "seen_at")[: MOST + 1]
    places = [(one.pk, one.name, one.is_paused(now), one.paused_until) for one in scope.locations]
    person = (scope.user.pk, scope.user.role, language, scope.query)
    seen = repr((person, places, int(now.timestamp()) // 60, list(orders)))
    return f'"{hashlib.sha256(seen.encode()).hexdigest()[:32]}"'


def orders_shown(scope: Scope, now: datetime) -> list[Order]:
    """With their locations; one more than MOST when there are more."""
    wide = ("answer", "fingerprint", "identity", "stock_taken")
    orders = list(on_board(scope, now).defer(*wide)[: MOST + 1])
    places = {one.pk: one for one in scope.locations}
    for order in orders:
        order.location = places[order.location_id]
    return orders


def lines_of(orders: Sequence[Order]) -> dict[UUID, list[dict[str, Any]]]:
    """The lines of all these orders, in one query."""
    return _by_order(
        OrderLine.objects.filter(order__in=[one.pk for one in orders])
        .order_by("order_id", "position")
        .values(*_LINE, "special_instructions")
    )


def _by_order(rows: Iterable[Any]) -> dict[UUID, list[dict[str, Any]]]:
    found: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        found[row["order_id"]].append(row)
    return found
