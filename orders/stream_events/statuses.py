"""The order of statuses, so that late and repeated events never move an order back (contract EV).

Each status has a rank; a higher one replaces a lower one, and an end is final. A status that nobody
knows has the lowest: it is shown until a known one comes, and never hides one.
"""

from orders.states import ENDS, State

_UNKNOWN = -1
_END = 100

_ORDER: dict[str, int] = {
    "": _UNKNOWN - 1,
    State.PENDING: 0,
    State.IN_PROGRESS: 1,
    State.READY_FOR_PICKUP: 2,
    State.OUT_FOR_DELIVERY: 3,
    **dict.fromkeys(ENDS, _END),
}
# After a failure another driver may still deliver it, so that is no end.
_DELIVERY: dict[str, int] = {
    "": _UNKNOWN - 1,
    "pending": 0,
    "pending_driver_confirmation": 1,
    "failed_to_assign_driver": 2,
    "enroute_to_pickup": 3,
    "arrived_at_pickup": 4,
    "failed_to_pickup": 5,
    "enroute_to_dropoff": 6,
    "arrived_at_dropoff": 7,
    "failed_to_deliver": 8,
    "enroute_to_return": 9,
    "arrived_at_return": 10,
    **dict.fromkeys(("completed", "failed", "merchant_canceled", "returned"), _END),
}
DELIVERED = "completed"


def after(current: str, sent: str) -> str:
    """Return the order's status after one that was sent."""
    return _after(_ORDER, current, sent)


def after_cancelation(current: str, sent: str) -> str:
    """Return the status after `order.canceled`, which ends the order whatever status it names."""
    return after(current, sent if sent in ENDS else State.DSP_CANCELED)


def delivery_after(current: str, sent: str) -> str:
    """Return the delivery's status after one that was sent."""
    return _after(_DELIVERY, current, sent)


def is_end(status: str, delivery_status: str) -> bool:
    """Return True if nothing more is to be done for the order."""
    return status in ENDS or delivery_status == DELIVERED


def _after(ranks: dict[str, int], current: str, sent: str) -> str:
    before, now = ranks.get(current, _UNKNOWN), ranks.get(sent, _UNKNOWN)
    return sent if now > before or now == before == _UNKNOWN else current
