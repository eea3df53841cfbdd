"""Holding events for sending: one worker at a time, and for one lease only.

A claim is one conditional UPDATE. Two workers never hold the same event, and what a dead worker
held is free again when its lease ends.
"""

import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from integration.models import Endpoint, OutboundEvent

WAITING = OutboundEvent.State.WAITING
_SPARE = timedelta(seconds=10)  # Between claiming and sending, and between sending and recording.
_MANY = 200  # Due events, from which on each endpoint's are looked for apart.


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
    due = _heads([endpoint], now, besides).filter(due_at__lte=now).order_by("due_at", "pk")
    if only_urgent:
        due = due.filter(is_urgent=True)
    return _hold(due, limit, now)


def claim_each(rooms: Mapping[str, int], *, besides: Collection[int] = ()) -> list[OutboundEvent]:
    """As `claim`, for several endpoints, of each no more than it has room for.

    A few events of many endpoints, as on most days, are held together: a transaction for each
    endpoint would make all of them wait. Of many, one endpoint's must not hide another's.
    """
    now = timezone.now()
    due = _due(now).filter(endpoint__in=list(rooms))
    found = dict(due.values_list("pk", "endpoint")[:_MANY]) if rooms else {}
    counts = Counter(found.values())
    if len(found) == _MANY or any(count > rooms[name] for name, count in counts.items()):
        return [
            event
            for name in _names_with_due(rooms, now)
            for event in claim(name, rooms[name], besides=besides)
        ]
    heads = _heads(counts, now, besides).filter(pk__in=list(found))
    return _hold(heads.order_by("due_at", "pk"), len(found), now) if found else []


def claim_for_probe(endpoint: str, *, besides: Collection[int] = ()) -> OutboundEvent | None:
    """Holds one event to ask a failing receiver with: a due one first, otherwise the next.

    Never one that the receiver asked to be spared for longer.
    """
    now = timezone.now()
    heads = _heads([endpoint], now, besides).exclude(asked_until__gt=now)
    urgent = heads.filter(is_urgent=True).order_by("expires_at", "pk")
    due_first = heads.order_by("due_at", "pk")
    held = _hold(urgent, 1, now) or _hold(due_first, 1, now)
    return held[0] if held else None


def give_back(events: Iterable[OutboundEvent]) -> None:
    """Lets go of events that were held and not sent, as if nobody had taken them."""
    for event in events:
        held = OutboundEvent.objects.filter(pk=event.pk, claim=event.claim)
        held.update(claim=None, leased_until=None)


def _due(now: datetime) -> QuerySet[OutboundEvent]:
    return OutboundEvent.objects.filter(free(now), state=WAITING, due_at__lte=now)


def _names_with_due(names: Iterable[str], now: datetime) -> list[str]:
    due = _due(now).filter(endpoint=OuterRef("pk"))
    found = Endpoint.objects.filter(Exists(due), pk__in=list(names))
    return list(found.order_by("pk").values_list("pk", flat=True))


def _heads(
    endpoints: Iterable[str], now: datetime, besides: Collection[int]
) -> QuerySet[OutboundEvent]:
    """The first waiting event of each ordering key and endpoint, where nobody holds it."""
    earlier = OutboundEvent.objects.filter(
        state=WAITING,
        endpoint=OuterRef("endpoint"),
        ordering_key=OuterRef("ordering_key"),
        pk__lt=OuterRef("pk"),
    )
    heads = OutboundEvent.objects.filter(
        free(now), ~Exists(earlier), state=WAITING, endpoint__in=list(endpoints)
    )
    return heads.exclude(pk__in=besides) if besides else heads


def free(now: datetime) -> Q:
    """Held by nobody, or by somebody whose lease is over."""
    return Q(leased_until=None) | Q(leased_until__lte=now)


@transaction.atomic
def _hold(due: QuerySet[OutboundEvent], limit: int, now: datetime) -> list[OutboundEvent]:
    # Chosen apart from the UPDATE: PostgreSQL may evaluate a limited subquery once a row, and so
    # take more than the limit. Rows that another worker is taking are passed over.
    chosen = list(due.select_for_update(skip_locked=True)[:limit])
    if not chosen:
        return []
    claim_id = uuid.uuid4()
    held = {"claim": claim_id, "leased_until": now + lease(), "last_claimed_at": now}
    # Asked again of the rows themselves: without row locks the choice may be old by now.
    mine = OutboundEvent.objects.filter(
        free(now), pk__in=[event.pk for event in chosen], state=WAITING
    ).update(claim_count=F("claim_count") + 1, **held)
    if mine < len(chosen):
        return list(OutboundEvent.objects.filter(claim=claim_id).order_by("due_at", "pk"))
    for event in chosen:
        event.claim_count += 1
        for field, value in held.items():
            setattr(event, field, value)
    return chosen
