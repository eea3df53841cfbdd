"""Explanations of delivery in plain words: why an event waits or ended, why nothing is sent.

Times are UTC. No sentence names a merchant, an address or what a receiver answered, so each may be
shown on a public page.
"""

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, Q

from integration.models import Endpoint, OutboundEvent

from . import endpoints, event_types, expiry

State, Ending = OutboundEvent.State, OutboundEvent.Ending

OVERDUE_AFTER = timedelta(minutes=5)  # A worker takes what is due within a second.

_AGAIN_BY_HAND = "It is not retried automatically; the owner or our staff can send it again."
_ENDINGS = {
    Ending.REFUSED: "The receiver refused it, and would refuse it again: fix the cause first.",
    Ending.TRIED_OUT: "It was given up: every attempt in its schedule failed.",
    Ending.STOPPED: "Staff stopped it.",
    Ending.SUPERSEDED: "It is no longer sent: a newer event reports the current state.",
    Ending.UNDONE: "It is never sent: its change was undone before it was sent.",
    Ending.DISCONNECTED: "It is no longer sent: the location is no longer connected to Stream.",
}
# For events that ended before endings were recorded.
_STATES = {
    State.DELIVERED: "It arrived.",
    State.FAILED: "It was given up.",
    State.WITHDRAWN: "It was withdrawn and is never sent.",
}


def explain(event: OutboundEvent, endpoint: Endpoint | None, now: datetime) -> str:
    """Explain why the event will or will not be retried, and when.

    `endpoint` is the event's receiver; None while nothing was ever sent to it.
    """
    if event.state != State.WAITING:
        return _explain_ended(event, now)
    if event.leased_until is not None and event.leased_until > now:
        return f"It is being sent right now (attempt {event.claim_count})."
    held = _explain_unreachable(event, endpoint, now)
    if held is not None and not event.is_urgent:
        return held  # It does not expire meanwhile.
    if expiry.has_expired(event, now):
        return "Its deadline has passed: it is no longer sent, and will be given up in a moment."
    held = held or _why_held(event, endpoint, now) or _next_attempt(event, now)
    return held + _deadline(event, now)


def _explain_ended(event: OutboundEvent, now: datetime) -> str:
    ended = f" It ended {relative_time(event.finished_at, now)}." if event.finished_at else ""
    if event.ending == Ending.ARRIVED:
        return f"It arrived at attempt {event.claim_count}.{ended}"
    if event.ending == Ending.EXPIRED:
        return f"It was given up: it could not be sent in time. {_after_expiry(event)}{ended}"
    why = _ENDINGS.get(Ending(event.ending)) if event.ending else None
    after = f" {_after_failure(event)}" if event.state == State.FAILED else ""
    return (why or _STATES[State(event.state)]) + after + ended


def _after_failure(event: OutboundEvent) -> str:
    return event_types.get(event.event_type).after_failure or _AGAIN_BY_HAND


def _after_expiry(event: OutboundEvent) -> str:
    if event.is_urgent:
        who = "Stream no longer waits" if event.endpoint == endpoints.STREAM else "Nobody waits"
        return f"{who} for it, so it cannot be sent again."
    return _AGAIN_BY_HAND


def _explain_unreachable(
    event: OutboundEvent, endpoint: Endpoint | None, now: datetime
) -> str | None:
    if endpoints.destination(event.endpoint) is None:
        return f"{_no_address(event.endpoint)}: it waits until there is one."
    if endpoint is not None and endpoint.stopped_at is not None:
        return f"{_stopped(endpoint.stopped_at, now)}: it waits until our staff resume it."
    return None


def _why_held(event: OutboundEvent, endpoint: Endpoint | None, now: datetime) -> str | None:
    """Explain what holds the event back though it may be due; None if its schedule decides."""
    before = blocking_event(event)
    if before is not None:
        return (
            f"It waits behind event {before.public_id}, which is older and has the same key: they"
            " arrive in the order they were created."
        )
    if endpoint is not None and endpoint.probe_at is not None and not event.is_urgent:
        return (
            f"{_failing(endpoint, now)}: only occasional probes are sent."
            f" {_next_probe(endpoint.probe_at, now)} Once one succeeds, all waiting"
            " events are sent."
        )
    return None


