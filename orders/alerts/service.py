"""Calls people to orders that need somebody, and to boards at which nobody looks.

A call is a row. It ends by itself, when the order is decided or done or somebody looks, and is told
once: on the pages, by e-mail (call_mail) and to the operator's address (call_endpoint). Everything
here may run twice and at once: the database lets each call in only once.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Case, Count, Exists, OuterRef, QuerySet, Subquery, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from catalog.locations.access import visible_locations
from catalog.models import AcceptanceMode, Location
from integration import wakeups
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


def look_after_waiting(waiting: Collection[Order]) -> None:
    """Calls to these undecided orders (with their locations), and ends what is over.

    For every second: one query when nothing waits and no call is open.
    """
    now = timezone.now()
    known = _open_for_orders(now)
    # While the switch is on, an order that comes where nobody looks is called for at once.
    asking = {one.location_id for one in waiting if one.location.call_when_unwatched}
    unseen = asking - presence.watched(asking)
    for order in waiting:
        seconds = order.location.call_after_seconds
        is_old = seconds > 0 and order.created_at + timedelta(seconds=seconds) <= now
        if order.pk not in known and (is_old or order.location_id in unseen):
            _open(Reason.WAITING, order.location, order.created_at, order)


def _open_for_orders(now: datetime) -> set[UUID]:
    """The orders that people are called to; ends those calls whose order has moved on.

    Read before anything else: a call that another worker opens meanwhile is left alone.
    """
    states = {Reason.WAITING: State.PENDING, Reason.LATE: State.IN_PROGRESS}
    rows = StaffCall.objects.filter(reason__in=list(states), ended_at=None)
    found = list(rows.values_list("pk", "order_id", "reason", "order__state"))
    over = [key for key, _, reason, state in found if states[Reason(reason)] != state]
    if over:
        _end(StaffCall.objects.filter(pk__in=over), now)
    return {order_id for _, order_id, reason, _ in found if reason == Reason.WAITING and order_id}


def look_around() -> None:
    """Calls to late orders and to boards at which nobody looks; for every few seconds."""
    now = timezone.now()
    _look_for_late(now)
    _look_at_boards(now)


def _look_for_late(now: datetime) -> None:
    limits = Location.objects.filter(call_late_minutes__gt=0)
    minutes = dict(limits.values_list("pk", "call_late_minutes"))
    if not minutes:
        return
    called = StaffCall.objects.filter(order=OuterRef("pk"), reason=Reason.LATE)
    known = kitchen_load.open_orders(now).filter(~Exists(called), location__in=minutes)
    for order in known.select_related("location").order_by("created_at")[:_MOST_AT_ONCE]:
        due = order.due_at
        if due + timedelta(minutes=minutes[order.location_id]) <= now:
            _open(Reason.LATE, order.location, due, order)


def _look_at_boards(now: datetime) -> None:
    """A closed or paused location needs nobody; what waits there is look_after_waiting's."""
    known = StaffCall.objects.filter(reason=Reason.UNWATCHED, ended_at=None)
    called = dict(known.values_list("location_id", "pk"))
    needing = {one.pk: one for one in _needing_staff(now)}
    watched = presence.watched(needing)
    lately = presence.watched(needing.keys() - called.keys(), since=now - GRACE)
    over = [key for place, key in called.items() if place not in needing or place in watched]
    if over:
        _end(StaffCall.objects.filter(pk__in=over), now)
    for place in needing.keys() - called.keys() - lately:
        _open(Reason.UNWATCHED, needing[place], now, None)


def _needing_staff(now: datetime) -> Iterable[Location]:
    """The locations at which an order that came now would wait for staff."""
    at_work = kitchen_load.open_orders(now).filter(location=OuterRef("pk")).order_by()
    counted = at_work.values("location").annotate(count=Count("pk")).values("count")
    locations = (
        Location.objects.exclude(acceptance_mode=AcceptanceMode.AUTOMATIC)
        .filter(call_when_unwatched=True, is_connected=True, archived_at=None)
        .annotate(open_orders=Coalesce(Subquery(counted), 0))
    )
    for one in locations:
        is_full = kitchen_load.waits_for_staff(one, one.open_orders)
        if is_full and not one.is_paused(now) and one.is_open(now) and one.is_open(now - GRACE):
            yield one


def _open(reason: Reason, location: Location, since: datetime, order: Order | None) -> None:
    """Once: of several workers that want the same, one gets past the constraint."""
    try:
        with transaction.atomic():
            call = StaffCall.objects.create(
                reason=reason, location=location, order=order, since=since
            )
            alert_webhook.tell(call)
            wakeups.on_commit("orders.tasks.mail_calls")
    except IntegrityError:
        return


def _end(calls: "QuerySet[StaffCall]", now: datetime) -> None:
    calls.filter(ended_at=None).update(ended_at=now)


def open_for(user: User, *, limit: int | None = None) -> list[StaffCall]:
    """The calls that this person's pages show in one query: what has least time first.

    Our own staff see all; a merchant's people theirs, at their own locations when limited.
    """
    calls = StaffCall.objects.filter(ended_at=None, location__in=visible_locations(user))
    urgency = Case(When(reason=Reason.WAITING, then=0), When(reason=Reason.LATE, then=1), default=2)
    found = calls.select_related("location__merchant", "order").order_by(urgency, "since", "pk")
    return list(found[:limit])
