"""The retry policy: what an answer means for its event, and when to retry (contract WH)."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import Enum

from django.conf import settings

from integration.models import OutboundEvent
from integration.webhooks import endpoints, expiry
from integration.webhooks.endpoints import Rules

from .transport import Answer

Ending = OutboundEvent.Ending

_RETRYABLE = frozenset({408, 425, 429})
GONE = 410
_SHORTEST_WAIT = timedelta(seconds=1)
# A receiver that was away for a minute gets what waits within another one.
_LONGEST_EARLY_WAIT = timedelta(minutes=2)
_LONGEST_DOUBLED_WAIT = timedelta(minutes=5)
_UNKNOWN_OUTCOME_WAIT = timedelta(seconds=5)
_LONGEST_REQUESTED_WAIT = timedelta(days=1)  # A receiver that asks for more is retried after a day.


class Verdict(Enum):
    """The kind of an answer."""

    ARRIVED = "arrived"
    REFUSED = "refused"
    GONE = "gone"
    TROUBLE = "trouble"


def verdict(answer: Answer, rules: Rules) -> Verdict:
    """Classify the answer: no answer, a busy or broken server and a redirect may pass."""
    status = answer.status_code
    if answer.is_success or status in rules.taken_over:
        return Verdict.ARRIVED
    if status == GONE and rules.is_stopped_by_gone:
        return Verdict.GONE
    may_pass = status in _RETRYABLE or status in rules.misdirected
    if status is not None and 400 <= status < 500 and not may_pass:
        return Verdict.REFUSED
    return Verdict.TROUBLE


@dataclass(frozen=True)
class NextStep:
    """The event's next step after a failed attempt: it ends, or is due again."""

    ending: OutboundEvent.Ending | None = None
    due_at: datetime | None = None
    asked_until: datetime | None = None  # Not earlier, because the receiver says so.
    is_charged: bool = True  # The attempt used up a place in the schedule.


def next_step(
    event: OutboundEvent, answer: Answer, now: datetime, took: timedelta = timedelta(0)
) -> NextStep:
    """Decide what follows a failed attempt; the event has been charged for it already.

    `took` is how long the receiver was waited for, which is part of an early wait.
    """
    if event.expires_at is not None and event.expires_at <= now:
        return NextStep(Ending.EXPIRED)
    if endpoints.rules(event.endpoint).doubles_waits:
        return _doubled(event, answer, now)
    wait = _scheduled(event.attempt_count)
    if wait is None and not event.is_urgent:
        return NextStep(Ending.TRIED_OUT)
    if event.is_urgent and event.expires_at is not None:
        # The schedule's second wait alone exceeds the time that Stream waits for a decision.
        soon = max(_SHORTEST_WAIT, (event.expires_at - now) / 4)
        return NextStep(due_at=now + (soon if wait is None else min(wait, soon)))
    assert wait is not None
    if wait <= _LONGEST_EARLY_WAIT and took >= _SHORTEST_WAIT / 2:
        wait = max(wait - took, _SHORTEST_WAIT)
    requested = requested_wait(answer.retry_after, now)
    due_at = now + (wait if requested is None else requested)
    if expiry.has_deadline(event) and event.expires_at is not None:
        due_at = min(due_at, max(now + _SHORTEST_WAIT, event.expires_at - _SHORTEST_WAIT))
    if requested is None:
        return NextStep(due_at=due_at)
    return NextStep(due_at=due_at, asked_until=due_at, is_charged=requested >= wait)


def _doubled(event: OutboundEvent, answer: Answer, now: datetime) -> NextStep:
    """Wait 1, 2, 4, 8 … seconds, and then as long as it must: a success elsewhere hastens nothing.

    What may have arrived is not repeated before the receiver has had a moment to tell us.
    """
    exponent = min(max(event.attempt_count, 1) - 1, 20)
    wait = min(_SHORTEST_WAIT * 2**exponent, _LONGEST_DOUBLED_WAIT)
    requested = requested_wait(answer.retry_after, now)
    if requested is not None:
        wait = requested
    elif answer.may_have_arrived:
        wait = max(wait, _UNKNOWN_OUTCOME_WAIT)
    elif event.expires_at is not None:
        last = event.expires_at - now - _SHORTEST_WAIT
        wait = min(wait, max(last, _SHORTEST_WAIT))
    return NextStep(due_at=now + wait, asked_until=now + wait)


def requested_wait(retry_after: str, now: datetime) -> timedelta | None:
    """Return the wait that Retry-After asks for, within bounds; None if it is unreadable.

    It may be in seconds or a date (RFC 9110 §10.2.3).
    """
    text = retry_after.strip()
    if not text:
        return None
    if text.isascii() and text.isdigit():
        # Seven digits exceed a day anyway.
        wait = timedelta(seconds=int(text[:7]))
    else:
        try:
            at = parsedate_to_datetime(text)
        except (ValueError, OverflowError):
            return None
        wait = (at if at.tzinfo else at.replace(tzinfo=UTC)) - now
    return min(max(wait, _SHORTEST_WAIT), _LONGEST_REQUESTED_WAIT)


def _scheduled(attempts: int) -> timedelta | None:
    """Return the wait after this many attempts, with jitter; None at the end of the schedule.

    Jitter shortens early waits, because somebody waits for them. It lengthens the others: the
    attempts must outlast the three days that the schedule promises.
    """
    schedule = settings.WEBHOOK_RETRY_SECONDS
    if attempts > len(schedule):
        return None
    wait = timedelta(seconds=schedule[max(attempts, 1) - 1])
    # Never nothing: the clocks find what is due up to a second later.
    spread = settings.WEBHOOK_RETRY_JITTER * random.uniform(0.15, 1)  # noqa: S311  # No secret.
    return wait * (1 - spread if wait <= _LONGEST_EARLY_WAIT else 1 + spread)
