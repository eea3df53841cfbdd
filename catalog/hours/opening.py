"""When a location is open: its week, and the special days that replace days of it.

Every instant here is in the location's own time. Windows are what the clock on the wall shows, on
the days when it is changed, too.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from .special_days import SpecialDays
from .weekly import DAYS, END_OF_DAY, Week, covers, is_window

# A new day of business begins at this time where nobody opens or closes.
DAY_TURNS = "04:00"
# A window that goes on from the evening before belongs to that evening if it ends by now.
NIGHT_ENDS = "12:00"
_MIDNIGHT = "00:00"
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Opening:
    """The hours of a location; a week without any window is always open."""

    week: Week
    special_days: SpecialDays

    def windows_on(self, day: date) -> list[str]:
        """In order; `[]` is closed. What is no window, as no form would write it, is left out."""
        windows = self.special_days.get(day.isoformat())
        if windows is None:
            if not any(self.week.values()):
                return [f"{_MIDNIGHT}-{END_OF_DAY}"]
            windows = self.week.get(DAYS[day.weekday()], [])
        return sorted(window for window in windows if is_window(window))

    def is_open(self, at: datetime) -> bool:
        return any(covers(window, f"{at:%H:%M}") for window in self.windows_on(at.date()))

    def next_opening(self, at: datetime) -> datetime | None:
        """The first after `at`, or None; what only goes on past midnight is none."""
        for day in self._days_from(at.date()):
            goes_on = self._goes_on_from_the_day_before(day)
            for window in self.windows_on(day)[1 if goes_on else 0 :]:
                for start in _instants(day, window.split("-")[0], at):
                    if start > at.astimezone(UTC):
                        return start.astimezone(at.tzinfo)
        return None

    def next_day(self, at: datetime) -> datetime:
        """When the day of business after that of `at` begins.

        A day begins as it opens. What is open past midnight is still the day before; while it is
        closed, and where it never closes, the day turns at 04:00.
        """
        today = self._day_of(at)
        for day in self._days_from(today + timedelta(days=1)):
            start = self._beginning(day)
            if start is not None:
                return next(_instants(day, start, at)).astimezone(at.tzinfo)
        # It never opens: any later time will do.
        return next(_instants(today + timedelta(days=1), DAY_TURNS, at)).astimezone(at.tzinfo)

    def _days_from(self, first: date) -> Iterator[date]:
        """Enough days for each of the week to come once between the special ones."""
        for ahead in range(8 + len(self.special_days)):
            yield first + timedelta(days=ahead)

    def _day_of(self, at: datetime) -> date:
        today, clock = at.date(), f"{at:%H:%M}"
        night, start = self._night(today), self._beginning(today)
        if night is not None and covers(night, clock):
            return today - timedelta(days=1)
        has_begun = clock >= DAY_TURNS or (start is not None and start <= clock)
        return today if has_begun else today - timedelta(days=1)

    def _beginning(self, day: date) -> str | None:
        """When a day of business begins, `HH:mm`; None when there is none that day."""
        windows = self.windows_on(day)
        if self._night(day) is not None:
            windows = windows[1:]
        elif self._goes_on_from_the_day_before(day):
            return DAY_TURNS
        return windows[0].split("-")[0] if windows else None

    def _night(self, day: date) -> str | None:
        """The window of the evening before that ends on this day."""
        if not self._goes_on_from_the_day_before(day):
            return None
        first = self.windows_on(day)[0]
        return first if first.split("-")[1] <= NIGHT_ENDS else None

    def _goes_on_from_the_day_before(self, day: date) -> bool:
        before, windows = self.windows_on(day - timedelta(days=1)), self.windows_on(day)
        return bool(
            before
            and windows
            and before[-1].endswith(END_OF_DAY)
            and windows[0].startswith(_MIDNIGHT)
        )


def _instants(day: date, clock: str, near: datetime) -> Iterator[datetime]:
    """When the clock on the wall shows it, in UTC: twice when clocks go back.

    When they go forward past it, the instant at which they do.
    """
    wall = datetime.combine(day, time.fromisoformat(clock))
    both = [wall.replace(tzinfo=near.tzinfo, fold=fold).astimezone(UTC) for fold in (0, 1)]
    found = min(both)
    while found.astimezone(near.tzinfo).replace(tzinfo=None) < wall:
        found += _MINUTE
    yield found
    if both[0] < both[1]:
        yield both[1]
