"""Special days in forms: a table of dates with their windows; past days are shown apart."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminTextInputWidget

from catalog.hours import special_days
from catalog.models import Location

from .day_bars import DayWidget, draw_days
from .week_text import is_too_long, parse_windows

Row = tuple[str, str]  # A date and its windows, as typed in the form.
_NEW: Row = ("", "")


class SpecialDaysWidget(forms.Widget):
    """One row per date and an empty row; entirely empty rows are ignored."""

    gone: SafeString | str = ""  # The past days, drawn.

    @property
    def media(self) -> forms.Media:
        return DayWidget("").media

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        rows = format_html_join(
            "", '<div class="sp-special">{}{}</div>', (_inputs(name, row) for row in _rows(value))
        )
        return format_html('<div class="sp-specials">{}</div>{}', rows, self.gone)

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[Row] | None:
        """Return the rows, or None if the form lacked the table."""
        if self.value_omitted_from_data(data, files, name):
            return None
        dates, hours = data.getlist(f"{name}_date"), data.getlist(f"{name}_hours")
        rows = [(str(day).strip(), str(text)) for day, text in zip(dates, hours, strict=False)]
        return [row for row in rows if any(row)]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return f"{name}_date" not in data

    def id_for_label(self, id_: str) -> str:
        return ""


def _rows(value: Any) -> list[Row]:
    if isinstance(value, dict):
        value = [(day, ", ".join(windows)) for day, windows in sorted(value.items())]
    return [*(value or []), _NEW]


def _inputs(name: str, row: Row) -> tuple[SafeString, SafeString]:
    day, text = row
    picker = UnfoldAdminTextInputWidget(attrs={"aria-label": "Date", "class": "sp-date"})
    picker.input_type = "date"
    windows = DayWidget(day or "the new date", tag="sp-special-hours")
    return picker.render(f"{name}_date", day), windows.render(f"{name}_hours", text)


class SpecialDaysField(forms.Field):
    """The special days of one location; `known` are its current ones."""

    widget = SpecialDaysWidget
    today = date.min  # At the location.
    known: special_days.SpecialDays = {}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "required": False})

    def bind_location(self, location: Location) -> dict[str, list[str]]:
        """Bind the field to the location; return the form's initial value."""
        self.today, self.known = location.local().date(), location.special_days
        past = special_days.past(self.known, self.today)
        if past and isinstance(self.widget, SpecialDaysWidget):
            self.widget.gone = format_html(
                '<details class="sp-gone"><summary>Past days</summary>{}'
                '<p class="sp-hint">They are removed with the next change to the days above.</p>'
                "</details>",
                draw_special_days(past),
            )
        return special_days.upcoming(self.known, self.today)

    def clean(self, value: list[Row] | None) -> dict[str, list[str]]:
        if value is None:
            return dict(self.known)
        days: dict[str, list[str]] = {}
        for day, text in value:
            if not day:
                raise ValidationError(f"Enter the date for {text:.40}, or clear its times.")
            if day in days:
                raise ValidationError(f"{day} is listed twice: enter its times in one row.")
            days[day] = parse_windows(text)
        special_days.validate(days)
        self._refuse_past(days)
        return special_days.upcoming(days, self.today)

    def _refuse_past(self, days: Iterable[str]) -> None:
        """Refuse new dates in the past; known ones may have passed while the page was open."""
        for day in days:
            if day < self.today.isoformat() and day not in self.known:
                raise ValidationError(f"{day} is in the past: enter today or a later date.")

    def has_changed(self, initial: Any, data: Any) -> bool:
        if data is None:
            return False
        if any(is_too_long(text) for _day, text in data):
            return True
        days = [(day, parse_windows(text)) for day, text in data]
        return days != [(day, sorted(windows)) for day, windows in sorted((initial or {}).items())]


def draw_special_days(days: special_days.SpecialDays) -> SafeString:
    """Draw the special days for reading."""
    return draw_days({_date(day): sorted(days[day]) for day in sorted(days)})


def _date(day: str) -> str:
    try:
        return f"{date.fromisoformat(day):%a %d %b %Y}"
    except ValueError:
        return day  # No form wrote this; the menu check reports it.
