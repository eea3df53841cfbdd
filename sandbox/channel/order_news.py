"""Tell the channel what became of an order (DSP-EV-ACCEPT, -FAIL, -STATUS, -CANCEL)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import records
from .outbox import Event, Outbox, event
from .records import UNDECIDED, ChannelOrder
from .state import ChannelState
from .translation import UNKNOWN, Failure, ready_at

_STATES = {
    "accept": records.ACCEPTED,
    "fail": records.FAILED,
    "ready": records.READY,
    "completed": records.COMPLETED,
    "cancel": records.CANCELED,
}
NEWS = tuple(_STATES)
_ENDED = (records.FAILED, records.CANCELED, records.GUEST_CANCELED)


class News:
    """Each method changes the order and sends the event, unless the order is past that."""

    def __init__(self, state: ChannelState, outbox: Outbox) -> None:
        self._state = state
        self._outbox = outbox

    def accept(self, key: str, prep_time_minutes: Any) -> None:
        order = self._state.order(key)
        if order.state not in UNDECIDED:
            self._state.note(key, f"The POS accepted it, but it is {order.state}.")
            return
        self._state.note(key, "Accepted.", state=records.ACCEPTED)
        self._outbox.send(_accepted(order, ready_at(order, prep_time_minutes)))

    def fail(self, key: str, failure: Failure) -> None:
        order = self._state.order(key)
        if order.state not in UNDECIDED:
            return
        self._state.note(
            key,
            f"Failed: {failure.reason}. {failure.message}".strip(),
            state=records.FAILED,
            failure_reason=failure.reason,
        )
        self._outbox.send(_failed(order, failure))

    def move(self, key: str, state: str) -> None:
        """Tell that the POS moved an order to one of the states it may reach there."""
        order = self._state.order(key)
        if order.state in _ENDED:
            self._state.note(key, f"The POS told {state}, but the order is {order.state}.")
            return
        self._state.note(key, f"The POS told {state}.", state=state)
        self._outbox.send(_moved(order, state))

    def guest_canceled(self, key: str) -> None:
        if self._state.order(key).state not in (*_ENDED, records.COMPLETED):
            self._state.note(key, "Canceled by the channel.", state=records.GUEST_CANCELED)

    def by_hand(self, key: str, name: str, fields: Mapping[str, Any]) -> int | None:
        """Send an event whatever the order's state is, and return the channel's answer."""
        order = self._state.order(key)
        if name == "accept":
            given = fields.get("estimated_ready_at_ms")
            told = _accepted(order, given or ready_at(order, fields.get("prep_time_minutes")))
        elif name == "fail":
            told = _failed(order, _failure_by_hand(fields))
        else:
            told = _moved(order, _STATES[name])
        self._state.note(key, f"By hand: {name}.", state=_STATES[name])
        return self._outbox.send_and_wait(told)


def _accepted(order: ChannelOrder, ready_at_ms: int) -> Event:
    return _event("location.order.accept", order, estimated_ready_at_ms=ready_at_ms)


def _failed(order: ChannelOrder, failure: Failure) -> Event:
    return _event(
        "location.order.fail",
        order,
        failure_reason=failure.reason,
        failure_details=failure.details(),
    )


def _moved(order: ChannelOrder, state: str) -> Event:
    if state == records.CANCELED:
        return _event("location.order.cancel", order)
    return _event("location.order.notify_status_change", order, order_status_update=state)


def _event(event_type: str, order: ChannelOrder, **fields: Any) -> Event:
    return event(event_type, order.merchant_id, order.store_id, order_id=order.order_id, **fields)


def _failure_by_hand(fields: Mapping[str, Any]) -> Failure:
    return Failure(
        fields.get("failure_reason") or UNKNOWN,
        fields.get("error_message") or "Failed by hand in the sandbox.",
        tuple(fields.get("invalid_item_ids") or ()),
    )
