"""Alerts to staff about orders that need attention and boards that nobody is watching.

An alert is a StaffCall row. It ends when the order is decided or done, or when somebody opens the
board, and is sent once: on the pages, by e-mail (alerts.email) and to the operator's address
(alerts.webhook). Everything here may run twice and concurrently: the database admits each alert
only once.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Case, Count, Exists, OuterRef, QuerySet, Subquery, When
from django.db.models.functions import Coalesce

from catalog.locations.access import visible_locations
from catalog.models import AcceptanceMode, Location
from integration import wakeups
from integration.db import database_time
from integration.models import User
from orders.lifecycle import kitchen_load
from orders.models import Order, StaffCall
from orders.states import State

from . import presence
from . import webhook as alert_webhook

Reason = StaffCall.Reason
# A board may be closed for a moment, and opened somewhat after the restaurant.
GRACE = timedelta(minutes=5)
_DAY = timedelta(days=1)
_MOST_AT_ONCE = 500


def check_waiting(waiting: Collection[Order]) -> None:
    """Open alerts for these undecided orders (with their locations), and end obsolete ones.

    Runs every second: one query if nothing waits and no alert is open.
    """
    now = database_time.now()
    alerted = _alerted_orders(now)
    # If the location wants it, an order at an unwatched board opens an alert at once.
    sensitive = {order.location_id for order in waiting if order.location.call_when_unwatched}
    unwatched = sensitive - presence.watched_among(sensitive)
    for order in waiting:
        seconds = order.location.call_after_seconds
        is_old = seconds > 0 and order.created_at + timedelta(seconds=seconds) <= now
        if order.pk not in alerted and (is_old or order.location_id in unwatched):
            _open(Reason.WAITING, order.location, order.created_at, order)


def _alerted_orders(now: datetime) -> set[UUID]:
    """Return the waiting orders with an open alert; end alerts whose order has moved on.

    Read before anything else, so that an alert opened concurrently is left alone.
    """
    states = {Reason.WAITING: State.PENDING, Reason.LATE: State.IN_PROGRESS}
    rows = StaffCall.objects.filter(reason__in=list(states), ended_at=None)
    alerts = list(rows.values_list("pk", "order_id", "reason", "order__state"))
    obsolete = [key for key, _, reason, state in alerts if states[Reason(reason)] != state]
    if obsolete:
        _end(StaffCall.objects.filter(pk__in=obsolete), now)
    return {order_id for _, order_id, reason, _ in alerts if reason == Reason.WAITING and order_id}


def check_late_and_unwatched() -> None:
    """Open alerts for late orders and unwatched boards; runs every few seconds."""
    now = database_time.now()
    _alert_late_orders(now)
    _alert_unwatched_boards(now)


def _alert_late_orders(now: datetime) -> None:
    limits = Location.objects.filter(call_late_minutes__gt=0)
    minutes = dict(limits.values_list("pk", "call_late_minutes"))
    if not minutes:
        return
    alerts = StaffCall.objects.filter(order=OuterRef("pk"), reason=Reason.LATE)
    orders = kitchen_load.open_orders(now).filter(~Exists(alerts), location__in=minutes)
    for order in orders.select_related("location").order_by("created_at")[:_MOST_AT_ONCE]:
        due = order.due_at
        if due + timedelta(minutes=minutes[order.location_id]) <= now:
            _open(Reason.LATE, order.location, due, order)


def _alert_unwatched_boards(now: datetime) -> None:
    """Skip closed and paused locations; check_waiting sees to the orders that wait there."""
    rows = StaffCall.objects.filter(reason=Reason.UNWATCHED, ended_at=None)
    alerts = dict(rows.values_list("location_id", "pk"))
    needing = {location.pk: location for location in _needing_staff(now)}
    watched = presence.watched_among(needing)
    recently = presence.watched_among(needing.keys() - alerts.keys(), since=now - GRACE)
    obsolete = [key for place, key in alerts.items() if place not in needing or place in watched]
    if obsolete:
        _end(StaffCall.objects.filter(pk__in=obsolete), now)
    for place in needing.keys() - alerts.keys() - recently:
        _open(Reason.UNWATCHED, needing[place], now, None)


def _needing_staff(now: datetime) -> Iterable[Location]:
    """Yield the locations at which an order arriving now would wait for staff."""
    in_kitchen = kitchen_load.open_orders(now).filter(location=OuterRef("pk")).order_by()
    counted = in_kitchen.values("location").annotate(count=Count("pk")).values("count")
    locations = (
        Location.objects.exclude(acceptance_mode=AcceptanceMode.AUTOMATIC)
        .filter(call_when_unwatched=True, is_connected=True, archived_at=None)
        .annotate(open_orders=Coalesce(Subquery(counted), 0))
    )
    for location in locations:
        would_wait = kitchen_load.waits_for_staff(location, location.open_orders)
        is_open = location.is_open(now) and location.is_open(now - GRACE)
        if would_wait and is_open and not location.is_paused(now):
            yield location


def _open(reason: Reason, location: Location, since: datetime, order: Order | None) -> None:
    """Open an alert once: of concurrent workers, one gets past the constraint."""
    try:
        with transaction.atomic():
            call = StaffCall.objects.create(
                reason=reason, location=location, order=order, since=since
            )
            alert_webhook.emit(call)
            wakeups.on_commit("orders.tasks.mail_calls")
    except IntegrityError:
        return


def _end(calls: "QuerySet[StaffCall]", now: datetime) -> None:
    calls.filter(ended_at=None).update(ended_at=now)


def open_for(user: User, *, limit: int | None = None) -> list[StaffCall]:
    """Return the open alerts at the user's locations, the most urgent first, in one query."""
    calls = StaffCall.objects.filter(ended_at=None, location__in=visible_locations(user))
    urgency = Case(When(reason=Reason.WAITING, then=0), When(reason=Reason.LATE, then=1), default=2)
    calls = calls.select_related("location__merchant", "order")
    return list(calls.order_by(urgency, "since", "pk")[:limit])
