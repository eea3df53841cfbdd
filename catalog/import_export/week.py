"""A menu's weekly schedule in a file, which may have windows past midnight (contract CAT, menu)."""

import re
from collections.abc import Iterator, Mapping

from django.core.exceptions import ValidationError

from catalog.hours import weekly as weekly_hours

_WINDOW = re.compile(r"([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)\Z")


def split(week: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Return all seven days, with windows past midnight continued from 00:00 on the next day.

    Raises ValidationError that names the day and the invalid window.
    """
    full: dict[str, list[str]] = {day: [] for day in weekly_hours.DAYS}
    for day, windows in week.items():
        if day not in full:
            weekly_hours.validate({day: windows})  # Raises the error that lists the valid days.
        for window in windows:
            _add(full, day, window)
    weekly_hours.validate(full)
    return weekly_hours.full_week(full)


def _add(full: dict[str, list[str]], day: str, window: str) -> None:
    start, end = window.split("-") if _WINDOW.match(window) else ("", "")
    if start == end:  # Not a window, or one of length zero.
        raise ValidationError(f"{day}: {window:.40} is not a window like 09:00-21:30.")
    if start < end and end != "24:00":
        full[day].append(window)
        return
    # 23:59 to 23:59 would not be a window: only the part after midnight remains.
    if start < weekly_hours.END_OF_DAY:
        full[day].append(f"{start}-{weekly_hours.END_OF_DAY}")
    if end not in ("00:00", "24:00"):
        following = weekly_hours.DAYS[(weekly_hours.DAYS.index(day) + 1) % 7]
        full[following].append(f"00:00-{end}")


def problems_of(week: Mapping[str, list[str]]) -> Iterator[tuple[str, str]]:
    """Yield the day and the sentence of each problem for which `split` refuses the week."""
    if _problem(week) is None:
        return
    good: dict[str, list[str]] = {}
    for day, windows in week.items():
        if day not in weekly_hours.DAYS:
            yield day, _problem({day: []}) or ""
            continue
        found = [(window, _problem({day: [window]})) for window in windows]
        yield from ((day, sentence) for _, sentence in found if sentence)
        good[day] = [window for window, sentence in found if not sentence]
        if sentence := _problem({day: good[day]}):
            yield day, sentence
            del good[day]
    if sentence := _problem(good):  # Each day is right, but not with what lasts past midnight.
        yield sentence.partition(":")[0], sentence


def _problem(week: Mapping[str, list[str]]) -> str | None:
    try:
        split(week)
    except ValidationError as error:
        return str(error.messages[0])
    return None
