"""Retention: personal data of ended orders is erased, old events are deleted.

What was ordered, paid, refunded and answered stays, so that a repeated request is still recognized.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from dsp.models import ChannelOrder, ChannelOrderEvent, ReceivedEvent
from integration.clocks import heartbeat
from integration.db import batches, database_time
from integration.webhooks import redaction

from . import handover, transitions

_AT_ONCE = 200
_MOST_BATCHES = 100
_TEXTS = ("special_instructions", "customer_id")


def erase_due(before: datetime) -> int:
    """Erase the personal data of orders that ended before then; return how many."""
    erased = 0
    for _ in range(_MOST_BATCHES):
        heartbeat.step()
        count = erase(before)
        erased += count
        if count < _AT_ONCE:
            break
    return erased


@transaction.atomic
def erase(before: datetime) -> int:
    """Erase a batch of orders that ended before then; return how many."""
    due = ChannelOrder.objects.filter(ended_at__lt=before, erased_at=None).order_by("ended_at")
    orders = list(due.select_for_update(skip_locked=True)[:_AT_ONCE])
    now = database_time.now()
    redaction.erase([handover.ordering_key(order) for order in orders], now, give_up=True)
    for order in orders:
        order.customers, order.delivery_address = [], None
        order.lines = [_without_texts(line) for line in order.lines]
        order.special_instructions = order.fulfillment_instructions = ""
        order.failure_message, order.placed_from, order.erased_at = "", "", now
    fields = ["customers", "delivery_address", "lines", "special_instructions"]
    fields += ["fulfillment_instructions", "failure_message", "placed_from"]
    fields += ["erased_at"]
    ChannelOrder.objects.bulk_update(orders, fields)
    _erase_history(orders, now)
    return len(orders)


def _without_texts(line: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in line.items() if name not in _TEXTS}


def _erase_history(orders: Iterable[ChannelOrder], now: datetime) -> None:
    """Erase what Stream told staff, which may quote the guest, and note the erasure."""
    keys = [order.pk for order in orders]
    ChannelOrderEvent.objects.filter(order__in=keys).exclude(staff_detail="").update(
        staff_detail=""
    )
    detail = {"detail": "", "staff_detail": "Personal data was erased.", "digest": ""}
    ChannelOrderEvent.objects.bulk_create(
        transitions.step(order, transitions.CLOCK, now, **detail) for order in orders
    )


def delete_old(before: datetime) -> int:
    """Delete archived events from before then; return how many."""
    events = ReceivedEvent.objects.filter(received_at__lt=before).order_by("received_at")
    return batches.delete(events, step=heartbeat.step)
