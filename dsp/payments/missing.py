"""The next step of an order's payment side (contract DSP-LIFE, money)."""

from enum import StrEnum
from typing import NamedTuple

from dsp.models import ChannelOrder, Refund

State = ChannelOrder.State
# An authorized payment is captured once the restaurant makes the order.
_MADE = frozenset({State.ACCEPTED, State.READY, State.OUT_FOR_DELIVERY, State.COMPLETED})


class Missing(StrEnum):
    """The next step of a payment that is not captured."""

    AWAITED = "awaited"  # The guest has not paid.
    AUTHORIZED = "authorized"  # Nothing now: the restaurant has not accepted the order.
    CAPTURE_DUE = "capture_due"
    VOID_DUE = "void_due"  # The order has ended: release the authorization.


class Step(NamedTuple):
    """A step and its amount in the currency's smallest unit."""

    kind: Missing
    amount: int


def step_of(order: ChannelOrder) -> Step | None:
    """Return what is missing; None once the payment is captured or released, or for none at all.

    No query if the order's refund is loaded.
    """
    if order.state == State.AWAITING_PAYMENT:
        return Step(Missing.AWAITED, order.total)
    if not order.is_authorized_only or order.payment_amount is None:
        return None
    refund: Refund | None = getattr(order, "refund", None)
    if refund is not None:
        is_due = refund.state == Refund.State.DUE
        return Step(Missing.VOID_DUE, refund.amount) if is_due else None
    if order.state in _MADE:
        return Step(Missing.CAPTURE_DUE, order.total)
    return Step(Missing.AUTHORIZED, order.payment_amount)
