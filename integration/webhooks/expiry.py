"""Expiry of events that are no longer worth sending.

An event that reports a state (a location's catalog, its status) is true whenever it arrives: it is
given up only when an attempt fails a week after the first failure. An event about a moment has a
fixed deadline, and is never sent after it.
"""

from collections import defaultdict
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from integration.db import database_time
from integration.models import Alarm, Endpoint, OutboundEvent
from integration.monitoring import alarms

from . import endpoints, event_types, listeners

State, Ending = OutboundEvent.State, OutboundEvent.Ending

AFTER_FIRST_FAILURE = timedelta(days=7)
_AT_ONCE = 500


def deadline_from(event_type: str, now: datetime) -> datetime | None:
    """Return the deadline of an event created now; None if its attempts decide."""
    window = event_types.get(event_type).window
    return None if window is None else now + window


def has_deadline(event: OutboundEvent) -> bool:
    """Return True if the event is never sent after `expires_at`, whatever its attempts do."""
    return event.is_urgent or event_types.get(event.event_type).window is not None


def has_expired(event: OutboundEvent, now: datetime) -> bool:
    """Return True if the event must no longer be sent."""
    return has_deadline(event) and event.expires_at is not None and event.expires_at <= now


def expire_due() -> int:
    """Give up the events whose deadline has passed, and raise alarms; run every second."""
    now = database_time.now()
    windowed = [kind.name for kind in event_types.registered() if kind.window is not None]
    with_deadline = Q(is_urgent=True) | Q(event_type__in=windowed)
    unleased = Q(leased_until=None) | Q(leased_until__lte=now)
    unreachable = _unreachable_endpoints()  # Their events wait and do not expire.
    due = (
        OutboundEvent.objects.filter(
            with_deadline, unleased, state=State.WAITING, expires_at__lte=now
        )
        .exclude(Q(is_urgent=False) & Q(endpoint__in=unreachable))
        .order_by("pk")
    )
    if not due.exists():  # On SQLite, even an empty transaction makes other writers wait.
        return 0
    with transaction.atomic():
        events = list(due.select_for_update(skip_locked=True)[:_AT_ONCE])
        give_up(events, Ending.EXPIRED, now)
    return len(events)


def give_up(events: list[OutboundEvent], ending: OutboundEvent.Ending, now: datetime) -> None:
    """Give up these locked events: notify their listeners and, if they expired, the operators."""
    if not events:
        return
    for event in events:
        event.state, event.ending, event.finished_at = State.FAILED, ending, now
        event.claim = event.leased_until = None
    OutboundEvent.objects.bulk_update(
        events, ["state", "ending", "finished_at", "claim", "leased_until"]
    )
    listeners.notify_ended(events)
    if ending == Ending.EXPIRED:
        _raise_alarms(events)


def _raise_alarms(events: list[OutboundEvent]) -> None:
    names_by_cause: dict[tuple[str, int], list[str]] = defaultdict(list)
    for event in events:
        names_by_cause[event.endpoint, event.merchant_id].append(event.event_type)
    # Always in the same order: an open alarm's row stays locked until the transaction ends.
    for (endpoint, merchant_id), names in sorted(names_by_cause.items()):
        alarms.raise_alarm(
            Alarm.Kind.EXPIRED,
            endpoint=endpoint,
            merchant_id=merchant_id,
            times=len(names),
            message=f"Events ({', '.join(sorted(set(names)))}) could not be sent in time and were"
            f" given up. {_what_follows(names)}{_what_to_do(endpoint)}",
        )


def _what_follows(names: list[str]) -> str:
    sentences = {event_types.get(name).after_failure for name in names}
    return "".join(f"{sentence} " for sentence in sorted(sentences) if sentence)


def _what_to_do(endpoint: str) -> str:
    if endpoint == endpoints.STREAM:
        return "Check the orders they belong to: Stream may not know about them."
    return f"Ask the operator of the receiver “{endpoint}” why it did not accept them."


def _unreachable_endpoints() -> list[str]:
    """Return the endpoints that are stopped or have no address."""
    stopped = dict(Endpoint.objects.values_list("name", "stopped_at"))
    return [
        name
        for name in {endpoints.STREAM, *stopped}
        if stopped.get(name) is not None or endpoints.destination(name) is None
    ]
