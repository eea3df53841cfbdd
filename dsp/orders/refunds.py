"""Refunds: money owed to a guest, once per order, until the payment side confirms it.

The order is locked before its refund is written, so no way leads to a second one.
"""

from django.db import transaction

from dsp.models import ChannelOrder, Refund
from integration.db import database_time

from . import transitions

State, Money, Kind = ChannelOrder.State, ChannelOrder.Money, Refund.Kind
_DONE = {Kind.REFUND: Money.REFUNDED, Kind.VOID: Money.VOID}
_SAYS = {
    Kind.REFUND: "The money is on its way back to you.",
    Kind.VOID: "The payment was released: nothing is taken from you.",
}
_PARTIAL = "partial"


class Impossible(Exception):
    """The refund cannot be owed; the message says why."""


def owe(order: ChannelOrder, reason: str) -> Refund | None:
    """Owe the guest the whole total of the locked order; the caller saves the order.

    What was authorized only is to be released. None: nothing was paid, or it is owed or done.
    """
    if not is_paid(order) or Refund.objects.filter(order=order).exists():
        return None
    if order.is_authorized_only and order.payment_amount is not None:
        return _owe(order, order.payment_amount, reason, Kind.VOID)
    return _owe(order, order.total, reason)


def is_paid(order: ChannelOrder) -> bool:
    """Return True if the guest has paid or an amount was authorized."""
    return not order.is_unpaid and bool(order.payment_amount)


@transaction.atomic
def refund_part(order_id: int, amount: int, actor: str) -> Refund:
    """Owe a part of a completed order's total, as staff decided. Raises Impossible.

    Stream is not told: it has no such event.
    """
    order = transitions.lock(order_id)
    if order.state != State.COMPLETED:
        raise Impossible("Only a completed order can be refunded by hand.")
    if not is_paid(order):
        raise Impossible("The guest has not paid us for this order.")
    if order.is_authorized_only:
        raise Impossible("The payment is not captured yet: capture less instead.")
    if not 1 <= amount <= order.total:
        raise Impossible("The amount must be between 1 and the order's total.")
    if Refund.objects.filter(order=order).exists():
        raise Impossible("This order has a refund already.")
    refund = _owe(order, amount, _PARTIAL)
    order.save(update_fields=["money"])
    detail = f"A refund of {amount} {order.currency} (smallest unit) was decided."
    transitions.note(order, actor, database_time.now(), detail="", staff_detail=detail)
    return refund


@transaction.atomic
def acknowledge(refund_id: int, reference: str, actor: str) -> Refund:
    """Record that the guest has the money; a repeat changes nothing. Raises Refund.DoesNotExist.

    `refund_id` is the primary key, `reference` the payment side's own.
    """
    order_id = Refund.objects.values_list("order_id", flat=True).get(pk=refund_id)
    order = transitions.lock(order_id)
    refund = Refund.objects.get(pk=refund_id)
    if refund.state == Refund.State.DONE:
        return refund
    now = database_time.now()
    refund.state, refund.reference, refund.done_at = Refund.State.DONE, reference[:255], now
    refund.save(update_fields=["state", "reference", "done_at"])
    order.money = _DONE[Kind(refund.kind)]
    order.save(update_fields=["money"])
    transitions.note(order, actor, now, detail=_SAYS[Kind(refund.kind)])
    return refund


def _owe(order: ChannelOrder, amount: int, reason: str, kind: Refund.Kind = Kind.REFUND) -> Refund:
    order.money = Money.DUE
    return Refund.objects.create(
        order=order, kind=kind, amount=amount, currency=order.currency, reason=reason[:100]
    )
