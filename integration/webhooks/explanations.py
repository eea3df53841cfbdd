"""Says in plain words how delivery stands: why an event waits or is over, why nothing moves.

Times are UTC. No sentence names a merchant, an address or what a receiver answered, so that each
may stand on a public page.
"""

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, Q

from integration.models import Endpoint, OutboundEvent

from . import endpoints, expiry

State, Ending = OutboundEvent.State, OutboundEvent.Ending

OVERDUE_AFTER = timedelta(minutes=5)  # A worker takes what is due within a second.

_AGAIN_BY_HAND = "It is not tried again by itself; the owner or our staff can send it again."
_ENDINGS = {
    Ending.REFUSED: "The receiver refused it, and would refuse the same again: mend the cause"
    f" first. {_AGAIN_BY_HAND}",
    Ending.TRIED_OUT: f"It was given up: every try of its schedule failed. {_AGAIN_BY_HAND}",
    Ending.STOPPED: f"Staff stopped it. {_AGAIN_BY_HAND}",
    Ending.SUPERSEDED: "It is not sent any more: a newer event says what is true now.",
    Ending.UNDONE: "It is never sent: its change was undone before it left.",
    Ending.DISCONNECTED: "It is not sent any more: the location is no longer connected to Stream.",
}
# Events that were over before endings were written down.
_STATES = {
    State.DELIVERED: "It arrived.",
    State.FAILED: f"It was given up. {_AGAIN_BY_HAND}",
    State.WITHDRAWN: "It was taken back, and is never sent.",
}


def explain(event: OutboundEvent, endpoint: Endpoint | None, now: datetime) -> str:
    """Why the event will or will not be tried again, and when next.

    `endpoint` is the event's receiver; None while nothing was ever sent to it.
    """
    if event.state != State.WAITING:
        return _over(event, now)
    if event.leased_until is not None and event.leased_until > now:
        return f"It is being sent right now (try {event.claim_count})."
    held = _without_a_way(event, endpoint, now)
    if held is not None and not event.is_urgent:
        return held  # Its time does not run out meanwhile.
    if expiry.is_over(event, now):
        return "Its time is over: it is not sent any more, and will be given up in a moment."
    held = held or _why_held(event, endpoint, now) or _next_try(event, now)
    return held + _last_call(event, now)


def _over(event: OutboundEvent, now: datetime) -> str:
    ended = f" It ended {at(event.finished_at, now)}." if event.finished_at else ""
    if event.ending == Ending.ARRIVED:
        return f"It arrived at try {event.claim_count}.{ended}"
    if event.ending == Ending.EXPIRED:
        return f"It was given up: it could not be sent in time. {_after_expiry(event)}{ended}"
    why = _ENDINGS.get(Ending(event.ending)) if event.ending else None
    return (why or _STATES[State(event.state)]) + ended


def _after_expiry(event: OutboundEvent) -> str:
    if event.is_urgent:
        who = "Stream no longer waits" if event.endpoint == endpoints.STREAM else "Nobody waits"
        return f"{who} for it, so it cannot be sent again."
    return _AGAIN_BY_HAND


def _without_a_way(event: OutboundEvent, endpoint: Endpoint | None, now: datetime) -> str | None:
    if endpoints.destination(event.endpoint) is None:
        return f"{_no_address(event.endpoint)}: it waits until there is one."
    if endpoint is not None and endpoint.stopped_at is not None:
        return f"{_stopped(endpoint.stopped_at, now)}: it waits until our staff resume it."
    return None


def _why_held(event: OutboundEvent, endpoint: Endpoint | None, now: datetime) -> str | None:
    """What keeps it back though it may be due; None when it goes by its schedule."""
    before = standing_before(event)
    if before is not None:
        return (
            f"It waits behind event {before.public_id}, which is older and has the same key: they"
            " arrive in the order they were made."
        )
    if endpoint is not None and endpoint.probe_at is not None and not event.is_urgent:
        return (
            f"{_failing(endpoint, now)}: only a probe is sent now and then."
            f" {_next_probe(endpoint.probe_at, now)} Once one arrives, everything that waits goes"
            " out."
        )
    return None


def _next_try(event: OutboundEvent, now: datetime) -> str:
    tries = len(settings.WEBHOOK_RETRY_SECONDS) + 1
    number = f"try {event.attempt_count + 1} of {tries}"
    if event.is_urgent:
        number = f"try {event.attempt_count + 1}"
    if event.due_at > now:
        if not event.claim_count:
            return f"It is held back for a moment and goes out {at(event.due_at, now)}."
        return f"Its last try failed. It is tried again {at(event.due_at, now)} ({number})."
    if now - event.due_at > OVERDUE_AFTER:
        overdue = duration(now - event.due_at)
        return f"It has been due for {overdue}, and no worker took it: is one running?"
    return f"It is due now and goes out as soon as a worker is free ({number})."


