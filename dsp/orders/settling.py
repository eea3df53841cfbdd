"""The outcome of a hand-over: taken over, refused, out of time, or the store disconnected.

The delivery run ends the event alone. That its order follows is looked for here, so neither waits
for the other's locks, and a crash between the two loses nothing.
"""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from dsp.models import ChannelOrder
from integration.clocks import heartbeat
from integration.db import database_time
from integration.models import DeliveryAttempt, OutboundEvent

from . import handover, refunds, transitions
from .transitions import CLOCK

State, Ending = ChannelOrder.State, OutboundEvent.Ending

REFUSED = "refused_by_stream"
TOO_LATE = "not_handed_over_in_time"
DISCONNECTED = "store_disconnected"
_FAILED = "The order could not be handed over to the restaurant."
_AT_ONCE = 100


def settle() -> int:
    """Move on the placed orders whose event new_order has ended; return how many.

    Woken when such an event ends, and run every second; two runs never take the same order.
    """
    settled = 0
    while _over(ChannelOrder.objects.all()).exists():
        heartbeat.step()
        count = _settle_batch()
        settled += count
        if count < _AT_ONCE:
            break
    return settled


def _over(orders: "QuerySet[ChannelOrder]") -> "QuerySet[ChannelOrder]":
    waiting = OutboundEvent.objects.filter(
        pk=OuterRef("outbound_event_id"), state=OutboundEvent.State.WAITING
    )
    return orders.filter(~Exists(waiting), state=State.PLACED, ended_at=None)


@transaction.atomic
def _settle_batch() -> int:
    locked = _over(ChannelOrder.objects.select_for_update(skip_locked=True, of=("self",)))
    orders = list(locked.select_related("store").order_by("pk")[:_AT_ONCE])
    events = OutboundEvent.objects.in_bulk([order.outbound_event_id for order in orders])
    now = database_time.now()
    for order in orders:
        _settle(order, events.get(order.outbound_event_id or 0), now)
    return len(orders)


def _settle(order: ChannelOrder, event: OutboundEvent | None, now: datetime) -> None:
    if event is not None and event.state == OutboundEvent.State.DELIVERED:
        order.sent_at = event.finished_at or now
        transitions.move(order, State.SENT, CLOCK, now, detail="The restaurant has been asked.")
    elif event is not None and event.ending == Ending.REFUSED:
        fail(order, REFUSED, now, message=_answer_to(event))
    else:
        fail(order, TOO_LATE, now, message=_answer_to(event) if event else "")


def fail(order: ChannelOrder, reason: str, now: datetime, *, message: str = "") -> None:
    """Fail the locked order, which Stream did not take over, and owe the refund."""
    order.failure_reason, order.failure_message = reason, message
    refunds.owe(order, reason)
    transitions.move(
        order, State.FAILED, CLOCK, now, detail=_FAILED, staff_detail=f"{reason} {message}".strip()
    )


def _answer_to(event: OutboundEvent) -> str:
    """Return the latest answer to the event, as kept for staff."""
    latest = DeliveryAttempt.objects.filter(event=event).order_by("-number").first()
    if latest is None:
        return ""
    return f"{latest.status_code or latest.error} {latest.excerpt}".strip()


def fail_unsent(store_ids: Collection[int]) -> None:
    """Fail the orders of disconnected stores for which no try has begun.

    The others are followed to their end.
    """
    now = database_time.now()
    unsent = ChannelOrder.objects.filter(
        store__in=store_ids, state__in=transitions.BEFORE_HANDOVER, ended_at=None
    )
    locked: Iterable[ChannelOrder] = unsent.select_for_update(of=("self",)).order_by("pk")
    for order in locked:
        if handover.withdraw_unsent(order):
            fail(order, DISCONNECTED, now)
