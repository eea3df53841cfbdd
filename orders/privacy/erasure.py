"""Erases what tells who a customer or a driver is; what was ordered, paid and answered stays.

Identity, fingerprint and answer of an order stay, too: a repeat is still known and answered byte
for byte. What comes about an erased order afterwards is kept without its body from the beginning.
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

from integration.models import User
from integration.webhooks import redaction
from orders.lifecycle.history import Actor, entry_of
from orders.lifecycle.stream_notifier import ordering_key
from orders.models import InboundEvent, Order, OrderEvent, OrderLine
from orders.states import ENDS

WHAT = "Personal data erased"
AT_ONCE = 200
MOST_PER_RUN = 20_000
# Texts of the history that name no customer: codes of Stream, and who of the staff it was.
_KEPT_WORDS = frozenset({"by", "why", "source", "status", "delivery_status"})
_LONGEST = 36_500  # Days; calendars have a beginning.


class StillOpen(Exception):
    """The order has not ended, so people still need to know for whom it is; the text says so."""


def limit(now: datetime) -> datetime | None:
    """What is older is erased by the clock; None: nothing is."""
    days = settings.PERSONAL_DATA_DAYS
    return now - timedelta(days=min(days, _LONGEST)) if days else None


def due(before: datetime) -> "QuerySet[Order]":
    """Orders that ended, and nothing happened to them, since then; an open one never is."""
    return Order.objects.filter(erased_at=None, state__in=sorted(ENDS), updated_at__lt=before)


def erase_due(before: datetime, why: str) -> tuple[int, int]:
    """Erases what is older, a batch at a time and no more than MOST_PER_RUN of each kind.

    Returns how many orders, and how many archived events of no order. May run twice at once.
    """
    orders = sum(_until_nothing(lambda: _erase_some(before, why)))
    events = sum(_until_nothing(lambda: _erase_archive(before)))
    return orders, events


def _until_nothing(erase_some: Any) -> Iterator[int]:
    for _ in range(MOST_PER_RUN // AT_ONCE):
        count = erase_some()
        yield count
        if count < AT_ONCE:
            return


@transaction.atomic
def _erase_some(before: datetime, why: str) -> int:
    some = due(before).select_for_update(skip_locked=True).order_by("updated_at")[:AT_ONCE]
    orders = list(some)
    _erase(orders, Actor.CLOCK, {"why": why}, give_up=True)
    return len(orders)


@transaction.atomic
def erase_one(order_id: uuid.UUID, *, by: User | None) -> bool:
    """For one person's request; False if it was erased before. `by` None: a command.

    Raises StillOpen, erasure.OnTheWay, and Order.DoesNotExist. Whether the person may is the
    caller's question.
    """
    order = Order.objects.select_for_update().get(pk=order_id)
    if order.erased_at is not None:
        return False
    if order.state not in ENDS:
        raise StillOpen(
            f"{order} is still open, so the restaurant needs to know for whom it is. Complete or"
            " cancel it first."
        )
    _erase([order], by or Actor.CLOCK, {} if by else {"why": "on request"}, give_up=False)
    return True


def _erase(
    orders: list[Order], by: User | Actor, details: dict[str, str], *, give_up: bool
) -> None:
    """These locked orders, with everything that hangs on them."""
    now, keys = timezone.now(), [order.pk for order in orders]
    redaction.erase([ordering_key(order) for order in orders], now, give_up=give_up)
    Order.objects.filter(pk__in=keys).update(
        customer_name="", customer_phone="", driver={}, erased_at=now, updated_at=now
    )
    _rewrite(Order, {order.pk: _figures(order.details) for order in orders})
    lines = OrderLine.objects.filter(order__in=keys)
    lines.exclude(special_instructions="", customer_id="").update(
        special_instructions="", customer_id=""
    )
    _erase_history(keys)
    of_orders = InboundEvent.objects.filter(order__in=keys, erased_at=None)
    of_orders.update(body=b"", erased_at=now)
    OrderEvent.objects.bulk_create(
        entry_of(order, WHAT, by=by, details=details) for order in orders
    )


def _erase_history(keys: Collection[uuid.UUID]) -> None:
    told = OrderEvent.objects.filter(order__in=keys).exclude(details={})
    kept = {key: (details, harmless(details)) for key, details in told.values_list("pk", "details")}
    _rewrite(OrderEvent, {key: new for key, (old, new) in kept.items() if new != old})


def _rewrite(model: type[Model], details: Mapping[Any, dict[str, Any]]) -> None:
    """Sets `details` of these rows; most are alike, and each kind takes one UPDATE."""
    alike = defaultdict(list)
    for key, value in details.items():
        alike[orjson.dumps(value, option=orjson.OPT_SORT_KEYS)].append(key)
    for text, keys in alike.items():
        model._default_manager.filter(pk__in=keys).update(details=orjson.loads(text))


@transaction.atomic
def _erase_archive(before: datetime) -> int:
    """Events of no order: refused, unreadable, of an unknown type. An open order's stay."""
    old = InboundEvent.objects.filter(erased_at=None, received_at__lt=before)
    loose = old.filter(Q(order=None) | Q(order__erased_at__isnull=False)).order_by("received_at")
    return erase_events(list(loose.values_list("pk", flat=True)[:AT_ONCE]))


def erase_events(keys: Collection[int]) -> int:
    """The bodies of these archived events."""
    return InboundEvent.objects.filter(pk__in=keys).update(body=b"", erased_at=timezone.now())


def harmless(details: Mapping[str, Any]) -> dict[str, Any]:
    """What of an entry of the history names no customer: figures, and some known words."""
    return {
        name: value
        for name, value in details.items()
        if isinstance(value, bool | int | float) or name in _KEPT_WORDS
    }


def _figures(details: Mapping[str, Any]) -> dict[str, Any]:
    """An order's tips, fees and discounts, without the texts beside them."""
    kept = {name: value for name, value in details.items() if isinstance(value, bool | int)}
    amounts = [{"amount": one.get("amount") or 0} for one in details.get("discounts") or []]
    return {**kept, "discounts": amounts} if amounts else kept
