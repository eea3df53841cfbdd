"""The proof of a payment after the order was placed (contract DSP-LIFE, `awaiting_payment`).

Money that was taken is never forgotten: where the order has ended meanwhile, it is owed back.
"""

from datetime import datetime

from django.db import transaction

from dsp.live import state as store_state
from dsp.models import ChannelOrder, Refund
from dsp.orders import handover, placing, refunds, settling, transitions
from integration.db import database_time

from .proof import COLUMNS, Proof, check_amount, note

State, Kind = ChannelOrder.State, Refund.Kind

PAID_TOO_LATE = "paid_too_late"
_PAID = "Paid."


class NotAwaited(Exception):
    """No such payment is awaited; the message says why."""


@transaction.atomic
def prove(order_id: int, proof: Proof, actor: str) -> ChannelOrder:
    """Take a payment, or the capture of one that was authorized; a repeat changes nothing.

    An order that awaits its payment goes on to the restaurant. Raises AmountDiffers, NotAwaited and
    ChannelOrder.DoesNotExist.
    """
    order = transitions.lock(order_id)
    if order.is_unpaid:
        raise NotAwaited("The guest pays for this order at the window.")
    now = database_time.now()
    if order.payment_amount is None:
        _take(order, proof, actor, now)
    elif (order.payment_provider, order.payment_reference) != (proof.provider, proof.reference):
        raise NotAwaited("Another payment was taken for this order: give this one back.")
    elif order.is_authorized_only and not proof.is_authorized_only:
        _capture(order, proof, actor, now)
    return order


def _take(order: ChannelOrder, proof: Proof, actor: str, now: datetime) -> None:
    check_amount(proof, order.total, order.currency)
    note(proof, order)
    order.save(update_fields=COLUMNS)
    if order.state == State.AWAITING_PAYMENT:
        _go_on(order, actor, now)
        return
    refunds.owe(order, PAID_TOO_LATE)
    order.save(update_fields=["money"])
    detail = "Your payment came too late; you get it back."
    transitions.note(order, actor, now, detail=detail)


def _go_on(order: ChannelOrder, actor: str, now: datetime) -> None:
    """Hand the paid order over or hold it; a store that has closed meanwhile fails it."""
    if placing.is_held(order, now):
        transitions.move(order, State.HELD, actor, now, detail=_PAID)
        return
    closed = _why_closed(order, now)
    if closed is not None:
        settling.fail(order, closed, now)
        return
    order.ready_at = max(order.ready_at, now + placing.preparation(order.store))
    handover.owe_order(order, now, is_scheduled=placing.is_for_later(order, now))
    transitions.move(order, State.PLACED, actor, now, detail=_PAID)


def _why_closed(order: ChannelOrder, now: datetime) -> str | None:
    """Return the reason why nothing is handed over; the hours of now say nothing of later."""
    reason = store_state.state_of(order.store, now).closed_reason
    is_for_later = reason == store_state.STORE_CLOSED and order.requested_for is not None
    return None if is_for_later else reason


def _capture(order: ChannelOrder, proof: Proof, actor: str, now: datetime) -> None:
    """Note the capture; a release that was owed becomes a refund."""
    check_amount(proof, order.total, order.currency)
    refund = Refund.objects.filter(order=order).first()
    if refund is not None and refund.state == Refund.State.DONE:
        raise NotAwaited("The authorization was released already.")
    order.is_authorized_only, order.payment_amount = False, proof.amount
    order.save(update_fields=COLUMNS)
    if refund is not None:
        refund.kind, refund.amount = Kind.REFUND, proof.amount
        refund.save(update_fields=["kind", "amount"])
    transitions.note(order, actor, now, staff_detail="The authorized payment was captured.")
