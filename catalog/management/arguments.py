"""What the commands' arguments mean, and how a command refuses."""

from argparse import ArgumentTypeError
from datetime import UTC, datetime
from typing import NoReturn

from django.core.management.base import CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from catalog.models import Location

_LAST_YEAR = 9998  # A later instant may lie beyond the calendar in another time zone.


def instant(value: str) -> datetime:
    """An ISO 8601 instant; without an offset it is UTC."""
    try:
        parsed = parse_datetime(value)
    except ValueError:
        parsed = None
    if parsed is None or parsed.year > _LAST_YEAR:
        raise ArgumentTypeError(f"{value!r} is no instant; write it like 2030-05-01T18:00:00Z.")
    if timezone.is_naive(parsed):
        parsed = parsed.replace(tzinfo=UTC)
    return parsed


def refuse_if_past(until: datetime | None) -> None:
    if until is not None and until <= timezone.now():
        refuse("--until lies in the past.")


def location_named(provider_id: str) -> Location:
    """Refuses when no location has that id, or it is archived."""
    location = Location.objects.filter(provider_id=provider_id, archived_at=None).first()
    if location is None:
        refuse(f"There is no location {provider_id}.")
    return location


def refuse(sentence: str) -> NoReturn:
    """Ends the command with 1 and this sentence on standard error."""
    raise CommandError(sentence, returncode=1)
