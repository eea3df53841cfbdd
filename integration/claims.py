"""Holding events for sending: one worker at a time, and for one lease only.

A claim is one conditional UPDATE. Two workers never hold the same event, and what a dead worker
held is free again when its lease ends.
"""

import uuid
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from .models import OutboundEvent

WAITING = OutboundEvent.State.WAITING
_SPARE = timedelta(seconds=10)  # Between claiming and sending, and between sending and recording.


def try_seconds() -> float:
    """The longest a try may take: an answer's head may use one read timeout, its body another."""
    connect_seconds, read_seconds = settings.WEBHOOK_TIMEOUT_SECONDS
    return float(connect_seconds + 2 * read_seconds)


def lease() -> timedelta:
    """Longer than a try can take; short, because a killed worker's events wait for its end."""
    return timedelta(seconds=try_seconds()) + _SPARE


def claim(
    endpoint: str, limit: int, *, only_urgent: bool = False, besides: Collection[int] = ()
) -> list[OutboundEvent]:
    """Holds the first due events of the endpoint's ordering keys, oldest first.

    Not `besides`, those that the caller has under way itself: when the clock jumps their lease
    may be over before their try is.
    """
    now = timezone.now()
    due = _heads(endpoint, now, besides).filter(due_at__lte=now).order_by("due_at", "pk")
    if only_urgent:
        due = due.filter(is_urgent=True)
    return _hold(due, limit, now)


def claim_for_probe(endpoint: str, *, besides: Collection[int] = ()) -> OutboundEvent | None:
    """Holds one event to ask a failing receiver with: a due one first, otherwise the next.

    Never one that the receiver asked to be spared for longer.
    """
    now = timezone.now()
    heads = _heads(endpoint, now, besides).exclude(asked_until__gt=now)
    urgent = heads.filter(is_urgent=True).order_by("expires_at", "pk")
    due_first = heads.order_by("due_at", "pk")
    held = _hold(urgent, 1, now) or _hold(due_first, 1, now)
    return held[0] if held else None


def give_back(events: Iterable[OutboundEvent]) -> None:
    """Lets go of events that were held and not sent, as if nobody had taken them."""
    for event in events:
        held = OutboundEvent.objects.filter(pk=event.pk, claim=event.claim)
        held.update(claim=None, leased_until=None)


def _heads(endpoint: str, now: datetime, besides: Collection[int]) -> QuerySet[OutboundEvent]:
    """The first waiting event of each ordering key, where nobody holds it."""
    earlier = OutboundEvent.objects.filter(
        state=WAITING,
        endpoint=endpoint,
        ordering_key=OuterRef("ordering_key"),
        pk__lt=OuterRef("pk"),
    )
    heads = OutboundEvent.objects.filter(
        free(now), ~Exists(earlier), state=WAITING, endpoint=endpoint
    )
    return heads.exclude(pk__in=besides) if besides else heads


def free(now: datetime) -> Q:
    """Held by nobody, or by somebody whose lease is over."""
    return Q(leased_until=None) | Q(leased_until__lte=now)


@transaction.atomic
def _hold(due: QuerySet[OutboundEvent], limit: int, now: datetime) -> list[OutboundEvent]:
    # Chosen apart from the UPDATE: PostgreSQL may evaluate a limited subquery once a row, and so
    # take more than the limit. Rows that another worker is taking are passed over.
    keys = [event.pk for event in due.select_for_update(skip_locked=True).only("pk")[:limit]]
    if not keys:
        return []
    claim_id = uuid.uuid4()
    # Asked again of the rows themselves: without row locks the choice may be old by now.
    OutboundEvent.objects.filter(free(now), pk__in=keys, state=WAITING).update(
        claim=claim_id,
        leased_until=now + lease(),
        last_claimed_at=now,
        claim_count=F("claim_count") + 1,
    )
    return list(OutboundEvent.objects.filter(claim=claim_id).order_by("due_at", "pk"))
