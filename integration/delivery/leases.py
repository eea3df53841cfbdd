"""Leases: an event is held by one worker at a time, for a limited time.

A claim is one conditional UPDATE. Two workers never hold the same event. Leases are short, and a
worker renews those of the events it works on (`lease_keeper`): the events of one that is dead or
frozen are free again within seconds.
"""

import uuid
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from integration.db import database_time
from integration.models import Endpoint, OutboundEvent

WAITING = OutboundEvent.State.WAITING
LEASE = timedelta(seconds=10)
_MOST_LOOKED_AT = 1000
_MANY = 200  # From so many due events on, each endpoint is queried separately.


def renewal_seconds() -> float:
    """Return the time between renewals: two may fail before a lease ends."""
    return 0.3 * LEASE.total_seconds()


def claim(
    endpoint: str, limit: int, *, only_urgent: bool = False, excluding: Collection[int] = ()
) -> list[OutboundEvent]:
    """Lease the first due event of each ordering key of the endpoint, oldest first.

    `excluding` names the events that the caller is sending: when the clock jumps, their lease may
    end before their attempt does.
    """
    now = database_time.now()
    due = _heads([endpoint], now, excluding).filter(due_at__lte=now).order_by("due_at", "pk")
    if only_urgent:
        due = due.filter(is_urgent=True)
    return _hold(due, limit, now)


def claim_each(rooms: Mapping[str, int], *, excluding: Collection[int] = ()) -> list[OutboundEvent]:
    """Lease due events of several endpoints, of each no more than it has room for.

    A few events of many endpoints, the usual case, are leased together: one transaction for each
    endpoint would delay all of them. When there are many, one endpoint must not crowd out another.
    """
    now = database_time.now()
    due = _due(now).filter(endpoint__in=list(rooms))
    endpoint_by_id = dict(due.values_list("pk", "endpoint")[:_MANY]) if rooms else {}
    counts = Counter(endpoint_by_id.values())
    if len(endpoint_by_id) == _MANY or any(count > rooms[name] for name, count in counts.items()):
        return [
            event
            for name in _names_with_due(rooms, now)
            for event in claim(name, rooms[name], excluding=excluding)
        ]
    heads = _heads(counts, now, excluding).filter(pk__in=list(endpoint_by_id))
    if not endpoint_by_id:
        return []
    return _hold(heads.order_by("due_at", "pk"), len(endpoint_by_id), now)


def claim_divided(
    endpoint: str, limit: int, room_of: Callable[[int], int], *, excluding: Collection[int] = ()
) -> list[OutboundEvent]:
    """Lease due events of an endpoint, of each merchant (its key) no more than it has room for."""
    now = database_time.now()
    due = _heads([endpoint], now, excluding).filter(due_at__lte=now).order_by("due_at", "pk")
    merchants = list(due.order_by().values_list("merchant_id", flat=True).distinct())
    left = {merchant_id: room_of(merchant_id) for merchant_id in merchants}
    # Left out here, so that one merchant's long queue does not hide what is due for the others.
    roomy = due.filter(merchant_id__in=[key for key, room in left.items() if room > 0])
    chosen: list[int] = []
    for pk, merchant_id in roomy.values_list("pk", "merchant_id")[:_MOST_LOOKED_AT]:
        if left[merchant_id] > 0 and len(chosen) < limit:
            left[merchant_id] -= 1
            chosen.append(pk)
    return _hold(due.filter(pk__in=chosen), len(chosen), now) if chosen else []


def claim_for_probe(endpoint: str, *, excluding: Collection[int] = ()) -> OutboundEvent | None:
    """Lease one event to probe a failing receiver with: a due one first, otherwise the next.

    Events that the receiver asked not to be sent yet are left out.
    """
    now = database_time.now()
    heads = _heads([endpoint], now, excluding).exclude(asked_until__gt=now)
    urgent = heads.filter(is_urgent=True).order_by("expires_at", "pk")
    due_first = heads.order_by("due_at", "pk")
    leased = _hold(urgent, 1, now) or _hold(due_first, 1, now)
    return leased[0] if leased else None


@transaction.atomic
def renew(events: Collection[OutboundEvent], until: datetime) -> set[int]:
    """Extend the leases in one statement; return the IDs of those events that are still held.

    Rows that are being recorded, or stopped by staff, are left for the next time.
    """
    held_ids = {event.pk for event in events}
    claims = {event.claim for event in events}
    held = OutboundEvent.objects.filter(pk__in=held_ids, claim__in=claims)
    unlocked = held.select_for_update(skip_locked=True)
    if OutboundEvent.objects.filter(pk__in=unlocked).update(leased_until=until) == len(held_ids):
        return held_ids
    return set(held.filter(leased_until=until).values_list("pk", flat=True))


def release(events: Iterable[OutboundEvent]) -> None:
    """Release events that were leased and not sent, as if nobody had taken them."""
    for event in events:
        leased = OutboundEvent.objects.filter(pk=event.pk, claim=event.claim)
        leased.update(claim=None, leased_until=None)


def _due(now: datetime) -> QuerySet[OutboundEvent]:
    return OutboundEvent.objects.filter(free(now), state=WAITING, due_at__lte=now)


def _names_with_due(names: Iterable[str], now: datetime) -> list[str]:
    due = _due(now).filter(endpoint=OuterRef("pk"))
    endpoints = Endpoint.objects.filter(Exists(due), pk__in=list(names))
    return list(endpoints.order_by("pk").values_list("pk", flat=True))


def _heads(
    endpoints: Iterable[str], now: datetime, excluding: Collection[int]
) -> QuerySet[OutboundEvent]:
    """Select the first waiting event of each ordering key and endpoint, unless it is leased."""
    earlier = OutboundEvent.objects.filter(
        state=WAITING,
        endpoint=OuterRef("endpoint"),
        ordering_key=OuterRef("ordering_key"),
        pk__lt=OuterRef("pk"),
    )
    heads = OutboundEvent.objects.filter(
        free(now), ~Exists(earlier), state=WAITING, endpoint__in=list(endpoints)
    )
    return heads.exclude(pk__in=excluding) if excluding else heads


def free(now: datetime) -> Q:
    """Return the condition for events without a current lease."""
    return Q(leased_until=None) | Q(leased_until__lte=now)


@transaction.atomic
def _hold(due: QuerySet[OutboundEvent], limit: int, now: datetime) -> list[OutboundEvent]:
    # Selected before the UPDATE: PostgreSQL may evaluate a limited subquery once per row, and so
    # take more than the limit. Rows that another worker is taking are skipped.
    chosen = list(due.select_for_update(skip_locked=True)[:limit])
    if not chosen:
        return []
    claim_id = uuid.uuid4()
    lease_fields = {"claim": claim_id, "leased_until": now + LEASE, "last_claimed_at": now}
    # Checked again in the UPDATE: without row locks the selection may be outdated.
    leased_count = OutboundEvent.objects.filter(
        free(now), pk__in=[event.pk for event in chosen], state=WAITING
    ).update(claim_count=F("claim_count") + 1, **lease_fields)
    if leased_count < len(chosen):
        return list(OutboundEvent.objects.filter(claim=claim_id).order_by("due_at", "pk"))
    for event in chosen:
        event.claim_count += 1
        for field, value in lease_fields.items():
            setattr(event, field, value)
    return chosen
