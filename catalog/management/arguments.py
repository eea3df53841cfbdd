"""What the commands' arguments mean, and how a command refuses."""

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
    """An ISO 8601 instant; without an offset it is UTC."""
    parsed = instants.parse(value)
    if parsed is None:
        raise ArgumentTypeError(f"{value!r} is no instant; write it like 2030-05-01T18:00:00Z.")
    return parsed


def minutes(value: str) -> int:
    """A whole number of minutes, as many as a location can keep."""
    if not (value.isascii() and value.isdecimal() and len(value) <= 5 and int(value) <= 32767):
        raise ArgumentTypeError(f"{value!r} is no number of minutes; write it like 20.")
    return int(value)


def names(value: str) -> list[str]:
    """Names with commas between them, each once; an empty text is none."""
    said = list(dict.fromkeys(one.strip() for one in value.split(",") if one.strip()))
    try:
        order_restrictions.validate(said)
    except ValidationError as error:
        raise ArgumentTypeError(" ".join(error.messages)) from error
    return said


def refuse_if_past(until: datetime | None) -> None:
    if until is not None and until <= timezone.now():
        refuse("--until lies in the past.")


def location_named(provider_id: str) -> Location:
    """Refuses when no location has that id, or it is archived."""
    location = Location.objects.filter(provider_id=provider_id, archived_at=None).first()
    if location is None:
        refuse(f"There is no location {provider_id}.")
    return location


def merchant_named(provider_id: str) -> Merchant:
    """Refuses when no merchant has that id."""
    merchant = Merchant.objects.filter(provider_id=provider_id).first()
    if merchant is None:
        refuse(f"There is no merchant {provider_id}.")
    return merchant


def refuse(sentence: str) -> NoReturn:
    """Ends the command with 1 and this sentence on standard error."""
    raise CommandError(sentence, returncode=1)
