"""Dates on which a location has other hours, or none: `{"2026-12-25": [], "2026-12-31": […]}`.

The dates are the location's own. On such a day nothing of the week holds, and a window past
midnight goes on only if the next day says so, too.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError

from . import weekly as weekly_hours

MOST = 400  # More than a year of them is another week.

SpecialDays = Mapping[str, list[str]]


def validate(days: Any) -> None:
    """Raises ValidationError that names the date and what is wrong about it."""
    if not isinstance(days, dict):
        raise ValidationError("Write the dates with their windows.")
    if len(days) > MOST:
        raise ValidationError(f"More than {MOST} special days: change the opening hours instead.")
    for day, windows in days.items():
        if not _is_date(day):
            raise ValidationError(f"{day!s:.40} is no date like 2026-12-31.")
        if not isinstance(windows, list):
            raise ValidationError(f"{day}: write a list of windows like 10:00-15:00.")
        weekly_hours.validate_day(day, windows)


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def coming(days: SpecialDays, today: date) -> dict[str, list[str]]:
    """From today on, in order."""
    return {day: days[day] for day in sorted(days) if day >= today.isoformat()}


def past(days: SpecialDays, today: date) -> dict[str, list[str]]:
    return {day: days[day] for day in sorted(days) if day < today.isoformat()}
