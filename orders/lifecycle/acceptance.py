"""The decision on an order whose acceptance was put off, and whether Stream heard it.

Contract ORD-NEW (Deferred) and LIFE. Stream waits for the decision for 60 seconds and then rejects
the order itself. Nothing is sent after that: what Stream knows is then to be asked of the channel.
"""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from math import ceil
from typing import Any

import orjson
from django.db import transaction
from django.utils import timezone

from catalog.locations import connection
from catalog.models import Location
from integration.models import OutboundEvent, User
from integration.webhooks import outbox
from orders.models import Order
from orders.protocol.responses import Refusal
from orders.states import State, StreamKnows, after_decision

from . import prep_time as order_prep_time
from . import stock
from .history import Actor, record

# From our receipt of the order.
STREAM_WAITS = timedelta(seconds=60)
# Then the clock decides: the rest is for the webhook, its retries and a worker that starts anew.
STAFF_HAVE = timedelta(seconds=45)
# Stream publishes neither the events' names nor their bodies; both stand in this module only.
ACCEPTED, REJECTED = "order.accepted", "order.rejected"

_KEY = "order/"
_TOO_LATE = "It came more than 60 seconds after the order."
_NOT_CONNECTED = "The location is not connected to Stream."


class AlreadyDecided(Exception):
    """The order does not wait for a decision any more; the text says what it is now."""


@transaction.atomic
def accept(order_id: uuid.UUID, *, by: User | None, prep_time_minutes: int | None = None) -> Order:
    """The kitchen makes it; Stream is told, also when it is ready. `by` None is the clock.

    `prep_time_minutes` replaces what Stream was promised at first, 0 to 1440; None leaves it.
    Raises AlreadyDecided, ValueError for other minutes, and Order.DoesNotExist. Whether the person
    may is the caller's question.
    """
    if prep_time_minutes is not None and not order_prep_time.is_possible(prep_time_minutes):
        raise ValueError("A preparation time is 0 to 1440 minutes.")
    order = _decide(order_id, is_accepted=True)
    if prep_time_minutes is None or prep_time_minutes == order.prep_time_minutes:
        details = {}
    else:
        order.prep_time_minutes = prep_time_minutes
        details = {"preparation": f"{prep_time_minutes} minutes"}
    record(order, "Accepted", by=by or Actor.CLOCK, details=details)
    _tell(order, ACCEPTED, {"prep_time_minutes": order.prep_time_minutes})
    return order


@transaction.atomic
def reject(order_id: uuid.UUID, refusal: Refusal, *, by: User | None) -> Order:
    """Turns the order down for these reasons (at least one); stock goes back, Stream is told.

    Raises as `accept` does.
    """
    if not refusal:
        raise ValueError("An order is rejected for a reason: give one.")
    order = _decide(order_id, is_accepted=False)
    reasons = "; ".join(one["order_error_reason"] for one in refusal.order)
    record(order, "Rejected", by=by or Actor.CLOCK, details={"reason": reasons})
    stock.give_back(order)
    _tell(order, REJECTED, orjson.loads(refusal.body()))
    return order


def seconds_left(order: Order, now: datetime | None = None) -> int | None:
    """Until the clock decides, 0 when it is about to; None when the order waits for nobody."""
    if order.state != State.PENDING:
        return None
    left = order.created_at + STAFF_HAVE - (now or timezone.now())
    return max(0, ceil(left.total_seconds()))


def note_ending(event: OutboundEvent) -> None:
    """Notes on the order whether Stream heard its decision; called when the event has ended.

    It may end twice: given up while it was under way, it may have arrived all the same.
    """
    if event.ending == OutboundEvent.Ending.ARRIVED:
        knows, before = StreamKnows.TOLD, [StreamKnows.WAITING, StreamKnows.UNKNOWN]
    else:
        knows, before = StreamKnows.UNKNOWN, [StreamKnows.WAITING]
    key = _order_key(event)
    if key is None:
        return
    orders = Order.objects.filter(merchant=event.merchant_id, stream_knows__in=before)
    order = orders.select_for_update().filter(pk=key).first()
    if order is None:
        return
    order.stream_knows = knows
    order.save(update_fields=["stream_knows", "updated_at"])
    if knows == StreamKnows.TOLD:
        record(order, "Stream heard the decision", by=Actor.STREAM)
    else:
        _note_unknown(order, event.get_ending_display())


def _decide(order_id: uuid.UUID, *, is_accepted: bool) -> Order:
    """Holds the order until the commit: of two who decide at once, one finds it decided."""
    order = Order.objects.select_for_update().get(pk=order_id)
    new = after_decision(order.state, is_accepted=is_accepted)
    if new is None:
        now = State(order.state).label
        raise AlreadyDecided(f"This order does not wait for a decision any more. It is: {now}.")
    order.state = new
    return order


def _tell(order: Order, event_type: str, said: Mapping[str, Any]) -> None:
    # Locked, so that a disconnecting at this moment either is seen here or takes the event back.
    location = Location.objects.select_for_update(no_key=True).get(pk=order.location_id)
    until = order.created_at + STREAM_WAITS
    why_not = ""
    if timezone.now() >= until:
        why_not = _TOO_LATE
    elif not connection.is_connected(location):
        why_not = _NOT_CONNECTED
    order.stream_knows = StreamKnows.UNKNOWN if why_not else StreamKnows.WAITING
    order.save(update_fields=["state", "stream_knows", "prep_time_minutes", "updated_at"])
    if why_not:
        _note_unknown(order, why_not)
        return
    outbox.emit(
        merchant_id=order.merchant_id,
        location_id=location.provider_id,
        event_type=event_type,
        ordering_key=f"{_KEY}{order.provider_id}",
        data={"provider_id": order.provider_id, **said},
        expires_at=until,
        is_urgent=True,
    )


def _note_unknown(order: Order, why: str) -> None:
    what = "Stream may not have heard the decision"
    record(order, what, by=Actor.CLOCK, details={"why": why})


def _order_key(event: OutboundEvent) -> uuid.UUID | None:
    prefix, found, key = event.ordering_key.partition(_KEY)
    try:
        return uuid.UUID(key) if found and not prefix else None
    except ValueError:
        return None
