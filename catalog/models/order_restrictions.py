"""Channels and fulfillment types that a location refuses (contract ORD-NEW)."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError

# The values in the contract; both lists are open, so others are allowed, too.
CHANNELS = {
    "uber": "Uber Eats",
    "doordash": "DoorDash",
    "grubhub": "Grubhub",
    "flipdish": "Flipdish",
}
FULFILLMENT_TYPES = {
    "delivery": "Delivery by the channel",
    "merchant_managed_delivery": "Delivery by the restaurant",
    "pickup": "Pickup",
    "curbside": "Curbside pickup",
    "drive_thru": "Drive-thru",
    "dine_in": "Dine-in",
}
_MAX_NAMES = 50
_MAX_LENGTH = 100


def normalize(name: str) -> str:
    """Normalize a name for comparison: without case and surrounding spaces."""
    return name.strip().casefold()


def includes(names: Iterable[str], name: str | None) -> bool:
    """Return whether the order's value is one of the names; a missing value is not."""
    return bool(name) and normalize(name or "") in {normalize(other) for other in names}


def display_fulfillment_type(kind: str) -> str:
    """Return a fulfillment type for use in a sentence: `drive_thru` → drive-thru."""
    known = FULFILLMENT_TYPES.get(normalize(kind), "")
    return known[:1].lower() + known[1:] if known else kind.replace("_", " ")


def display_names(names: Iterable[str], known: Mapping[str, str]) -> str:
    """Return the names as text, with known ones spelled out."""
    return ", ".join(known.get(normalize(name), name) for name in names) or "None"


def validate(value: Any) -> None:
    """Raise ValidationError unless the value is a list of a few short names."""
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise ValidationError("This must be a list of names.")
    if len(value) > _MAX_NAMES:
        raise ValidationError(f"Enter at most {_MAX_NAMES} names.")
    for name in value:
        if not name.strip() or len(name) > _MAX_LENGTH or "\0" in name:
            raise ValidationError(f"A name must have 1 to {_MAX_LENGTH} characters.")
