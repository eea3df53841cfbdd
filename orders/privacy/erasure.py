"""Erase customers' and drivers' personal data; what was ordered, paid and answered stays.

An order's identity, fingerprint and answer stay too, so that a repeat still gets the same answer,
byte for byte. Events that arrive for an erased order are archived without their body.
"""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.conf import settings
from django.db import transaction
from django.db.models import Model, Q, QuerySet
from django.utils import timezone

from integration.clocks import heartbeat
from integration.models import User
from integration.webhooks import redaction
from orders.lifecycle.history import Actor, entry_of
from orders.lifecycle.stream_notifier import ordering_key
from orders.models import InboundEvent, Order, OrderEvent, OrderLine
from orders.states import ENDS

HISTORY_TEXT = "Personal data erased"
BATCH_SIZE = 200
MAX_PER_RUN = 20_000
# History details that name no customer: Stream's codes, and staff names.
_KEPT_KEYS = frozenset({"by", "why", "source", "status", "delivery_status"})
_MAX_DAYS = 36_500  # Earlier dates would leave the calendar.


class StillOpen(Exception):
    """The order is still open, so its personal data is needed; the message says so."""


def cutoff(now: datetime) -> datetime | None:
    """Return the instant before which data is erased automatically; None when nothing is."""
    days = settings.PERSONAL_DATA_DAYS
    return now - timedelta(days=min(days, _MAX_DAYS)) if days else None


def due_orders(before: datetime) -> "QuerySet[Order]":
    """Select ended orders last changed before the instant and not yet erased."""
    return Order.objects.filter(erased_at=None, state__in=sorted(ENDS), updated_at__lt=before)


def erase_due(before: datetime, why: str) -> tuple[int, int]:
    """Erase older data in batches, at most MAX_PER_RUN of each kind.

    Returns the number of orders and of archived events without an order. Safe to run concurrently.
    """
    orders = sum(_in_batches(lambda: _erase_batch(before, why)))
    events = sum(_in_batches(lambda: _erase_archive(before)))
    return orders, events


def _in_batches(erase_batch: Any) -> Iterator[int]:
    for _ in range(MAX_PER_RUN // BATCH_SIZE):
        count = erase_batch()
        yield count
        heartbeat.step()
        if count < BATCH_SIZE:
            return


@transaction.atomic
def _erase_batch(before: datetime, why: str) -> int:
    locked = (
        due_orders(before).select_for_update(skip_locked=True).order_by("updated_at")[:BATCH_SIZE]
    )
    orders = list(locked)
    _erase(orders, Actor.CLOCK, {"why": why}, give_up=True)
    return len(orders)


@transaction.atomic
def erase_order(order_id: uuid.UUID, *, by: User | None) -> bool:
    """Erase one order at a person's request; False if it was already erased.

    `by` is None for a command. The caller checks permissions. Raises StillOpen,
    redaction.OnTheWay and Order.DoesNotExist.
    """
    order = Order.objects.select_for_update().get(pk=order_id)
    if order.erased_at is not None:
        return False
    if order.state not in ENDS:
        raise StillOpen(
            f"{order} is still open, so its personal data is still needed. Complete or cancel it"
            " first."
        )
    _erase([order], by or Actor.CLOCK, {} if by else {"why": "on request"}, give_up=False)
    return True


def _erase(
    orders: list[Order], by: User | Actor, details: dict[str, str], *, give_up: bool
) -> None:
    """Erase the personal data of these locked orders and of everything that belongs to them."""
    now, keys = timezone.now(), [order.pk for order in orders]
    redaction.erase([ordering_key(order) for order in orders], now, give_up=give_up)
    Order.objects.filter(pk__in=keys).update(
        customer_name="", customer_phone="", driver={}, erased_at=now, updated_at=now
    )
    _rewrite(Order, {order.pk: _amounts(order.details) for order in orders})
    lines = OrderLine.objects.filter(order__in=keys)
    lines.exclude(special_instructions="", customer_id="").update(
        special_instructions="", customer_id=""
    )
    _erase_history(keys)
    of_orders = InboundEvent.objects.filter(order__in=keys, erased_at=None)
    of_orders.update(body=b"", erased_at=now)
    OrderEvent.objects.bulk_create(
        entry_of(order, HISTORY_TEXT, by=by, details=details) for order in orders
    )


def _erase_history(keys: Collection[uuid.UUID]) -> None:
    entries = OrderEvent.objects.filter(order__in=keys).exclude(details={})
    kept = {
        key: (details, without_personal_data(details))
        for key, details in entries.values_list("pk", "details")
    }
    _rewrite(OrderEvent, {key: new for key, (old, new) in kept.items() if new != old})


def _rewrite(model: type[Model], details: Mapping[Any, dict[str, Any]]) -> None:
    """Set `details` of these rows, with one UPDATE for all rows that get the same value."""
    alike = defaultdict(list)
    for key, value in details.items():
        alike[orjson.dumps(value, option=orjson.OPT_SORT_KEYS)].append(key)
    for text, keys in alike.items():
        model._default_manager.filter(pk__in=keys).update(details=orjson.loads(text))


@transaction.atomic
def _erase_archive(before: datetime) -> int:
    """Erase a batch of events without an order (refused, unreadable or of an unknown type).

    Late events of erased orders are included; an open order's events stay.
    """
    old = InboundEvent.objects.filter(erased_at=None, received_at__lt=before)
    eligible = old.filter(Q(order=None) | Q(order__erased_at__isnull=False)).order_by("received_at")
    return erase_events(list(eligible.values_list("pk", flat=True)[:BATCH_SIZE]))


def erase_events(keys: Collection[int]) -> int:
    """Erase the bodies of these archived events."""
    return InboundEvent.objects.filter(pk__in=keys).update(body=b"", erased_at=timezone.now())


def without_personal_data(details: Mapping[str, Any]) -> dict[str, Any]:
    """Keep only the history details that name no customer: numbers and some known keys."""
    return {
        name: value
        for name, value in details.items()
        if isinstance(value, bool | int | float) or name in _KEPT_KEYS
    }


def _amounts(details: Mapping[str, Any]) -> dict[str, Any]:
    """Keep an order's tips, fees and discount amounts, without their texts."""
    kept = {name: value for name, value in details.items() if isinstance(value, bool | int)}
    amounts = [
        {"amount": discount.get("amount") or 0} for discount in details.get("discounts") or []
    ]
    return {**kept, "discounts": amounts} if amounts else kept
