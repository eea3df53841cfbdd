"""Cancelation by the guest, or by our staff for the guest (contract DSP-RULES, DSP-WH-CXL)."""

from django.db import transaction

from dsp.models import ChannelOrder
from integration.db import database_time

from . import handover, refunds, transitions
from .transitions import BEFORE_HANDOVER

State = ChannelOrder.State

_LATE = frozenset({State.SENT, State.UNCONFIRMED, State.ACCEPTED})
_READY = frozenset({State.READY, State.OUT_FOR_DELIVERY})
REASON = "guest_canceled"


class TooLate(Exception):
    """The order can no longer be canceled; the message says why."""


@transaction.atomic
def cancel(order_id: int, actor: str, by_guest: bool) -> ChannelOrder:
    """Cancel the order, stop its hand-over, owe the refund; a repeat changes nothing.

    `actor` is who did it, for the history. Raises TooLate and ChannelOrder.DoesNotExist.
    """
    order = transitions.lock(order_id)
    if order.state == State.GUEST_CANCELED:
        return order
    if not may_cancel(order, by_guest=by_guest):
        raise TooLate("The order can no longer be canceled.")
    now = database_time.now()
    if not handover.take_back(order):
        source = "customer" if by_guest else "dsp"
        reason = "customer_changed_mind" if by_guest else "customer_requested"
        handover.owe_cancelation(order, now, source=source, reason=reason)
    refunds.owe(order, REASON)
    detail = "You canceled the order." if by_guest else "The order was canceled for you."
    transitions.move(order, State.GUEST_CANCELED, actor, now, detail=detail)
    return order


def may_cancel(order: ChannelOrder, *, by_guest: bool) -> bool:
    """Return True if the guest, or staff, may cancel the order in its state."""
    if order.state in BEFORE_HANDOVER:
        return True
    if order.state in _LATE:
        return not by_guest or order.store.guests_may_cancel_late
    return order.state in _READY and not by_guest