def _last_call(event: OutboundEvent, now: datetime) -> str:
    """Until when it is worth sending, if that ends."""
    if event.expires_at is None:
        return ""
    if expiry.has_fixed_end(event):
        return f" It is never sent after {instant(event.expires_at, now)}."
    return f" If a try fails after {instant(event.expires_at, now)}, it is given up."


def standing_before(event: OutboundEvent) -> OutboundEvent | None:
    """The waiting event that has to be over before this one may leave."""
    earlier = OutboundEvent.objects.filter(
        state=State.WAITING, ordering_key=event.ordering_key, pk__lt=event.pk
    )
    return earlier.order_by("pk").first()


def why_stuck(endpoint: Endpoint, now: datetime) -> str | None:
    """Why nothing goes to this receiver, in one sentence; None when events go out as they arise."""
    if endpoints.destination(endpoint.name) is None:
        return f"{_no_address(endpoint.name)}: events are kept, and go out as soon as there is one."
    if endpoint.stopped_at is not None:
        return f"{_stopped(endpoint.stopped_at, now)}: its events wait until staff resume it."
    if endpoint.probe_at is not None:
        return f"{_failing(endpoint, now)}: its events wait. {_next_probe(endpoint.probe_at, now)}"
    return _overdue(endpoint, now)


def _overdue(endpoint: Endpoint, now: datetime) -> str | None:
    success = endpoint.last_success_at
    if success is not None and now - success < OVERDUE_AFTER:
        return None  # Somebody works; what is due gets its turn.
    oldest = _overdue_since(endpoint.name, now)
    if oldest is None:
        return None
    return (
        "The receiver works, but events have been due for more than five minutes: since"
        f" {instant(oldest, now)}. Is a worker running?"
    )


def _overdue_since(name: str, now: datetime) -> datetime | None:
    """Since when the longest due event of a key's head has been left alone, if for too long.

    From its making when nobody ever took it: until then it has only been held back for seconds.
    """
    long_ago = now - OVERDUE_AFTER
    waiting = OutboundEvent.objects.filter(state=State.WAITING)
    earlier = waiting.filter(ordering_key=OuterRef("ordering_key"), pk__lt=OuterRef("pk"))
    overdue = waiting.filter(
        Q(due_at__lte=long_ago) | Q(claim_count=0, created_at__lte=long_ago),
        ~Exists(earlier),
        endpoint=name,
        due_at__lte=now,
    ).exclude(leased_until__gt=now)
    first = overdue.order_by("due_at").values_list("claim_count", "created_at", "due_at").first()
    if first is None:
        return None
    claim_count, created_at, due_at = first
    return due_at if claim_count else min(created_at, due_at)


def _no_address(name: str) -> str:
    setting = " (STREAM_WEBHOOK_URL)" if name == endpoints.STREAM else ""
    return f"No webhook address is set{setting}"


def _stopped(stopped_at: datetime, now: datetime) -> str:
    return f"The receiver answered 410 (gone) {at(stopped_at, now)} and is stopped"


def _failing(endpoint: Endpoint, now: datetime) -> str:
    since = endpoint.failing_since
    return (
        f"The receiver has been failing since {instant(since, now)}"
        if since
        else ("The receiver is failing")
    )


def _next_probe(probe_at: datetime, now: datetime) -> str:
    if now - probe_at > OVERDUE_AFTER:
        return f"It was to be asked again at {instant(probe_at, now)}: is a worker running?"
    when = at(probe_at, now) if probe_at > now else "as soon as a worker is free"
    return f"It is asked again {when}."


def at(when: datetime, now: datetime) -> str:
    """`in 12 minutes, at 14:03:10 UTC`; `3 days ago, at 9 Mar 2026, 14:03:10 UTC`."""
    if abs(when - now) < timedelta(seconds=1):
        return f"now, at {instant(when, now)}"
    if when > now:
        return f"in {duration(when - now)}, at {instant(when, now)}"
    return f"{duration(now - when)} ago, at {instant(when, now)}"


def instant(when: datetime, now: datetime) -> str:
    """The time of day, and the day if it is not today's."""
    when, now = when.astimezone(UTC), now.astimezone(UTC)
    day = "" if when.date() == now.date() else f"{when.day} {when:%b %Y}, "
    return f"{day}{when:%H:%M:%S} UTC"


def duration(span: timedelta) -> str:
    """`45 seconds`, `12 minutes`, `7 hours`, `3 days`: never in more than three digits."""
    seconds = max(0, round(span.total_seconds()))
    for unit_seconds, unit, most in ((1, "second", 120), (60, "minute", 120), (3600, "hour", 48)):
        if seconds < unit_seconds * most:
            return _counted(round(seconds / unit_seconds), unit)
    return _counted(round(seconds / 86400), "day")


def _counted(count: int, unit: str) -> str:
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
