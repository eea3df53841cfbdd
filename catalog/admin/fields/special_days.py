"""Special days in forms: a table of dates with their windows. Those that are over stand apart."""

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

from .day_bars import DayWidget, drawn_days
from .week_text import windows_in

Row = tuple[str, str]  # A date and its windows, as they stand in the form.
_NEW: Row = ("", "")


class SpecialDaysWidget(forms.Widget):
    """One row a date, and an empty one; a row without a date does not count."""

    gone: SafeString | str = ""  # The days that are over, drawn.

    @property
    def media(self) -> forms.Media:
        return DayWidget("").media

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        rows = format_html_join(
            "", '<div class="sp-special">{}{}</div>', (_inputs(name, row) for row in _rows(value))
        )
        return format_html('<div class="sp-specials">{}</div>{}', rows, self.gone)

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[Row] | None:
        """None when the form did not have the table."""
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
    """Of one location; `known` are the special days it has now."""

    widget = SpecialDaysWidget
    today = date.min  # There.
    known: special_days.SpecialDays = {}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "required": False})

    def of(self, location: Location) -> dict[str, list[str]]:
        """Makes it the location's, and returns what its form begins with."""
        self.today, self.known = location.local().date(), location.special_days
        gone = special_days.past(self.known, self.today)
        if gone and isinstance(self.widget, SpecialDaysWidget):
            self.widget.gone = format_html(
                '<details class="sp-gone"><summary>Days that are over</summary>{}'
                '<p class="sp-hint">They leave with the next change of the days above.</p>'
                "</details>",
                drawn(gone),
            )
        return special_days.coming(self.known, self.today)

    def clean(self, value: list[Row] | None) -> dict[str, list[str]]:
        if value is None:
            return dict(self.known)
        days: dict[str, list[str]] = {}
        for day, text in value:
            if not day:
                raise ValidationError(f"Write the date of {text:.40}, or empty its times, too.")
            if day in days:
                raise ValidationError(f"{day} is there twice: write its times in one row.")
            days[day] = windows_in(text)
        special_days.validate(days)
        self._refuse_past(days)
        return special_days.coming(days, self.today)

    def _refuse_past(self, days: Iterable[str]) -> None:
        """A day may become past while the page is open; nobody means to write a new one."""
        for day in days:
            if day < self.today.isoformat() and day not in self.known:
                raise ValidationError(f"{day} is over: write a date from today on.")

    def has_changed(self, initial: Any, data: Any) -> bool:
        if data is None:
            return False
        said = [(day, windows_in(text)) for day, text in data]
        return said != [(day, sorted(windows)) for day, windows in sorted((initial or {}).items())]


def drawn(days: special_days.SpecialDays) -> SafeString:
    """For people to read."""
    return drawn_days({_date(day): sorted(days[day]) for day in sorted(days)})


def _date(day: str) -> str:
    try:
        return f"{date.fromisoformat(day):%a %d %b %Y}"
    except ValueError:
        return day  # Written by nobody's form; the menu check says so.
