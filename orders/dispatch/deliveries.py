"""The deliveries of the dispatch page: orders of our own, and followed ones of other POSs."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404

from catalog.locations.access import visible_locations
from integration.models import User
from orders.models import Driver, DriverAssignment, FollowedOrder, Order
from orders.staff_pages.access import Scope
from orders.states import ENDS, OWN_DELIVERY, State

from .driver_assignment import Deliverable

OWN, FOLLOWED = "own", "followed"  # In addresses and forms.
ENDED_SHOWN_FOR = timedelta(hours=2)
_CONFIRMED_WITHIN = timedelta(days=2)  # Ended orders; the index of confirmations finds them.
MOST_SHOWN = 500  # Of each kind; with more than that, staff choose a location.
_OPEN = sorted(frozenset(State) - ENDS - {State.PENDING})
_ENDED = sorted(ENDS - {State.REJECTED})


@dataclass(frozen=True)
class Delivery:
    """An order that our driver delivers, and who does."""

    order: Deliverable
    assignment: DriverAssignment | None


def kind_of(order: Deliverable) -> str:
    return OWN if isinstance(order, Order) else FOLLOWED


def find(user: User, kind: str, key: UUID) -> Deliverable:
    """Return an order of the kind that the user may see. Raises Http404."""
    places = visible_locations(user)
    found: Deliverable | None = None
    if kind == OWN:
        related = ("location", "merchant", "entered_by")
        found = Order.objects.select_related(*related).filter(location__in=places, pk=key).first()
    elif kind == FOLLOWED:
        theirs = FollowedOrder.objects.select_related("location", "merchant", "own_order")
        found = theirs.filter(location__in=places, pk=key).first()
    if found is None:
        raise Http404("You have no such order.")
    return found


def find_all(user: User, kind: str, keys: Sequence[UUID]) -> Sequence[Deliverable]:
    """Return these orders of the kind. Raises Http404 if the user may not see one of them."""
    model = Order if kind == OWN else FollowedOrder
    seen = model.objects.filter(location__in=visible_locations(user), pk__in=keys)
    found: Sequence[Deliverable] = list(seen)
    if len(found) < len(set(keys)):
        raise Http404("You have no such order.")
    return found


def driver_for(orders: Sequence[Deliverable], driver_id: int) -> Driver:
    """Return a driver of the orders' one merchant. Raises Http404."""
    merchants = {order.merchant_id for order in orders}
    driver = Driver.objects.filter(merchant__in=merchants, pk=driver_id, erased_at=None).first()
    if driver is None or len(merchants) > 1:
        raise Http404("You have no such driver.")
    return driver


def version(scope: Scope, language: str, now: datetime) -> str:
    """Return the page's ETag, which changes with anything that it shows. Three small queries.

    As on the board, it covers each order's own time of change, and the minute.
    """
    places = [(place.pk, place.name) for place in scope.locations]
    own = list(_own(scope, now).values_list("pk", "updated_at"))
    times = ("pk", "updated_at", "ended_at", "due_at")
    followed = [list(orders.values_list(*times)) for orders in _followed(scope, now)]
    person = (scope.user.pk, scope.user.role, language, scope.query)
    shown = (person, places, int(now.timestamp()) // 60, own, followed)
    return f'"{hashlib.sha256(repr(shown).encode()).hexdigest()[:32]}"'


def load(scope: Scope, now: datetime) -> list[Delivery]:
    """Load the deliveries with their locations and drivers, in five queries."""
    unused = ("answer", "fingerprint", "identity", "stock_taken")
    own = list(_own(scope, now).defer(*unused))
    followed = [order for orders in _followed(scope, now) for order in orders]
    found: list[Deliverable] = [*own, *followed]
    places = {place.pk: place for place in scope.locations}
    for order in found:
        assert order.location_id is not None
        order.location = places[order.location_id]
    current = assignments(found)
    return [Delivery(order, current.get(order.pk)) for order in found]


def assignments(orders: Sequence[Deliverable]) -> dict[UUID, DriverAssignment]:
    """Return the present assignment of each order that has one, with its driver."""
    rows = DriverAssignment.objects.filter(replaced_at=None).select_related("driver")
    own = [order.pk for order in orders if isinstance(order, Order)]
    followed = [order.pk for order in orders if isinstance(order, FollowedOrder)]
    return {
        **{row.order_id: row for row in rows.filter(order__in=own) if row.order_id},
        **{row.followed_id: row for row in rows.filter(followed__in=followed) if row.followed_id},
    }


def _own(scope: Scope, now: datetime) -> "QuerySet[Order]":
    ended = Q(state__in=_ENDED, updated_at__gte=now - ENDED_SHOWN_FOR)
    orders = Order.objects.filter(
        Q(state__in=_OPEN) | ended,
        location__in=[place.pk for place in scope.locations],
        fulfillment_type=OWN_DELIVERY,
    )
    return orders.order_by("created_at", "pk")[:MOST_SHOWN]


def _followed(scope: Scope, now: datetime) -> "list[QuerySet[FollowedOrder]]":
    """Return open and ended ones as two queries, because each has an index of its own."""
    here = FollowedOrder.objects.filter(
        location__in=[place.pk for place in scope.locations],
        fulfillment_type=OWN_DELIVERY,
        own_order=None,
    ).order_by("confirmed_at", "pk")
    ended = here.filter(
        merchant__in={place.merchant_id for place in scope.locations},
        confirmed_at__gte=now - _CONFIRMED_WITHIN,
        ended_at__gte=now - ENDED_SHOWN_FOR,
    )
    return [here.filter(ended_at=None)[:MOST_SHOWN], ended[:MOST_SHOWN]]
