"""Until when an event is worth sending.

What says how things stand (a location's catalog, its status) is true whenever it arrives: it is
given up only when a try fails a week after the first one that failed. What tells of a moment has
an end that nothing moves: it is never sent after it.
"""

from collections import defaultdict
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from integration.models import Alarm, Endpoint, OutboundEvent
from integration.monitoring import alarms

from . import endpoints, event_types, listeners

State, Ending = OutboundEvent.State, OutboundEvent.Ending

AFTER_FIRST_FAILURE = timedelta(days=7)
_AT_ONCE = 500


def end_of(event_type: str, now: datetime) -> datetime | None:
    """When an event made now can be sent no more; None when that depends on its tries."""
    window = event_types.get(event_type).window
    return None if window is None else now + window


def has_fixed_end(event: OutboundEvent) -> bool:
    """Tell whether `expires_at` holds whatever becomes of the event's tries."""
    return event.is_urgent or event_types.get(event.event_type).window is not None


def is_over(event: OutboundEvent, now: datetime) -> bool:
    """Whether the event must not be sent any more."""
    return has_fixed_end(event) and event.expires_at is not None and event.expires_at <= now


@transaction.atomic
def expire_due() -> int:
    """Ends what nobody could send in time, and says so; run every second."""
    now = timezone.now()
    windowed = [kind.name for kind in event_types.registered() if kind.window is not None]
    has_end = Q(is_urgent=True) | Q(event_type__in=windowed)
    free = Q(leased_until=None) | Q(leased_until__lte=now)
    # Not as part of the query: a stopped receiver's events wait, unexpired.
    held = _without_a_way()
    due = (
        OutboundEvent.objects.filter(has_end, free, state=State.WAITING, expires_at__lte=now)
        .exclude(Q(is_urgent=False) & Q(endpoint__in=held))
        .order_by("pk")
    )
    events = list(due.select_for_update(skip_locked=True)[:_AT_ONCE])
    end(events, Ending.EXPIRED, now)
    return len(events)


def end(events: list[OutboundEvent], ending: OutboundEvent.Ending, now: datetime) -> None:
    """Gives these locked events up, tells their listeners and the people who look after them."""
    if not events:
        return
    for event in events:
        event.state, event.ending, event.finished_at = State.FAILED, ending, now
        event.claim = event.leased_until = None
    OutboundEvent.objects.bulk_update(
        events, ["state", "ending", "finished_at", "claim", "leased_until"]
    )
    listeners.tell(events)
    if ending == Ending.EXPIRED:
        _sound(events)


def _sound(events: list[OutboundEvent]) -> None:
    types: dict[tuple[str, int], list[str]] = defaultdict(list)
    for event in events:
        types[event.endpoint, event.merchant_id].append(event.event_type)
    # In one order everywhere: an open alarm's row stays locked until the transaction ends.
    for (endpoint, merchant_id), mine in sorted(types.items()):
        alarms.sound(
            Alarm.Kind.EXPIRED,
            endpoint=endpoint,
            merchant_id=merchant_id,
            times=len(mine),
            message=f"Events ({', '.join(sorted(set(mine)))}) could not be sent in time and are"
            f" given up. {_what_to_do(endpoint)}",
        )


def _what_to_do(endpoint: str) -> str:
    if endpoint == endpoints.STREAM:
        return "Look at the orders they belong to: Stream may not know of them."
    return f"Ask who runs the receiver “{endpoint}” why it did not take them."


def _without_a_way() -> list[str]:
    """Receivers that are stopped, or whose address nobody knows."""
    stopped = dict(Endpoint.objects.values_list("name", "stopped_at"))
    return [
        name
        for name in {endpoints.STREAM, *stopped}
        if stopped.get(name) is not None or endpoints.destination(name) is None
    ]
