"""A menu's week in a few lines, with equal days grouped."""

from itertools import groupby

from catalog.hours import weekly as weekly_hours

_ALL_DAY = f"00:00-{weekly_hours.END_OF_DAY}"


def week_summary(week: weekly_hours.Week) -> list[tuple[str, str]]:
    """Return days and windows: `[("Monday – Friday", "09:00-17:00"), ("Saturday", "closed")]`."""
    days = [(day, sorted(week.get(day, []))) for day in weekly_hours.DAYS]
    runs = [(windows, [day for day, _ in run]) for windows, run in groupby(days, _windows)]
    return [(_days_text(run), _windows_text(windows)) for windows, run in runs]


def _windows(day: tuple[str, list[str]]) -> list[str]:
    return day[1]


def _days_text(run: list[str]) -> str:
    if len(run) == len(weekly_hours.DAYS):
        return "Every day"
    first, last = run[0].capitalize(), run[-1].capitalize()
    return first if len(run) == 1 else f"{first} – {last}"


def _windows_text(windows: list[str]) -> str:
    if windows == [_ALL_DAY]:
        return "at any time"
    return ", ".join(windows) or "closed"
