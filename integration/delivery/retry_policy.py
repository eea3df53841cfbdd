"""What an answer means for its event: over, or tried again, and when (contract WH)."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import Enum

from django.conf import settings

from integration.models import OutboundEvent
from integration.webhooks import expiry

from .transport import Answer

Ending = OutboundEvent.Ending

_AGAIN = frozenset({408, 425, 429})
GONE = 410
_SHORTEST = timedelta(seconds=1)
_LONGEST_ASKED = timedelta(days=1)  # A receiver that asks for more is asked again after a day.


class Verdict(Enum):
    """What kind of answer it was."""

    ARRIVED = "arrived"
    REFUSED = "refused"
    GONE = "gone"
    TROUBLE = "trouble"


def verdict(answer: Answer) -> Verdict:
    """No answer, a busy or broken server and a redirect are trouble that may pass."""
    status = answer.status_code
    if answer.is_success:
        return Verdict.ARRIVED
    if status == GONE:
        return Verdict.GONE
    if status is not None and 400 <= status < 500 and status not in _AGAIN:
        return Verdict.REFUSED
    return Verdict.TROUBLE


@dataclass(frozen=True)
class Next:
    """What the event does after a try that failed: ends, or is due again."""

    ending: OutboundEvent.Ending | None = None
    due_at: datetime | None = None
    asked_until: datetime | None = None  # Not earlier, because the receiver says so.
    is_charged: bool = True  # Whether the try used up a place in the schedule.


def after_trouble(event: OutboundEvent, answer: Answer, now: datetime) -> Next:
    """The event has been charged for the try already."""
    if event.expires_at is not None and event.expires_at <= now:
        return Next(Ending.EXPIRED)
    wait = _scheduled(event.attempt_count)
    if wait is None and not event.is_urgent:
        return Next(Ending.TRIED_OUT)
    if event.is_urgent and event.expires_at is not None:
        # The schedule's second wait alone is longer than Stream waits for a decision.
        soon = max(_SHORTEST, (event.expires_at - now) / 4)
        return Next(due_at=now + (soon if wait is None else min(wait, soon)))
    assert wait is not None
    asked = asked_wait(answer.retry_after, now)
    due_at = now + (wait if asked is None else asked)
    if expiry.has_fixed_end(event) and event.expires_at is not None:
        due_at = min(due_at, max(now + _SHORTEST, event.expires_at - _SHORTEST))
    if asked is None:
        return Next(due_at=due_at)
    return Next(due_at=due_at, asked_until=due_at, is_charged=asked >= wait)


def asked_wait(retry_after: str, now: datetime) -> timedelta | None:
    """What Retry-After asks for, in seconds or as a date (RFC 9110 §10.2.3), within bounds."""
    text = retry_after.strip()
    if not text:
        return None
    if text.isascii() and text.isdigit():
        # More digits than a day has seconds are a day, however many they are.
        wait = timedelta(seconds=int(text[:7]))
    else:
        try:
            at = parsedate_to_datetime(text)
        except (ValueError, OverflowError):
            return None
        wait = (at if at.tzinfo else at.replace(tzinfo=UTC)) - now
    return min(max(wait, _SHORTEST), _LONGEST_ASKED)


def _scheduled(tries: int) -> timedelta | None:
    """The wait after this many tries, some more so that retries spread out; None at its end.

    Never less: ten tries must outlast the three days that the schedule promises.
    """
    schedule = settings.WEBHOOK_RETRY_SECONDS
    if tries > len(schedule):
        return None
    spread = 1 + settings.WEBHOOK_RETRY_JITTER * random.uniform(0, 1)  # noqa: S311  # No secret.
    return timedelta(seconds=schedule[max(tries, 1) - 1] * spread)
