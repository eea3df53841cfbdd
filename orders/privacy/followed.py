"""Erase the personal data of followed orders; what was ordered, and its amounts, stay.

Processing erases the bodies of the events that come about an erased order.
"""

import uuid
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from integration.db import bulk
from integration.models import User
from integration.webhooks import redaction
from orders.lifecycle.stream_notifier import ordering_key
from orders.models import FollowedEvent, FollowedOrder, OrderEvent, StreamEvent

from . import batches
from .details import HISTORY_TEXT, StillOpen, erase_from

_CLOCK = OrderEvent.Actor.CLOCK
# Another POS may never report the end: so long after it was due, an order is over for us.
_OVER_AFTER = timedelta(days=1)
_KEPT_OF_ITEMS = ("name", "quantity", "price")


def due(before: datetime) -> "QuerySet[FollowedOrder]":
    """Select ended orders last changed before the instant and not yet erased."""
    ended = FollowedOrder.objects.filter(erased_at=None, ended_at__isnull=False)
    return ended.filter(ended_at__lt=before, updated_at__lt=before)


def is_open(order: FollowedOrder) -> bool:
    """Return True if somebody may still need the order's personal data."""
    expected = order.due_at or order.confirmed_at
    return order.ended_at is None and expected > timezone.now() - _OVER_AFTER


@transaction.atomic
def erase_batch(before: datetime, why: str) -> int:
    """Erase a batch of what is due; return how many."""
    locked = due(before).select_for_update(skip_locked=True).order_by("updated_at")
    orders = list(locked[: batches.BATCH_SIZE])
    _erase(orders, _CLOCK, {"why": why}, give_up=True)
    return len(orders)


@transaction.atomic
def erase_one(order_id: uuid.UUID, *, by: User | None) -> bool:
    """Erase one order at a person's request; False if it was already erased.

    Raises StillOpen, redaction.StillWaiting and FollowedOrder.DoesNotExist.
    """
    order = FollowedOrder.objects.select_for_update().get(pk=order_id)
    if order.erased_at is not None:
        return False
    if is_open(order):
        raise StillOpen(
            f"{order} is still open, so its personal data is still needed. Try again a day after"
            " it was due, or when it has ended."
        )
    _erase([order], by or _CLOCK, {} if by else {"why": "on request"}, give_up=False)
    return True


def erase_of_own(
    keys: Collection[uuid.UUID],
    by: User | OrderEvent.Actor,
    details: Mapping[str, str],
    *,
    give_up: bool,
) -> None:
    """Erase what Stream confirmed of these orders of our own, in their transaction."""
    twins = FollowedOrder.objects.filter(own_order__in=keys, erased_at=None)
    _erase(list(twins.select_for_update().order_by("pk")), by, details, give_up=give_up)


def _erase(
    orders: Collection[FollowedOrder],
    by: User | OrderEvent.Actor,
    details: Mapping[str, str],
    *,
    give_up: bool,
) -> None:
    """Erase the personal data of these locked orders and of everything that belongs to them."""
    if not orders:
        return
    now, keys = timezone.now(), [order.pk for order in orders]
    redaction.erase([ordering_key(order) for order in orders], now, give_up=give_up)
    for order in orders:
        order.details = _without_texts(order.details)
    FollowedOrder.objects.bulk_update(orders, ["details"])
    FollowedOrder.objects.filter(pk__in=keys).update(
        customer_name="", customer_phone="", customer_phone_code="", erased_at=now, updated_at=now
    )
    erase_from(FollowedEvent.objects.filter(followed__in=keys))
    of_orders = StreamEvent.objects.filter(followed__in=keys, erased_at=None)
    of_orders.update(body=b"", erased_at=now)
    actor = OrderEvent.Actor.STAFF if isinstance(by, User) else by
    name = {"by": by.get_full_name()} if isinstance(by, User) else {}
    FollowedEvent.objects.bulk_create(
        FollowedEvent(followed=order, actor=actor, what=HISTORY_TEXT, details={**name, **details})
        for order in orders
    )


def _without_texts(details: Mapping[str, Any]) -> dict[str, Any]:
    """Keep an order's amounts, and its items without what the customer wrote."""
    kept = {name: value for name, value in details.items() if isinstance(value, bool | int)}
    return {**kept, "items": _items(details.get("items") or [])}


def _items(items: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Copy items and their modifiers; without recursion, whatever their depth."""
    kept: list[dict[str, Any]] = []
    waiting = [(items, kept)]
    while waiting:
        entries, copies = waiting.pop()
        for entry in entries:
            copy = {name: entry[name] for name in _KEPT_OF_ITEMS if name in entry}
            copies.append(copy)
            if entry.get("modifiers"):
                waiting.append((entry["modifiers"], copy.setdefault("modifiers", [])))
    return kept


# The archive.


@transaction.atomic
def erase_archive(before: datetime) -> int:
    """Erase a batch of old events without an order (unreadable, or of an unknown one or type).

    Events of erased orders are included; those not yet processed, and an open order's, stay.
    """
    old = StreamEvent.objects.filter(erased_at=None, received_at__lt=before)
    processed = old.exclude(outcome=StreamEvent.Outcome.RECEIVED)
    eligible = processed.filter(Q(followed=None) | Q(followed__erased_at__isnull=False))
    keys = eligible.order_by("received_at").values_list("pk", flat=True)[: batches.BATCH_SIZE]
    return erase_events(list(keys))


def erase_events(keys: Collection[int]) -> int:
    """Erase the bodies of these archived events."""
    unerased = StreamEvent.objects.filter(pk__in=bulk.keys_in(keys), erased_at=None)
    return unerased.update(body=b"", erased_at=timezone.now())
