"""Parse the commands' arguments, and end a command with an error."""

from argparse import ArgumentTypeError
from datetime import datetime
from typing import NoReturn

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.utils import timezone

from catalog.models import Location, order_restrictions
from integration import instants
from integration.models import Merchant


def instant(value: str) -> datetime:
    """Parse an ISO 8601 instant; without an offset it is UTC."""
    parsed = instants.parse(value)
    if parsed is None:
        raise ArgumentTypeError(f"{value!r} is not an instant like 2030-05-01T18:00:00Z.")
    return parsed


def minutes(value: str) -> int:
    """Parse a whole number of minutes, up to what a location can store."""
    if not (value.isascii() and value.isdecimal() and len(value) <= 5 and int(value) <= 32767):
        raise ArgumentTypeError(f"{value!r} is not a number of minutes like 20.")
    return int(value)


def names(value: str) -> list[str]:
    """Parse comma-separated names without duplicates; an empty text means none."""
    parsed = list(dict.fromkeys(name.strip() for name in value.split(",") if name.strip()))
    try:
        order_restrictions.validate(parsed)
    except ValidationError as error:
        raise ArgumentTypeError(" ".join(error.messages)) from error
    return parsed


def refuse_if_past(until: datetime | None) -> None:
    if until is not None and until <= timezone.now():
        refuse("--until is in the past.")


def get_location(provider_id: str) -> Location:
    """Return the location, or refuse if it does not exist or is archived."""
    location = Location.objects.filter(provider_id=provider_id, archived_at=None).first()
    if location is None:
        refuse(f"There is no location {provider_id}.")
    return location


def get_merchant(provider_id: str) -> Merchant:
    """Return the merchant, or refuse if it does not exist."""
    merchant = Merchant.objects.filter(provider_id=provider_id).first()
    if merchant is None:
        refuse(f"There is no merchant {provider_id}.")
    return merchant


def refuse(sentence: str) -> NoReturn:
    """End the command with exit code 1 and this sentence on standard error."""
    raise CommandError(sentence, returncode=1)
