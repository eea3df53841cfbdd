"""Instants from texts and from wall clocks."""

from datetime import UTC, datetime, timedelta, tzinfo

from django.utils import timezone
from django.utils.dateparse import parse_datetime

_LAST_YEAR = 9998  # A later instant may lie beyond the calendar in another time zone.
_MINUTE = timedelta(minutes=1)


def parse(value: str) -> datetime | None:
    """Parse an ISO 8601 instant to UTC, its default offset. Return None for anything else."""
    try:
        parsed = parse_datetime(value)
        if parsed is None or parsed.year > _LAST_YEAR:
            return None
        return parsed.replace(tzinfo=UTC) if timezone.is_naive(parsed) else parsed.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def of_wall_clock(wall: datetime, zone: tzinfo | None) -> list[datetime]:
    """Return the instants in UTC at which the zone's clocks show the time: two when they go back.

    When clocks skip the time, return the instant at which they go forward.
    """
    both = [wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
    instant = min(both)
    while instant.astimezone(zone).replace(tzinfo=None) < wall:
        instant += _MINUTE
    return [instant, both[1]] if both[0] < both[1] else [instant]
