"""A menu's week as a file may write it, with windows past midnight (contract CAT, menu)."""

import re
from collections.abc import Mapping

from django.core.exceptions import ValidationError

from catalog.hours import weekly as weekly_hours

_WINDOW = re.compile(r"([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)\Z")


def split(week: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """All seven days; a window past midnight goes on in the next day from 00:00.

    Raises ValidationError that names the day and the window which is wrong.
    """
    whole: dict[str, list[str]] = {day: [] for day in weekly_hours.DAYS}
    for day, windows in week.items():
        if day not in whole:
            weekly_hours.validate({day: windows})  # Says what a day is.
        for window in windows:
            _place(whole, day, window)
    weekly_hours.validate(whole)
    return weekly_hours.whole(whole)


def _place(whole: dict[str, list[str]], day: str, window: str) -> None:
    start, end = window.split("-") if _WINDOW.match(window) else ("", "")
    if start == end:  # No window at all, or one of no length.
        raise ValidationError(f"{day}: {window:.40} is not a window like 09:00-21:30.")
    if start < end and end != "24:00":
        whole[day].append(window)
        return
    # A last minute alone, 23:59 to 23:59, is no window: only what follows it is left.
    if start < weekly_hours.END_OF_DAY:
        whole[day].append(f"{start}-{weekly_hours.END_OF_DAY}")
    if end not in ("00:00", "24:00"):
        following = weekly_hours.DAYS[(weekly_hours.DAYS.index(day) + 1) % 7]
        whole[following].append(f"00:00-{end}")
