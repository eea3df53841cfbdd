"""Promises events to Stream, in the transaction of the change that they report."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from . import wake
from .models import OutboundEvent

WAITING = OutboundEvent.State.WAITING

# The catalog stands above this app, so it says here which of some locations are connected.
connected_among: list[Callable[[set[str]], set[str]]] = []


@transaction.atomic
def emit(
    *,
    merchant_id: int,
    location_id: str,
    event_type: str,
    ordering_key: str,
    data: Mapping[str, Any] | None = None,
    due_in: timedelta = timedelta(0),
) -> OutboundEvent:
    """Promises Stream one event about a location (its provider_id).

    The caller has asked whether the location is connected. `due_in` holds the event back for a
    moment, so that quick changes after one another become one event.
    """
    hasten(ordering_key)
    subject = {"location_id": location_id, **(data or {})}
    event = OutboundEvent.objects.create(
        merchant_id=merchant_id,
        location_id=location_id,
        event_type=event_type,
        ordering_key=ordering_key,
        body=orjson.dumps({"type": event_type, "object": subject}).decode(),
        due_at=timezone.now() + due_in,
    )
    wake.on_commit("integration.tasks.deliver_due", after_seconds=due_in.total_seconds())
    return event


def is_waiting(event_id: int | None) -> bool:
    """Whether the event has yet to leave, and no worker holds it."""
    return event_id is not None and _untouched(event_id).exists()


def withdraw(event_id: int) -> bool:
    """Takes back an event whose change was undone; False when it may have left already."""
    gone = _untouched(event_id).update(
        state=OutboundEvent.State.WITHDRAWN, finished_at=timezone.now()
    )
    return gone == 1


def withdraw_all(location_ids: Iterable[str]) -> int:
    """Takes back whatever waits for these locations (provider_ids): they are disconnected."""
    # Those that a worker holds, too: if its try fails, there is no other.
    waiting = OutboundEvent.objects.filter(location_id__in=list(location_ids), state=WAITING)
    return waiting.update(state=OutboundEvent.State.WITHDRAWN, finished_at=timezone.now())


def hasten(ordering_key: str) -> None:
    """Tries an older event of the key again at once: something new waits behind it.

    The place in its schedule stays, so that edits during an outage do not use it up.
    """
    now = timezone.now()
    behind = OutboundEvent.objects.filter(
        ordering_key=ordering_key, state=WAITING, due_at__gt=now, attempt_count__gt=0
    ).exclude(leased_until__gt=now)
    if behind.update(due_at=now, attempt_count=F("attempt_count") - 1):
        wake.on_commit("integration.tasks.deliver_due")


def last_left_at(event_id: int) -> datetime | None:
    """When the event last went out, whatever came of it."""
    return (
        OutboundEvent.objects.filter(pk=event_id).values_list("last_claimed_at", flat=True).first()
    )


def requeue(events: QuerySet[OutboundEvent]) -> int:
    """Sends events again that were given up, delivered or are waiting for a later try.

    Not those of locations that are no longer connected (contract WH), nor what was taken back:
    its change was undone.
    """
    locations = set(events.values_list("location_id", flat=True))
    for connected in connected_among:
        locations = connected(locations)
    free = events.filter(location_id__in=locations).exclude(leased_until__gt=timezone.now())
    count = free.exclude(state=OutboundEvent.State.WITHDRAWN).update(
        state=WAITING, due_at=timezone.now(), finished_at=None, claim=None, attempt_count=0
    )
    wake.on_commit("integration.tasks.deliver_due")
    return count


def stop(events: QuerySet[OutboundEvent]) -> int:
    """Gives up events that are waiting."""
    return events.filter(state=WAITING).update(
        state=OutboundEvent.State.FAILED, finished_at=timezone.now()
    )


def _untouched(event_id: int) -> QuerySet[OutboundEvent]:
    # Never claimed, or claimed and let go for a later try.
    waiting = OutboundEvent.objects.filter(pk=event_id, state=WAITING)
    return waiting.exclude(leased_until__gt=timezone.now())
