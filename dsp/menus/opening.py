"""The hours of a menu at an instant (contract DSP-MENU-HOURS).

Windows are wall-clock times of the store's time zone; every instant here carries that zone. A
holiday replaces the windows that begin on its date, and one from the day before runs out.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from integration.instants import of_wall_clock

from .hours import DAY_MINUTES
from .schema import Holiday, Window

Week = Sequence[Sequence[Window]]
_DAY = timedelta(days=1)
_DAYS_AHEAD = 366


def windows_on(week: Week, holidays: Sequence[Holiday], day: date) -> Sequence[Window]:
    """Return the windows that begin on the day; none means closed."""
    of_day = [one for one in holidays if (one.month, one.day) == (day.month, day.day)]
    naming = [one for one in of_day if day.year in one.years]
    yearly = [one for one in of_day if not one.years]
    for holiday in (*naming[-1:], *yearly[-1:]):
        return holiday.windows
    return week[day.weekday()]


def is_open(week: Week, holidays: Sequence[Holiday], at: datetime) -> bool:
    minute = at.hour * 60 + at.minute
    today = windows_on(week, holidays, at.date())
    night = windows_on(week, holidays, at.date() - _DAY)
    return any(one.start <= minute < one.end for one in today) or any(
        minute + DAY_MINUTES < one.end for one in night
    )


def next_opening(week: Week, holidays: Sequence[Holiday], at: datetime) -> datetime | None:
    """Return the first beginning of a window after `at` within a year, or None."""
    for ahead in range(_DAYS_AHEAD):
        day = at.date() + ahead * _DAY
        starts = (
            instant
            for window in windows_on(week, holidays, day)
            for instant in of_wall_clock(_wall(day, window.start), at.tzinfo)
        )
        later = [start for start in starts if start > at.astimezone(UTC)]
        if later:
            return min(later).astimezone(at.tzinfo)
    return None


def _wall(day: date, minute: int) -> datetime:
    return datetime.combine(day, time(minute // 60, minute % 60))
