"""Weekly windows in Stream's format (contract CAT, menu): `"HH:mm-HH:mm"` by lowercase day.

A window past midnight is split at midnight into two days; the end of a day is written 23:59 and
includes the whole last minute.
"""

import re
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
END_OF_DAY = "23:59"
_WINDOW = re.compile(r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d\Z")

Week = Mapping[str, list[str]]


def validate(week: Any) -> None:
    """Raise ValidationError, with the day and the window, for an invalid week."""
    if not isinstance(week, dict):
        raise ValidationError("Enter the days with their windows.")
    for day, windows in week.items():
        if day not in DAYS:
            raise ValidationError(f"{day!s:.40} is not a day; use monday to sunday in lowercase.")
        if not isinstance(windows, list):
            raise ValidationError(f"{day}: enter a list of windows like 09:00-21:30.")
        validate_day(day, windows)


def validate_day(day: str, windows: list[Any]) -> None:
    """Raise ValidationError, beginning with the day's name, for invalid windows."""
    previous_end = ""
    for window in sorted(str(window) for window in windows):
        if not _WINDOW.match(window):
            raise ValidationError(f"{day}: {window:.40} is not a window like 09:00-21:30.")
        start, end = window.split("-")
        if start >= end:
            raise ValidationError(
                f"{day}: {window} ends before it begins. For hours past midnight, enter two"
                f" windows: one until {END_OF_DAY} and one from 00:00 on the next day."
            )
        if previous_end and start < previous_end:
            raise ValidationError(f"{day}: {window} overlaps the window before it.")
        previous_end = end


def full_week(week: Week) -> dict[str, list[str]]:
    """Return all seven days, each with its windows in order; `[]` means closed."""
    return {day: sorted(week.get(day, [])) for day in DAYS}


def is_window(text: Any) -> bool:
    """Return whether the text is a window that ends after it begins."""
    return isinstance(text, str) and bool(_WINDOW.match(text)) and text[:5] < text[6:]


def covers(window: str, clock: str) -> bool:
    """Return whether the window includes the local time `HH:mm`."""
    start, end = window.split("-")
    return start <= clock and (clock < end or end == END_OF_DAY)


def always_open() -> dict[str, list[str]]:
    return {day: [f"00:00-{END_OF_DAY}"] for day in DAYS}