def _next_attempt(event: OutboundEvent, now: datetime) -> str:
    attempts = len(settings.WEBHOOK_RETRY_SECONDS) + 1
    number = f"attempt {event.attempt_count + 1} of {attempts}"
    if event.is_urgent:
        number = f"attempt {event.attempt_count + 1}"
    if event.due_at > now:
        if not event.claim_count:
            return f"It is held back briefly and is sent {relative_time(event.due_at, now)}."
        return (
            f"Its last attempt failed. It is retried {relative_time(event.due_at, now)} ({number})."
        )
    if now - event.due_at > OVERDUE_AFTER:
        overdue = duration(now - event.due_at)
        return f"It has been due for {overdue} and no worker has taken it: is one running?"
    return f"It is due now and is sent as soon as a worker is free ({number})."


def _deadline(event: OutboundEvent, now: datetime) -> str:
    """Return a sentence about the event's deadline, or an empty text if it has none."""
    if event.expires_at is None:
        return ""
    if expiry.has_deadline(event):
        return f" It is never sent after {clock_time(event.expires_at, now)}."
    return f" If an attempt fails after {clock_time(event.expires_at, now)}, it is given up."


def blocking_event(event: OutboundEvent) -> OutboundEvent | None:
    """Find the waiting event that must end before this one may be sent."""
    earlier = OutboundEvent.objects.filter(
        state=State.WAITING, ordering_key=event.ordering_key, pk__lt=event.pk
    )
    return earlier.order_by("pk").first()


def why_stuck(endpoint: Endpoint, now: datetime) -> str | None:
    """Explain in one sentence why this receiver gets no events; None if it gets them in time."""
    if endpoints.destination(endpoint.name) is None:
        return f"{_no_address(endpoint.name)}: events are kept and are sent once there is one."
    if endpoint.stopped_at is not None:
        return f"{_stopped(endpoint.stopped_at, now)}: its events wait until staff resume it."
    if endpoint.probe_at is not None:
        return f"{_failing(endpoint, now)}: its events wait. {_next_probe(endpoint.probe_at, now)}"
    return _overdue(endpoint, now)


def _overdue(endpoint: Endpoint, now: datetime) -> str | None:
    success = endpoint.last_success_at
    if success is not None and now - success < OVERDUE_AFTER:
        return None  # A worker is running; due events get their turn.
    oldest = _overdue_since(endpoint.name, now)
    if oldest is None:
        return None
    return (
        "The receiver works, but events have been due for more than five minutes: since"
        f" {clock_time(oldest, now)}. Is a worker running?"
    )


def _overdue_since(name: str, now: datetime) -> datetime | None:
    """Return since when the oldest overdue event has been left alone, if that is too long.

    Only the first waiting event of each ordering key counts. One that was never taken counts from
    its creation, since an event is held back for seconds only.
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
    return f"The receiver answered 410 (gone) {relative_time(stopped_at, now)} and is stopped"


def _failing(endpoint: Endpoint, now: datetime) -> str:
    since = endpoint.failing_since
    if since is None:
        return "The receiver is failing"
    return f"The receiver has been failing since {clock_time(since, now)}"


def _next_probe(probe_at: datetime, now: datetime) -> str:
    if now - probe_at > OVERDUE_AFTER:
        return f"A probe was due at {clock_time(probe_at, now)}: is a worker running?"
    when = relative_time(probe_at, now) if probe_at > now else "as soon as a worker is free"
    return f"The next probe is sent {when}."


def relative_time(when: datetime, now: datetime) -> str:
    """Format as `in 12 minutes, at 14:03:10 UTC` or `3 days ago, at 9 Mar 2026, 14:03:10 UTC`."""
    if abs(when - now) < timedelta(seconds=1):
        return f"now, at {clock_time(when, now)}"
    if when > now:
        return f"in {duration(when - now)}, at {clock_time(when, now)}"
    return f"{duration(now - when)} ago, at {clock_time(when, now)}"


def clock_time(when: datetime, now: datetime) -> str:
    """Format the time of day, with the date if it is not today's."""
    when, now = when.astimezone(UTC), now.astimezone(UTC)
    day = "" if when.date() == now.date() else f"{when.day} {when:%b %Y}, "
    return f"{day}{when:%H:%M:%S} UTC"


def duration(span: timedelta) -> str:
    """Format as `45 seconds`, `12 minutes`, `7 hours` or `3 days`: three digits at most."""
    seconds = max(0, round(span.total_seconds()))
    for unit_seconds, unit, limit in ((1, "second", 120), (60, "minute", 120), (3600, "hour", 48)):
        if seconds < unit_seconds * limit:
            return _counted(round(seconds / unit_seconds), unit)
    return _counted(round(seconds / 86400), "day")


def _counted(count: int, unit: str) -> str:
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
