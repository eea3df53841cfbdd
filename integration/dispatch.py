"""Claims due events, sends them, records what came of it.

Claiming is one conditional UPDATE with a lease: two workers never hold the same event, and what
a dead worker held is free again when its lease ends. Nothing is sent inside a transaction.
"""

import logging
import random
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from . import transport
from .models import DeliveryAttempt, OutboundEvent
from .transport import Answer

log = logging.getLogger(__name__)

CONCURRENCY = 8  # Claimed at once, sent at once.
State = OutboundEvent.State
_TOO_SLOW = Answer(error="The answer took too long.")


# Lives as long as the process, and with it the connections that its threads keep open.
_pool = ThreadPoolExecutor(CONCURRENCY, thread_name_prefix="deliver")
_under_way = threading.Lock()
_called_again = threading.Event()


def deliver_due() -> int:
    """Sends everything that is due, batch after batch; returns how many were tried.

    Called while it is under way in this process, it lets that run go round once more instead of
    taking another of the worker's threads.
    """
    if not settings.STREAM_WEBHOOK_URL:
        return 0  # The events wait; the status page says so.
    _called_again.set()
    tried = 0
    while _called_again.is_set() and _under_way.acquire(blocking=False):
        try:
            _called_again.clear()
            tried += _deliver_batches()
        finally:
            _under_way.release()
    return tried


def _deliver_batches() -> int:
    tried = 0
    while events := claim_due(CONCURRENCY):
        started_at = timezone.now()
        futures = {_pool.submit(_send, event): event for event in events}
        done, late = wait(futures, timeout=_try_seconds())
        for future in done:
            answer, duration_ms = future.result()
            record(futures[future], answer, started_at=started_at, duration_ms=duration_ms)
        for future in late:
            took_ms = int(_try_seconds() * 1000)
            record(futures[future], _TOO_SLOW, started_at=started_at, duration_ms=took_ms)
        if late:
            _leave_behind_what_hangs()
        tried += len(events)
    return tried


def _leave_behind_what_hangs() -> None:
    """A receiver that drips its answer keeps a thread beyond every socket's timeout."""
    global _pool
    _pool.shutdown(wait=False)
    _pool = ThreadPoolExecutor(CONCURRENCY, thread_name_prefix="deliver")


def claim_due(limit: int) -> list[OutboundEvent]:
    """Holds the first due event of each ordering key for one lease."""
    now = timezone.now()
    free = Q(leased_until=None) | Q(leased_until__lte=now)
    earlier = OutboundEvent.objects.filter(
        state=State.WAITING, ordering_key=OuterRef("ordering_key"), pk__lt=OuterRef("pk")
    )
    due = (
        OutboundEvent.objects.filter(free, ~Exists(earlier), state=State.WAITING, due_at__lte=now)
        .order_by("due_at", "pk")
        .values_list("pk", flat=True)[:limit]
    )
    ids = list(due)
    if not ids:
        return []
    claim = uuid.uuid4()
    OutboundEvent.objects.filter(free, pk__in=ids, state=State.WAITING, due_at__lte=now).update(
        claim=claim,
        leased_until=now + _lease(),
        last_claimed_at=now,
        attempt_count=F("attempt_count") + 1,
    )
    return list(OutboundEvent.objects.filter(claim=claim).order_by("pk"))


def _lease() -> timedelta:
    """Longer than a try can take; short, because a killed worker's events wait for its end."""
    return timedelta(seconds=_try_seconds() + 10)


def _try_seconds() -> float:
    """The answer's head may take one read timeout, the beginning of its body another."""
    connect_seconds, read_seconds = settings.WEBHOOK_TIMEOUT_SECONDS
    return float(connect_seconds + 2 * read_seconds)


def _send(event: OutboundEvent) -> tuple[Answer, int]:
    clock = time.monotonic()
    answer = transport.post_signed(event.body)
    return answer, int((time.monotonic() - clock) * 1000)


@transaction.atomic
def record(event: OutboundEvent, answer: Answer, *, started_at: datetime, duration_ms: int) -> None:
    """Writes the attempt, and what the event does next: it is over, or due again later."""
    now = timezone.now()
    changes: dict[str, object] = {"leased_until": None, "claim": None}
    retry_in = _retry_in(event.attempt_count) if answer.may_be_tried_again else None
    if answer.is_success:
        changes |= {"state": State.DELIVERED, "finished_at": now}
    elif retry_in is None:
        changes |= {"state": State.FAILED, "finished_at": now}
        log.error("%s was given up: %s", event, answer.status_code or answer.error)
    else:
        changes |= {"due_at": now + retry_in}
    # Only while the claim is still ours: after its lease another worker may hold the event.
    ours = OutboundEvent.objects.filter(pk=event.pk, claim=event.claim)
    if ours.update(**changes):
        DeliveryAttempt.objects.create(
            event=event,
            number=_next_number(event),
            started_at=started_at,
            duration_ms=duration_ms,
            status_code=answer.status_code,
            error=answer.error.replace("\0", ""),
            excerpt=answer.excerpt.replace("\0", ""),
        )


def _next_number(event: OutboundEvent) -> int:
    return DeliveryAttempt.objects.filter(event=event).count() + 1


def _retry_in(attempt_count: int) -> timedelta | None:
    """The wait after this many tries, a little early or late; None when the schedule is over."""
    schedule = settings.WEBHOOK_RETRY_SECONDS
    if attempt_count > len(schedule):
        return None
    spread = 1 + settings.WEBHOOK_RETRY_JITTER * random.uniform(-1, 1)  # noqa: S311  # No secret.
    return timedelta(seconds=schedule[attempt_count - 1] * spread)


def forget_finished(before: datetime) -> int:
    """Deletes events that were over before then, with their attempts."""
    gone, _ = OutboundEvent.objects.filter(finished_at__lt=before).delete()
    return gone
