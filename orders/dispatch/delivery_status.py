"""A delivery's status, in words and as progress, and its driver's details (contract ORD-UPD)."""

from typing import Any

from orders.models import FollowedOrder, Order
from orders.states import ENDS, State

LEAVING, DELIVERED = "enroute_to_dropoff", "completed"
OUT = (LEAVING, "arrived_at_dropoff")

# The statuses Stream is known to send; others are shown with spaces for underscores.
_WORDS = {
    "pending": "Waiting for a driver",
    "pending_driver_confirmation": "Waiting for a driver to confirm",
    "enroute_to_pickup": "The driver is on the way to the restaurant",
    "arrived_at_pickup": "The driver is at the restaurant",
    "enroute_to_dropoff": "The driver is on the way to the customer",
    "arrived_at_dropoff": "The driver is at the customer's address",
    "completed": "Delivered",
    "failed_to_assign_driver": "No driver could be found",
    "failed_to_deliver": "Could not be delivered",
    "failed_to_pickup": "Could not be picked up",
    "failed": "The delivery failed",
    "merchant_canceled": "The restaurant canceled the delivery",
    "enroute_to_return": "The driver is bringing the order back",
    "arrived_at_return": "The driver is back at the restaurant with the order",
    "returned": "Returned to the restaurant",
}


def in_words(delivery_status: str) -> str:
    """Return the status as people read it; empty if there is none yet."""
    return _WORDS.get(delivery_status) or delivery_status.replace("_", " ")


def is_over(order: Order | FollowedOrder) -> bool:
    return State(order.state) in ENDS if isinstance(order, Order) else order.ended_at is not None


def is_out(order: Order | FollowedOrder) -> bool:
    """Return True while the order is on its way to the customer."""
    if isinstance(order, Order):
        return order.state == State.OUT_FOR_DELIVERY
    return order.delivery_status in OUT or order.status == State.OUT_FOR_DELIVERY


def driver_after(known: dict[str, Any], update: dict[str, Any]) -> dict[str, Any]:
    """Return the driver's details after an update (docs/assumptions.md).

    Fields that the update omits stay: one that has only the name does not erase the phone. A phone
    and a vehicle are replaced as a whole, because a code belongs to its number. Another name is
    another driver, for whom no known detail holds.
    """
    before, now = _name(known), _name(update)
    if before and now and before != now:
        return update
    return {**known, **update}


def _name(driver: dict[str, Any]) -> str:
    return " ".join(str(driver.get("name") or "").split()).casefold()
