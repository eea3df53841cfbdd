"""Orders and refunds as front ends see them (contract DSP-API)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from dsp.models import ChannelOrder, ChannelOrderEvent, Refund
from dsp.orders.shown_state import shown_state


def milliseconds(instant: datetime) -> int:
    """Return an instant as the API writes it."""
    return int(instant.timestamp() * 1000)


def shown_order(order: ChannelOrder, history: Iterable[ChannelOrderEvent]) -> dict[str, Any]:
    """Return the order, whose refund is loaded if it has one."""
    refund = getattr(order, "refund", None)
    return {
        "id": order.provider_id,
        "number": order.number,
        "store_id": order.store.provider_id,
        "state": shown_state(order),
        "ready_at": milliseconds(order.ready_at),
        "currency": order.currency,
        "total": order.total,
        "refund": None if refund is None else shown_refund(refund),
        "history": [
            {"at": milliseconds(step.at), "state": step.state, "detail": step.detail}
            for step in history
        ],
    }


def shown_refund(refund: Refund) -> dict[str, Any]:
    return {
        "id": refund.provider_id,
        "amount": refund.amount,
        "currency": refund.currency,
        "reason": refund.reason,
        "state": refund.state,
    }
