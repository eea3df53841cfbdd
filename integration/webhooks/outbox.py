"""The outbox: events are written in the transaction of the change that they report."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import orjson
from django.db import transaction
from django.db.models import Case, DateTimeField, F, Q, QuerySet, Value, When

from integration import wakeups
from integration.db import database_time
from integration.models import OutboundEvent

from . import event_types, expiry, listeners
from .endpoints import STREAM

State, Ending = OutboundEvent.State, OutboundEvent.Ending
WAITING, WITHDRAWN = State.WAITING, State.WITHDRAWN

_connection_filters: list[Callable[[set[str]], set[str]]] = []


def register_connection_filter(connected_among: Callable[[set[str]], set[str]]) -> None:
    """Add a function that returns the connected ones of some locations (provider_ids).

    For the app that knows the locations, when Django starts; registering it again changes
    nothing. Before events are sent again, those of other locations are left out.
    """
    if connected_among not in _connection_filters:
        _connection_filters.append(connected_among)


class Progress(NamedTuple):
    """The state of an event's delivery.

    `ending` is empty while the event may still be sent, and Ending.UNDONE when its row is gone.
    `heard_at` is the latest instant at which the receiver may have got it; None: certainly never.
    """

    ending: str
    heard_at: datetime | None

    @property
    def is_over(self) -> bool:
        return self.ending != ""


@transaction.atomic
def emit(
    *,
    merchant_id: int,
    location_id: str,
    event_type: str,
    ordering_key: str,
    data: Mapping[str, Any] | None = None,
    body: Mapping[str, Any] | None = None,
    due_in: timedelta = timedelta(0),
    expires_at: datetime | None = None,
    replaces_waiting: bool = False,
    endpoint: str = STREAM,
) -> OutboundEvent:
    """Owe an endpoint an event about a location (its provider_id); return the outbox row.

    The caller has checked that the location is connected. An empty `location_id` means that no
    connection is needed: `data` names the location by Stream's own id. `body` is the whole event
    where Stream's envelope of type and object is not used. `due_in` holds the event back for a
    moment, so that changes in quick succession become one event. An event of an urgent
    type is sent even to a failing receiver, and never after `expires_at`; without one, the event
    type's window is the deadline. `replaces_waiting`: the event reports the current state, so older
    events of its ordering key that have not left are withdrawn.
    """
    now = database_time.now()
    if replaces_waiting:
        _supersede(ordering_key, endpoint, now)
    hasten(ordering_key, endpoint)
    if body is None:
        body = {"type": event_type, "object": {"location_id": location_id, **(data or {})}}
    event = OutboundEvent.objects.create(
        merchant_id=merchant_id,
        endpoint=endpoint,
        location_id=location_id,
        event_type=event_type,
        ordering_key=ordering_key,
        body=orjson.dumps(body).decode(),
        due_at=now + due_in,
        expires_at=expires_at or expiry.deadline_from(event_type, now),
        is_urgent=event_types.get(event_type).is_urgent,
    )
    wakeups.on_commit("integration.tasks.deliver_due", after_seconds=due_in.total_seconds())
    return event


def _supersede(ordering_key: str, endpoint: str, now: datetime) -> None:
    older = OutboundEvent.objects.filter(
        ordering_key=ordering_key, endpoint=endpoint, state=WAITING
    ).exclude(leased_until__gt=now)
    older.update(state=WITHDRAWN, ending=Ending.SUPERSEDED, finished_at=now)


def is_waiting(event_id: int | None) -> bool:
    """Return True if the event has yet to be sent and no worker holds it."""
    return event_id is not None and _unleased(event_id).exists()


def withdraw(event_id: int) -> bool:
    """Withdraw an event whose change was undone; return False if it may have left already."""
    withdrawn = _unleased(event_id).update(
        state=WITHDRAWN, ending=Ending.UNDONE, finished_at=database_time.now()
    )
    return withdrawn == 1


def withdraw_unsent(event_id: int) -> bool:
    """Withdraw an event that no worker ever took; return False if the receiver may have it."""
    unsent = _unleased(event_id).filter(last_claimed_at=None)
    withdrawn = unsent.update(
        state=WITHDRAWN, ending=Ending.UNDONE, finished_at=database_time.now()
    )
    return withdrawn == 1


def end_attempts(event_id: int) -> None:
    """Begin no further attempt; the events behind it leave when one under way has ended.

    The event's type is urgent or has a window: only such an event obeys its deadline.
    """
    now = database_time.now()
    if not withdraw(event_id):
        OutboundEvent.objects.filter(pk=event_id, state=WAITING).update(expires_at=now)


def record_arrival(event_id: int) -> None:
    """End a waiting event that its receiver is known to have, whatever its attempts said."""
    OutboundEvent.objects.filter(pk=event_id, state=WAITING).update(
        state=State.DELIVERED, ending=Ending.ARRIVED, finished_at=database_time.now()
    )


def progress(event_ids: Iterable[int]) -> dict[int, Progress]:
    """Return the progress of each of the events."""
    now, keys = database_time.now(), list(event_ids)
    by_id = {key: Progress(Ending.UNDONE, heard_at=None) for key in keys}
    rows = OutboundEvent.objects.filter(pk__in=keys) if keys else OutboundEvent.objects.none()
    for row in rows.only("state", "ending", "last_claimed_at", "finished_at"):
        ending = "" if row.state == WAITING else row.ending
        latest = row.finished_at if ending and row.finished_at else now
        by_id[row.pk] = Progress(ending, None if row.last_claimed_at is None else latest)
    return by_id


def withdraw_all(location_ids: Iterable[str]) -> int:
    """Withdraw what waits for Stream from these locations (provider_ids), now disconnected."""
    waiting = OutboundEvent.objects.filter(endpoint=STREAM, location_id__in=list(location_ids))
    return _end_waiting(waiting, WITHDRAWN, Ending.DISCONNECTED)


def hasten(ordering_key: str, endpoint: str = STREAM) -> None:
    """Make a failed event of the key due at once, because a new one waits behind it.

    Its place in the retry schedule stays, so that edits during an outage do not use it up.
    """
    now = database_time.now()
    behind = OutboundEvent.objects.filter(
        ordering_key=ordering_key,
        endpoint=endpoint,
        state=WAITING,
        due_at__gt=now,
        attempt_count__gt=0,
    ).exclude(leased_until__gt=now)
    behind = behind.exclude(asked_until__gt=now)
    if behind.update(due_at=now, attempt_count=F("attempt_count") - 1):
        wakeups.on_commit("integration.tasks.deliver_due")


def renew(event_id: int) -> None:
    """Restart the schedule of a waiting event that now covers a newer change, too.

    It is due at once, but not before the time that the receiver asked for.
    """
    now = database_time.now()
    failed_before = _unleased(event_id).filter(attempt_count__gt=0)
    failed_before.exclude(asked_until__gt=now).update(due_at=now)
    failed_before.update(attempt_count=0, expires_at=None)
    wakeups.on_commit("integration.tasks.deliver_due")


def last_sent_at(event_id: int) -> datetime | None:
    """Return when the event was last sent, whatever came of it."""
    return (
        OutboundEvent.objects.filter(pk=event_id).values_list("last_claimed_at", flat=True).first()
    )


@transaction.atomic
def requeue(events: QuerySet[OutboundEvent]) -> int:
    """Send again events that were given up or delivered, or that wait for a later attempt.

    Left out are those of locations that are no longer connected (contract WH; an event without a
    location of ours needs no connection), those withdrawn, urgent ones past their deadline, those
    no longer true, and those whose body was erased.
    """
    now = database_time.now()
    locations = set(events.values_list("location_id", flat=True))
    for connected_among in _connection_filters:
        locations = connected_among(locations)
    may_receive = ~Q(endpoint=STREAM) | Q(location_id="") | Q(location_id__in=locations)
    sendable = events.filter(may_receive, erased_at=None).exclude(leased_until__gt=now)
    sendable = sendable.exclude(state=WITHDRAWN).exclude(is_urgent=True, expires_at__lte=now)
    sendable = sendable.exclude(pk__in=_no_longer_true(sendable))
    count = sendable.update(
        state=WAITING,
        ending="",
        due_at=now,
        expires_at=_new_deadline(now),
        asked_until=None,
        finished_at=None,
        claim=None,
        attempt_count=0,
    )
    wakeups.on_commit("integration.tasks.deliver_due")
    return count


def _new_deadline(now: datetime) -> Case:
    """Begin the window of each type anew: staff know better than the clock."""
    windows = [
        When(event_type=kind.name, then=Value(now + kind.window))
        for kind in event_types.registered()
        if kind.window is not None
    ]
    is_urgent = When(is_urgent=True, then=F("expires_at"))
    return Case(is_urgent, *windows, default=None, output_field=DateTimeField())


def _no_longer_true(events: QuerySet[OutboundEvent]) -> list[int]:
    checks = {kind.name: kind.is_still_true for kind in event_types.registered()}
    checked = events.filter(event_type__in=[name for name, check in checks.items() if check])
    return [
        event.pk
        for event in checked
        if (is_still_true := checks[event.event_type]) is not None and not is_still_true(event)
    ]


def stop(events: QuerySet[OutboundEvent]) -> int:
    """Give up waiting events on behalf of staff."""
    return _end_waiting(events, State.FAILED, Ending.STOPPED)


@transaction.atomic
def _end_waiting(
    events: QuerySet[OutboundEvent], state: OutboundEvent.State, ending: OutboundEvent.Ending
) -> int:
    """End waiting events, even leased ones: an attempt under way is their last, and may succeed."""
    waiting = list(events.filter(state=WAITING).order_by("pk").select_for_update(of=("self",)))
    for event in waiting:
        event.state, event.ending, event.finished_at = state, ending, database_time.now()
    OutboundEvent.objects.bulk_update(waiting, ["state", "ending", "finished_at"], batch_size=500)
    listeners.notify_ended(waiting)
    return len(waiting)


def _unleased(event_id: int) -> QuerySet[OutboundEvent]:
    # Never claimed, or released for a later attempt.
    waiting = OutboundEvent.objects.filter(pk=event_id, state=WAITING)
    return waiting.exclude(leased_until__gt=database_time.now())
