"""Dates on which a location has other hours, or none: `{"2026-12-25": [], "2026-12-31": […]}`.

The dates are local. On such a day none of the weekly hours apply, and a window past midnight
continues only if the next day has it, too.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError

from . import weekly as weekly_hours

MAX_DAYS = 400  # Whoever needs more than a year of them should change the weekly hours.

SpecialDays = Mapping[str, list[str]]


def validate(days: Any) -> None:
    """Raise ValidationError, with the date and the problem, for invalid special days."""
    if not isinstance(days, dict):
        raise ValidationError("Enter the dates with their windows.")
    if len(days) > MAX_DAYS:
        raise ValidationError(
            f"More than {MAX_DAYS} special days: change the opening hours instead."
        )
    for day, windows in days.items():
        if not _is_date(day):
            raise ValidationError(f"{day!s:.40} is not a date like 2026-12-31.")
        if not isinstance(windows, list):
            raise ValidationError(f"{day}: enter a list of windows like 10:00-15:00.")
        weekly_hours.validate_day(day, windows)


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def upcoming(days: SpecialDays, today: date) -> dict[str, list[str]]:
    """Return the days from today on, in order."""
    return {day: days[day] for day in sorted(days) if day >= today.isoformat()}


def past(days: SpecialDays, today: date) -> dict[str, list[str]]:
    return {day: days[day] for day in sorted(days) if day < today.isoformat()}
