"""Erase a driver's name and number, and what histories, orders and events kept of them.

Assignments stay: they say when an order was delivered, and no more by whom.
"""

import re
import uuid
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from integration.webhooks import redaction
from orders.lifecycle.stream_notifier import ordering_key
from orders.models import (
    Driver,
    DriverAssignment,
    FollowedEvent,
    FollowedOrder,
    InboundEvent,
    Order,
    OrderEvent,
    StreamEvent,
)
from orders.states import ENDS

from . import batches, followed
from .details import StillOpen, rewrite
from .phone_search import digits, is_same

_NON_DIGITS = re.compile(rb"\D+")


class Person(NamedTuple):
    """A driver as orders and histories know them."""

    name: str
    number: str


def due(before: datetime) -> "QuerySet[Driver]":
    """Select drivers deactivated before the instant, and without a delivery since."""
    since = Q(assigned_at__gte=before) | Q(out_at__gte=before)
    since |= Q(delivered_at__gte=before) | Q(replaced_at__gte=before)
    recent = DriverAssignment.objects.filter(since, driver=OuterRef("pk"))
    gone = Driver.objects.filter(erased_at=None, is_active=False, deactivated_at__lt=before)
    return gone.exclude(Exists(recent))


@transaction.atomic
def erase_batch(before: datetime) -> int:
    """Erase a batch of the drivers that are due; return how many."""
    locked = due(before).select_for_update(skip_locked=True).order_by("pk")
    found = list(locked[: batches.BATCH_SIZE])
    for driver in found:
        _erase(driver, give_up=True)
    return len(found)


@transaction.atomic
def erase_driver(driver_id: int) -> bool:
    """Erase one driver on request; False if they were already erased.

    Raises StillOpen, redaction.StillWaiting and Driver.DoesNotExist.
    """
    driver = Driver.objects.select_for_update().get(pk=driver_id)
    if driver.erased_at is not None:
        return False
    if driver.is_active:
        raise StillOpen("The driver is still active. Deactivate them first.")
    own, others = _orders_of(driver, only_under_way=True)
    if _ended_own(own).count() < len(own) or len(_ended_followed(others)) < len(others):
        raise StillOpen("The driver still has open deliveries. Assign them to somebody else first.")
    _erase(driver, give_up=False)
    return True


@transaction.atomic
def erase_from_order(order_id: uuid.UUID) -> bool:
    """Erase the driver of one order of ours on request; False if it has none.

    Raises StillOpen, redaction.StillWaiting and Order.DoesNotExist.
    """
    order = Order.objects.select_for_update().get(pk=order_id)
    if not order.driver:
        return False
    if order.state not in ENDS:
        raise StillOpen(f"{order} is still open. Complete or cancel it first.")
    person = Person(str(order.driver.get("name") or ""), number_of(order.driver))
    _forget(person, [order.pk], [], give_up=False)
    return True


def number_of(driver: dict[str, Any]) -> str:
    """Return the phone number in an order's driver; empty if there is none."""
    phone = driver.get("phone")
    return str(phone.get("number") or "") if isinstance(phone, dict) else ""


def _erase(driver: Driver, *, give_up: bool) -> None:
    person = Person(driver.name, driver.phone)
    own, others = _orders_of(driver)
    for keys in _chunks(own):
        _forget(person, keys, [], give_up=give_up)
    for keys in _chunks(others):
        _forget(person, [], keys, give_up=give_up)
    driver.name = driver.phone = driver.code = ""
    driver.erased_at = timezone.now()
    driver.save(update_fields=["name", "phone", "code", "erased_at"])


def _orders_of(
    driver: Driver, *, only_under_way: bool = False
) -> tuple[list[uuid.UUID], list[uuid.UUID]]:
    """Return the keys of the own and of the followed orders that the driver ever got, not erased.

    With `only_under_way`, those that they have yet to deliver.
    """
    rows = driver.assignments.order_by()
    if only_under_way:
        rows = rows.filter(replaced_at=None, delivered_at=None)
    own = rows.filter(order__erased_at=None, order__isnull=False)
    others = rows.filter(followed__erased_at=None, followed__isnull=False)
    return (
        sorted(set(own.values_list("order", flat=True))),
        sorted(set(others.values_list("followed", flat=True))),
    )


def _chunks(keys: Sequence[uuid.UUID]) -> list[Sequence[uuid.UUID]]:
    size = batches.BATCH_SIZE
    return [keys[start : start + size] for start in range(0, len(keys), size)]


def _ended_own(keys: Collection[uuid.UUID]) -> "QuerySet[Order]":
    return Order.objects.filter(pk__in=keys, state__in=sorted(ENDS))


def _ended_followed(keys: Collection[uuid.UUID]) -> list[FollowedOrder]:
    orders = FollowedOrder.objects.filter(pk__in=keys).defer("details").order_by("pk")
    return [order for order in orders if not followed.is_open(order)]


def _forget(
    person: Person, own: Collection[uuid.UUID], others: Collection[uuid.UUID], *, give_up: bool
) -> None:
    """Erase the person as the driver of those of these orders that have ended."""
    now = timezone.now()
    ended = list(_ended_own(own).select_for_update().only("driver").order_by("pk"))
    ended_others = _ended_followed(others)
    if person.number:
        keys = [ordering_key(order) for order in ended]
        keys += [ordering_key(order) for order in ended_others]
        redaction.erase(keys, now, give_up=give_up, containing=person.number)
    number = digits(person.number)
    theirs = [order.pk for order in ended if is_same(digits(number_of(order.driver)), number)]
    Order.objects.filter(pk__in=theirs).update(driver={}, updated_at=now)
    _forget_history(OrderEvent.objects.filter(order__in=[one.pk for one in ended]), person)
    _forget_history(
        FollowedEvent.objects.filter(followed__in=[one.pk for one in ended_others]), person
    )
    _forget_bodies(InboundEvent.objects.filter(order__in=theirs), number)
    _forget_bodies(StreamEvent.objects.filter(followed__in=ended_others), number)


def _forget_history(entries: "QuerySet[Any]", person: Person) -> None:
    named = entries.filter(details__driver=person.name).values_list("pk", "details")
    rewrite(
        entries.model,
        {
            key: {name: value for name, value in details.items() if name != "driver"}
            for key, details in named
        },
    )


def _forget_bodies(events: "QuerySet[Any]", number: str) -> None:
    """Erase the bodies that contain the number in any format; a false match is harmless."""
    if not number:
        return
    bodies = events.filter(erased_at=None).values_list("pk", "body").iterator(chunk_size=100)
    keys = [key for key, body in bodies if number.encode() in _NON_DIGITS.sub(b"", bytes(body))]
    events.model.objects.filter(pk__in=keys).update(body=b"", erased_at=timezone.now())
