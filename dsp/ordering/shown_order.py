"""Orders and refunds as front ends see them (contract DSP-API)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from dsp.models import ChannelOrder, ChannelOrderEvent, Refund
from dsp.orders.shown_state import shown_state
from dsp.payments.missing import step_of


def milliseconds(instant: datetime) -> int:
    """Return an instant as the API writes it."""
    return int(instant.timestamp() * 1000)


def shown_order(order: ChannelOrder, history: Iterable[ChannelOrderEvent]) -> dict[str, Any]:
    """Return the order, whose refund is loaded if it has one.

    `payment` is there only while something of it is missing.
    """
    refund = getattr(order, "refund", None)
    step = step_of(order)
    payment = {} if step is None else {"payment": {"state": step.kind, "amount": step.amount}}
    return {
        "id": order.provider_id,
        "number": order.number,
        "store_id": order.store.provider_id,
        "state": shown_state(order),
        "ready_at": milliseconds(order.ready_at),
        "currency": order.currency,
        "total": order.total,
        **payment,
        "refund": None if refund is None else shown_refund(refund),
        "history": [
            {"at": milliseconds(step.at), "state": step.state, "detail": step.detail}
            for step in history
        ],
    }


def shown_refund(refund: Refund) -> dict[str, Any]:
    """Return the refund; `kind` is there only where an authorization is to be released."""
    kind = {"kind": refund.kind} if refund.kind == Refund.Kind.VOID else {}
    return {
        "id": refund.provider_id,
        "amount": refund.amount,
        "currency": refund.currency,
        "reason": refund.reason,
        "state": refund.state,
        **kind,
    }
