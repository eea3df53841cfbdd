"""The hand-over of an order to Stream: the events owed about it (contract DSP-WH).

Each event of an order waits for the one before, so a cancelation never overtakes new_order.
"""

from datetime import datetime, timedelta

from django.conf import settings

from dsp.models import ChannelOrder
from dsp.outbound import bodies, receiver
from integration import wakeups
from integration.models import OutboundEvent
from integration.webhooks import outbox

_KEY = "channel-order:"


def ordering_key(order: ChannelOrder) -> str:
    return f"{_KEY}{order.provider_id}"


def first_event(order: ChannelOrder, now: datetime, *, is_scheduled: bool) -> OutboundEvent:
    """Return the unsaved event that hands over an order which is not saved either."""
    return receiver.first_event(
        bodies.new_order(order, is_scheduled=is_scheduled),
        merchant_id=order.merchant_id,
        ordering_key=ordering_key(order),
        now=now,
        expires_at=_deadline(now),
    )


def owe_order(order: ChannelOrder, now: datetime, *, is_scheduled: bool = False) -> None:
    """Owe Stream the order until the deadline of its hand-over; the caller saves the order."""
    body = bodies.new_order(order, is_scheduled=is_scheduled)
    order.outbound_event_id = _owe(order, body, _deadline(now)).pk


def _deadline(now: datetime) -> datetime:
    return now + timedelta(seconds=settings.DSP.handover_seconds)


def owe_cancelation(order: ChannelOrder, now: datetime, *, source: str, reason: str) -> None:
    """Owe Stream the cancelation of an order that it may have."""
    body = bodies.cancel_order(order, source=source, reason=reason)
    _owe(order, body, now + receiver.WORTH_SENDING)


def owe_delivery_status(
    order: ChannelOrder, now: datetime, status: str, driver: bodies.Body | None
) -> None:
    body = bodies.delivery_status(order, status, driver)
    _owe(order, body, now + receiver.WORTH_SENDING)


def has_begun(order: ChannelOrder) -> bool:
    """Return True once a worker has taken the order's event: Stream may have the order."""
    if order.outbound_event_id is None:
        return False
    return outbox.last_sent_at(order.outbound_event_id) is not None


def was_repeated(order: ChannelOrder) -> bool:
    """Return True if the order was sent more than once: Stream may have taken each for its own."""
    sent = OutboundEvent.objects.filter(pk=order.outbound_event_id or 0, claim_count__gt=1)
    return sent.exists()


def withdraw_unsent(order: ChannelOrder) -> bool:
    """Withdraw the locked order's event; return False if Stream may have it: nothing changed."""
    return order.outbound_event_id is None or outbox.withdraw_unsent(order.outbound_event_id)


def take_back(order: ChannelOrder) -> bool:
    """Begin no further attempt for the locked order; return False if Stream may have it."""
    if withdraw_unsent(order):
        return True
    assert order.outbound_event_id is not None
    outbox.end_attempts(order.outbound_event_id)
    return False


def settle_soon(event: OutboundEvent) -> None:
    """Have the order follow its ended event, once that is committed."""
    wakeups.on_commit("dsp.tasks.settle_handovers")


def is_still_owed(event: OutboundEvent) -> bool:
    """Return True while the order of an event new_order waits for its hand-over."""
    provider_id = event.ordering_key.removeprefix(_KEY)
    placed = ChannelOrder.objects.filter(provider_id=provider_id, state=ChannelOrder.State.PLACED)
    return placed.exists()


def _owe(order: ChannelOrder, body: bodies.Body, deadline: datetime) -> OutboundEvent:
    return receiver.owe(
        body, merchant_id=order.merchant_id, ordering_key=ordering_key(order), expires_at=deadline
    )
