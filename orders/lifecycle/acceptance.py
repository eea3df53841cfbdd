"""The decision on a deferred order, and its delivery to Stream.

Contract ORD-NEW (Deferred) and LIFE. Stream waits 60 seconds for the decision and then rejects the
order itself. Nothing is sent after that: only the channel can say what became of the order.
"""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from math import ceil
from typing import Any

import orjson
from django.db import transaction

from integration.db import database_time
from integration.models import OutboundEvent, User
from orders.models import Order
from orders.protocol.responses import Refusal
from orders.states import State, StreamKnows, after_decision

from . import delivery_times, stock
from . import prep_time as order_prep_time
from .history import Actor, record
from .stream_notifier import Notice, notify, order_id_of

# Counted from our receipt of the order.
STREAM_WAITS = timedelta(seconds=60)
# After that the order is decided automatically; the rest is for the webhook, its retries and the
# restart of a worker.
STAFF_HAVE = timedelta(seconds=45)
# Stream publishes neither the names nor the bodies of these events; only this module has them.
ACCEPTED, REJECTED = "order.accepted", "order.rejected"

_WHY_NOT_SENT = {
    Notice.TOO_LATE: "It came more than 60 seconds after the order.",
    Notice.NOT_CONNECTED: "The location is not connected to Stream.",
}


class AlreadyDecided(Exception):
    """The order is no longer waiting for a decision; the message names its state."""


@transaction.atomic
def accept(order_id: uuid.UUID, *, by: User | None, prep_time_minutes: int | None = None) -> Order:
    """Accept the order and report it to Stream with the prep time. `by` None is the clock.

    `prep_time_minutes`, 0 to 1440, replaces the time Stream was promised at first; None keeps it.
    Raises AlreadyDecided, ValueError for other minutes, and Order.DoesNotExist. The caller checks
    permissions.
    """
    if prep_time_minutes is not None and not order_prep_time.is_possible(prep_time_minutes):
        raise ValueError("Prep time must be 0 to 1440 minutes.")
    order = _decide(order_id, is_accepted=True)
    details: dict[str, str] = {}
    if prep_time_minutes is not None and prep_time_minutes != order.prep_time_minutes:
        order.prep_time_minutes = prep_time_minutes
        details["preparation"] = f"{prep_time_minutes} minutes"
    record(order, "Accepted", by=by or Actor.CLOCK, details=details)
    _report(order, ACCEPTED, {"prep_time_minutes": order.prep_time_minutes})
    return order


@transaction.atomic
def reject(order_id: uuid.UUID, refusal: Refusal, *, by: User | None) -> Order:
    """Reject the order for these reasons (at least one), return its stock, and report to Stream.

    Raises as `accept` does.
    """
    if not refusal:
        raise ValueError("An order is rejected for a reason: give one.")
    order = _decide(order_id, is_accepted=False)
    reasons = "; ".join(reason["order_error_reason"] for reason in refusal.order)
    record(order, "Rejected", by=by or Actor.CLOCK, details={"reason": reasons})
    stock.give_back(order)
    delivery_times.follow(order)
    _report(order, REJECTED, orjson.loads(refusal.body()))
    return order


def seconds_left(order: Order, now: datetime | None = None) -> int | None:
    """Return the seconds until the order is decided automatically, at least 0.

    None if it is not waiting for a decision.
    """
    if order.state != State.PENDING:
        return None
    left = order.created_at + STAFF_HAVE - (now or database_time.now())
    return max(0, ceil(left.total_seconds()))


def record_delivery(event: OutboundEvent) -> None:
    """Record on the order whether Stream received its decision; called when the event has ended.

    An event can end twice: given up during an attempt, it may still have arrived.
    """
    if event.ending == OutboundEvent.Ending.ARRIVED:
        knows, before = StreamKnows.TOLD, [StreamKnows.WAITING, StreamKnows.UNKNOWN]
    else:
        knows, before = StreamKnows.UNKNOWN, [StreamKnows.WAITING]
    order_id = order_id_of(event)
    if order_id is None:
        return
    orders = Order.objects.filter(merchant=event.merchant_id, stream_knows__in=before)
    order = orders.select_for_update().filter(pk=order_id).first()
    if order is None:
        return
    order.stream_knows = knows
    order.save(update_fields=["stream_knows", "updated_at"])
    if knows == StreamKnows.TOLD:
        record(order, "Stream heard the decision", by=Actor.STREAM)
    else:
        _record_unknown(order, event.get_ending_display())


def _decide(order_id: uuid.UUID, *, is_accepted: bool) -> Order:
    """Lock the order until the commit: of two concurrent decisions, one finds it decided."""
    order = Order.objects.select_for_update().get(pk=order_id)
    new = after_decision(order.state, is_accepted=is_accepted)
    if new is None:
        now = State(order.state).label
        raise AlreadyDecided(f"This order is no longer waiting for a decision. It is: {now}.")
    order.state = new
    return order


def _report(order: Order, event_type: str, decision: Mapping[str, Any]) -> None:
    data = {"provider_id": order.provider_id, **decision}
    notice = notify(order, event_type, data, before=order.created_at + STREAM_WAITS)
    is_sent = notice == Notice.EMITTED
    order.stream_knows = StreamKnows.WAITING if is_sent else StreamKnows.UNKNOWN
    order.save(update_fields=["state", "stream_knows", "prep_time_minutes", "updated_at"])
    if not is_sent:
        _record_unknown(order, _WHY_NOT_SENT[notice])


def _record_unknown(order: Order, why: str) -> None:
    what = "Stream may not have heard the decision"
    record(order, what, by=Actor.CLOCK, details={"why": why})
