"""Where a delivery stands, in words, and what we know of its driver (contract ORD-UPD)."""

from typing import Any

# What Stream is known to send; anything else is kept, and shown with its underscores as blanks.
_WORDS = {
    "pending": "Waiting for a driver to be asked",
    "pending_driver_confirmation": "A driver is asked",
    "enroute_to_pickup": "The driver is on the way to the restaurant",
    "arrived_at_pickup": "The driver is at the restaurant",
    "enroute_to_dropoff": "The driver is on the way to the customer",
    "arrived_at_dropoff": "The driver is at the customer's",
    "completed": "Delivered",
    "failed_to_assign_driver": "No driver could be found",
    "failed_to_deliver": "It could not be delivered",
    "failed_to_pickup": "It could not be picked up",
    "failed": "The delivery failed",
    "merchant_canceled": "The restaurant canceled the delivery",
    "enroute_to_return": "The driver is bringing it back",
    "arrived_at_return": "The driver is back at the restaurant with it",
    "returned": "It was brought back",
}


def in_words(delivery_status: str) -> str:
    """What a person reads; empty when nothing was said yet."""
    return _WORDS.get(delivery_status) or delivery_status.replace("_", " ")


def driver_after(known: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    """The driver's details after an update, without what was not sent (docs/assumptions.md).

    What an update leaves out stays: one that has only the name does not wipe the phone. A phone
    and a vehicle are replaced as a whole, because a code belongs to its number. Another name is
    another driver, of whom nothing that we knew is true.
    """
    before, now = _name(known), _name(said)
    if before and now and before != now:
        return said
    return {**known, **said}


def _name(driver: dict[str, Any]) -> str:
    return " ".join(str(driver.get("name") or "").split()).casefold()
