"""Instants as people and other systems write them."""

from datetime import UTC, datetime

from django.utils import timezone
from django.utils.dateparse import parse_datetime

_LAST_YEAR = 9998  # A later instant may lie beyond the calendar in another time zone.


def parse(value: str) -> datetime | None:
    """An ISO 8601 instant, in UTC; without an offset it is UTC already. None when it is none."""
    try:
        parsed = parse_datetime(value)
        if parsed is None or parsed.year > _LAST_YEAR:
            return None
        return parsed.replace(tzinfo=UTC) if timezone.is_naive(parsed) else parsed.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
