"""Opening hours of a location: its week, and the special days that replace days of it.

Every instant here is in the location's time zone. Windows are wall-clock times, even on the days
when clocks change.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from integration.instants import of_wall_clock

from .special_days import SpecialDays
from .weekly import DAYS, END_OF_DAY, Week, covers, is_window

# A business day begins at this time at locations that never close.
DAY_STARTS = "04:00"
# A window continued from the evening before belongs to that evening if it ends by this time.
NIGHT_ENDS = "12:00"
_MIDNIGHT = "00:00"


@dataclass(frozen=True)
class Opening:
    """The hours of a location; a week without windows means always open."""

    week: Week
    special_days: SpecialDays

    def windows_on(self, day: date) -> list[str]:
        """Return the day's windows in order, without malformed ones; `[]` means closed."""
        windows = self.special_days.get(day.isoformat())
        if windows is None:
            if not any(self.week.values()):
                return [f"{_MIDNIGHT}-{END_OF_DAY}"]
            windows = self.week.get(DAYS[day.weekday()], [])
        return sorted(window for window in windows if is_window(window))

    def is_open(self, at: datetime) -> bool:
        return any(covers(window, f"{at:%H:%M}") for window in self.windows_on(at.date()))

    def next_opening(self, at: datetime) -> datetime | None:
        """Return the first opening after `at`, or None; a window past midnight does not reopen."""
        for day in self._days_from(at.date()):
            continues = self._continues_previous_day(day)
            for window in self.windows_on(day)[1 if continues else 0 :]:
                for start in _instants(day, window.split("-")[0], at):
                    if start > at.astimezone(UTC):
                        return start.astimezone(at.tzinfo)
        return None

    def next_day(self, at: datetime) -> datetime:
        """Return the beginning of the business day after the one of `at`.

        A business day begins with the first opening, and hours past midnight still belong to the
        day before. While the location is closed, or if it never closes, the day begins at 04:00.
        """
        today = self._business_day(at)
        for day in self._days_from(today + timedelta(days=1)):
            start = self._beginning(day)
            if start is not None:
                return next(_instants(day, start, at)).astimezone(at.tzinfo)
        # It never opens, so any later time will do.
        return next(_instants(today + timedelta(days=1), DAY_STARTS, at)).astimezone(at.tzinfo)

    def _days_from(self, first: date) -> Iterator[date]:
        """Yield enough days for each weekday to occur once between special days."""
        for ahead in range(8 + len(self.special_days)):
            yield first + timedelta(days=ahead)

    def _business_day(self, at: datetime) -> date:
        today, clock = at.date(), f"{at:%H:%M}"
        night, start = self._night(today), self._beginning(today)
        if night is not None and covers(night, clock):
            return today - timedelta(days=1)
        has_begun = clock >= DAY_STARTS or (start is not None and start <= clock)
        return today if has_begun else today - timedelta(days=1)

    def _beginning(self, day: date) -> str | None:
        """Return the time `HH:mm` at which the business day begins, or None if there is none."""
        windows = self.windows_on(day)
        if self._night(day) is not None:
            windows = windows[1:]
        elif self._continues_previous_day(day):
            return DAY_STARTS
        return windows[0].split("-")[0] if windows else None

    def _night(self, day: date) -> str | None:
        """Return the window continued from the evening before, if it ends by noon."""
        if not self._continues_previous_day(day):
            return None
        first = self.windows_on(day)[0]
        return first if first.split("-")[1] <= NIGHT_ENDS else None

    def _continues_previous_day(self, day: date) -> bool:
        before, windows = self.windows_on(day - timedelta(days=1)), self.windows_on(day)
        return bool(
            before
            and windows
            and before[-1].endswith(END_OF_DAY)
            and windows[0].startswith(_MIDNIGHT)
        )


def _instants(day: date, clock: str, near: datetime) -> Iterator[datetime]:
    return iter(of_wall_clock(datetime.combine(day, time.fromisoformat(clock)), near.tzinfo))
