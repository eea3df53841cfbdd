"""Parsing of instants."""

from datetime import UTC, datetime

from django.utils import timezone
from django.utils.dateparse import parse_datetime

_LAST_YEAR = 9998  # A later instant may lie beyond the calendar in another time zone.


def parse(value: str) -> datetime | None:
    """Parse an ISO 8601 instant to UTC, its default offset. Return None for anything else."""
    try:
        parsed = parse_datetime(value)
        if parsed is None or parsed.year > _LAST_YEAR:
            return None
        return parsed.replace(tzinfo=UTC) if timezone.is_naive(parsed) else parsed.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
