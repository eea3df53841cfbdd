"""Weekly windows as Stream writes them (contract CAT, menu): `"HH:mm-HH:mm"` by lower-case day.

A window past midnight is split at midnight into two days; the end of a day is written 23:59 and
means the whole last minute.
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
    """Raises ValidationError that names the day and the window which is wrong."""
    if not isinstance(week, dict):
        raise ValidationError("Write the days with their windows.")
    for day, windows in week.items():
        if day not in DAYS:
            raise ValidationError(f"{day!s:.40} is no day; write monday to sunday in lower case.")
        if not isinstance(windows, list):
            raise ValidationError(f"{day}: write a list of windows like 09:00-21:30.")
        validate_day(day, windows)


def validate_day(day: str, windows: list[Any]) -> None:
    """Raises ValidationError that begins with the day's name."""
    previous_end = ""
    for window in sorted(str(window) for window in windows):
        if not _WINDOW.match(window):
            raise ValidationError(f"{day}: {window:.40} is not a window like 09:00-21:30.")
        start, end = window.split("-")
        if start >= end:
            raise ValidationError(
                f"{day}: {window} ends before it begins. Past midnight, write two windows: one"
                f" until {END_OF_DAY} and one on the next day from 00:00."
            )
        if previous_end and start < previous_end:
            raise ValidationError(f"{day}: {window} overlaps the window before it.")
        previous_end = end


def whole(week: Week) -> dict[str, list[str]]:
    """All seven days, each with its windows in order; `[]` is closed."""
    return {day: sorted(week.get(day, [])) for day in DAYS}


def is_window(text: Any) -> bool:
    """Whether it is one, of a day, that ends after it begins."""
    return isinstance(text, str) and bool(_WINDOW.match(text)) and text[:5] < text[6:]


def covers(window: str, clock: str) -> bool:
    """Whether the local time of day `HH:mm` lies in the window."""
    start, end = window.split("-")
    return start <= clock and (clock < end or end == END_OF_DAY)


def always() -> dict[str, list[str]]:
    return {day: [f"00:00-{END_OF_DAY}"] for day in DAYS}
