"""Channels and ways of handing over that a location does not take (contract ORD-NEW)."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError

# What the contract names; every other one may be written, too, for both lists stay open.
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
_MOST = 50
_LONGEST = 100


def plain(name: str) -> str:
    """As two names are compared: without case and outer blanks."""
    return name.strip().casefold()


def holds(names: Iterable[str], name: str | None) -> bool:
    """Whether the order's word is one of the names; what it does not say is not."""
    return bool(name) and plain(name or "") in {plain(one) for one in names}


def in_words(kind: str) -> str:
    """A fulfilment type as people say it: `drive_thru` → drive-thru."""
    known = FULFILLMENT_TYPES.get(plain(kind), "")
    return known[:1].lower() + known[1:] if known else kind.replace("_", " ")


def drawn(names: Iterable[str], known: Mapping[str, str]) -> str:
    """For people to read."""
    return ", ".join(known.get(plain(one), one) for one in names) or "None"


def validate(value: Any) -> None:
    """Raises ValidationError unless it is a list of a few short names."""
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise ValidationError("This must be a list of names.")
    if len(value) > _MOST:
        raise ValidationError(f"Write {_MOST} names at most.")
    for one in value:
        if not one.strip() or len(one) > _LONGEST or "\0" in one:
            raise ValidationError(f"A name must have 1 to {_LONGEST} letters.")
