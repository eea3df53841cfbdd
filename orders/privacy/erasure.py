"""Erase the personal data of customers and drivers; what was ordered, paid and answered stays.

An order's identity, fingerprint and answer stay too, so that a repeat still gets the same answer,
byte for byte. Events that arrive for an erased order are archived without their body.
"""

import uuid
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from integration.models import User
from integration.webhooks import redaction
from orders.lifecycle.history import Actor, entry_of
from orders.lifecycle.stream_notifier import ordering_key
from orders.models import FollowedOrder, InboundEvent, Order, OrderEvent, OrderLine
from orders.states import ENDS

from . import batches, drivers, followed
from .details import HISTORY_TEXT, StillOpen, erase_from, rewrite

_MAX_DAYS = 36_500  # Earlier dates would leave the calendar.


class Erased(NamedTuple):
    """How many rows of each kind were erased."""

    orders: int
    followed: int
    drivers: int
    events: int  # Without an order.


def cutoff(now: datetime) -> datetime | None:
    """Return the instant before which data is erased automatically; None when nothing is."""
    days = settings.PERSONAL_DATA_DAYS
    return now - timedelta(days=min(days, _MAX_DAYS)) if days else None


def due_orders(before: datetime) -> "QuerySet[Order]":
    """Select ended orders last changed before the instant and not yet erased."""
    return Order.objects.filter(erased_at=None, state__in=sorted(ENDS), updated_at__lt=before)


def erase_due(before: datetime, why: str) -> Erased:
    """Erase older data in batches, at most batches.MAX_PER_RUN of each kind.

    Safe to run concurrently.
    """
    in_batches = batches.in_batches
    orders = sum(in_batches(lambda: _erase_batch(before, why)))
    others = sum(in_batches(lambda: followed.erase_batch(before, why)))
    gone = sum(in_batches(lambda: drivers.erase_batch(before)))
    events = sum(in_batches(lambda: _erase_archive(before)))
    events += sum(in_batches(lambda: followed.erase_archive(before)))
    return Erased(orders, others, gone, events)


@transaction.atomic
def _erase_batch(before: datetime, why: str) -> int:
    locked = due_orders(before).select_for_update(skip_locked=True).order_by("updated_at")
    orders = list(locked[: batches.BATCH_SIZE])
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
    followed.erase_of_own(keys, by, details, give_up=give_up)
    redaction.erase([ordering_key(order) for order in orders], now, give_up=give_up)
    Order.objects.filter(pk__in=keys).update(
        customer_name="", customer_phone="", driver={}, erased_at=now, updated_at=now
    )
    rewrite(Order, {order.pk: _amounts(order.details) for order in orders})
    lines = OrderLine.objects.filter(order__in=keys)
    lines.exclude(special_instructions="", customer_id="").update(
        special_instructions="", customer_id=""
    )
    erase_from(OrderEvent.objects.filter(order__in=keys))
    of_orders = InboundEvent.objects.filter(order__in=keys, erased_at=None)
    of_orders.update(body=b"", erased_at=now)
    OrderEvent.objects.bulk_create(
        entry_of(order, HISTORY_TEXT, by=by, details=details) for order in orders
    )


def erase_followed(order_id: uuid.UUID, *, by: User | None) -> bool:
    """Erase one followed order at a person's request, and with it our own order that it is.

    False if it was already erased. Raises StillOpen, redaction.StillWaiting and
    FollowedOrder.DoesNotExist.
    """
    own = FollowedOrder.objects.values_list("own_order", flat=True).get(pk=order_id)
    is_new = own is not None and erase_order(own, by=by)
    return followed.erase_one(order_id, by=by) or is_new


@transaction.atomic
def _erase_archive(before: datetime) -> int:
    """Erase a batch of events without an order (refused, unreadable or of an unknown type).

    Late events of erased orders are included; an open order's events stay.
    """
    old = InboundEvent.objects.filter(erased_at=None, received_at__lt=before)
    eligible = old.filter(Q(order=None) | Q(order__erased_at__isnull=False)).order_by("received_at")
    return erase_events(list(eligible.values_list("pk", flat=True)[: batches.BATCH_SIZE]))


def erase_events(keys: Collection[int]) -> int:
    """Erase the bodies of these archived events."""
    return InboundEvent.objects.filter(pk__in=keys).update(body=b"", erased_at=timezone.now())


def _amounts(details: Mapping[str, Any]) -> dict[str, Any]:
    """Keep an order's tips, fees and discount amounts, without their texts."""
    kept = {name: value for name, value in details.items() if isinstance(value, bool | int)}
    amounts = [
        {"amount": discount.get("amount") or 0} for discount in details.get("discounts") or []
    ]
    return {**kept, "discounts": amounts} if amounts else kept
