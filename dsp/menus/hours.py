"""Windows and holidays of a file (contract DSP-MENU-HOURS)."""

import re
from typing import Any

from . import fields as read
from .fields import Fields
from .report import Report, Unusable
from .schema import Holiday, Window

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAY_MINUTES = 24 * 60
_WINDOW = re.compile(r"\s*([0-9]{1,2}):([0-9]{2})\s*-\s*([0-9]{1,2}):([0-9]{2})\s*\Z")
_DATE = re.compile(r"([0-9]{2})-([0-9]{2})\Z")
_MONTH_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_LAST_YEAR = 9998
_WINDOWS_PER_DAY = 100


def window(text: Any) -> Window | None:
    """Read `7:00-22:00`, or return None.

    23:59 and 24:00 end the day, and an end at or before the start lies on the next day.
    """
    match = _WINDOW.match(text) if isinstance(text, str) and len(text) < 40 else None
    if match is None:
        return None
    start_hour, start_minute, end_hour, end_minute = map(int, match.groups())
    start, end = start_hour * 60 + start_minute, end_hour * 60 + end_minute
    if max(start_minute, end_minute) > 59 or start >= DAY_MINUTES or end > DAY_MINUTES:
        return None
    if end == DAY_MINUTES - 1:
        end = DAY_MINUTES
    return Window(start, end if end > start else end + DAY_MINUTES)


def week(fields: Fields, report: Report) -> tuple[tuple[Window, ...], ...]:
    """Read a menu's schedule, Monday first; a missing day is closed."""
    schedule = fields.get("schedule")
    if not isinstance(schedule, dict):
        raise Unusable("schedule", "schedule is missing or not an object.")
    return tuple(_windows(fields, schedule.get(day), day, "menu", report) for day in DAYS)


def holiday(fields: Fields, report: Report) -> Holiday:
    match = _DATE.match(str(fields.get("date")))
    month, day = (int(match[1]), int(match[2])) if match else (0, 0)
    if not 1 <= month <= 12 or not 1 <= day <= _MONTH_DAYS[month - 1]:
        raise Unusable("date", "date is missing or not one like 12-25.")
    return Holiday(
        month=month,
        day=day,
        years=_years(fields),
        windows=_windows(fields, fields.get("hours"), "hours", "holiday", report),
        name=read.text(fields, "name", "holiday", report),
    )


def _years(fields: Fields) -> tuple[int, ...]:
    if fields.get("recurring_yearly") is True:
        return ()
    years = [read.whole(year, _LAST_YEAR) for year in read.required_list(fields, "specific_years")]
    known = tuple(sorted({year for year in years if year}))
    if not known:
        raise Unusable("date", "specific_years names no year, and it does not recur.")
    return known


def _windows(
    fields: Fields, value: Any, place: str, kind: str, report: Report
) -> tuple[Window, ...]:
    """Return the windows in order; broken ones are left out and listed."""
    windows = set()
    texts = value if isinstance(value, list) else [] if value is None else [value]
    for text in texts[:_WINDOWS_PER_DAY]:
        found = window(text)
        if found is None:
            what = text if isinstance(text, str) else type(text).__name__
            detail = f"{place} has a broken window: {what[:40]}.".replace("\x00", "")
            shown_id = fields.get("stream_id") or fields.get("date")
            report.leave_out(kind, shown_id, "window", detail)
        else:
            windows.add(found)
    return tuple(sorted(windows, key=lambda one: (one.start, one.end)))
