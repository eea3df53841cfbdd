"""Opening hours and menu times: one line of text a day."""

import re
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminTextInputWidget

from integration.admin.tenancy import TenantForm

from .. import schedules

_SHORT_HOUR = re.compile(r"(?<!\d)(\d):")
_DASHES = re.compile(r"\s*[-–—]\s*")
PREFIX = "week_"
WEEK_FIELDS = [f"{PREFIX}{day}" for day in schedules.DAYS]


class DayField(forms.CharField):
    """Windows such as `09:00-14:00, 17:00-22:30`; empty is closed."""

    def __init__(self, day: str) -> None:
        self.day = day
        attributes = {"placeholder": "closed", "autocomplete": "off", "class": "sp-day"}
        super().__init__(
            label=day.capitalize(),
            required=False,
            max_length=500,
            widget=UnfoldAdminTextInputWidget(attrs=attributes),
        )

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return windows_in(super().to_python(value) or "")

    def clean(self, value: Any) -> list[str]:
        self.run_validators(str(value or ""))
        windows: list[str] = self.to_python(value)
        try:
            schedules.validate({self.day: windows})
        except ValidationError as error:
            raise ValidationError(
                [message.removeprefix(f"{self.day}: ") for message in error.messages]
            ) from error
        return windows

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(sorted(initial or []) != sorted(windows_in(str(data or ""))))


def windows_in(text: str) -> list[str]:
    """Forgives what people write: spaces, long dashes, 9:00, 24:00."""
    plain = _DASHES.sub("-", _SHORT_HOUR.sub(r"0\1:", text)).replace("24:00", schedules.END_OF_DAY)
    return sorted(window.strip() for window in re.split(r"[,;]", plain) if window.strip())


class WeekForm(TenantForm):
    """A form of an object with a week; `week_name` says which of its fields that is."""

    week_name: ClassVar[str]
    week_monday = DayField("monday")
    week_tuesday = DayField("tuesday")
    week_wednesday = DayField("wednesday")
    week_thursday = DayField("thursday")
    week_friday = DayField("friday")
    week_saturday = DayField("saturday")
    week_sunday = DayField("sunday")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        week = getattr(self.instance, self.week_name)
        for day in schedules.DAYS:
            self.initial.setdefault(f"{PREFIX}{day}", week.get(day, []))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.fields and not self.errors and any(name in cleaned for name in WEEK_FIELDS):
            week = {day: cleaned.get(f"{PREFIX}{day}", []) for day in schedules.DAYS}
            setattr(self.instance, self.week_name, self.whole_week(week))
        return cleaned

    def whole_week(self, week: dict[str, list[str]]) -> dict[str, list[str]]:
        return week


def as_lines(week: schedules.Week, *, nothing: str) -> SafeString | str:
    """A week for people to read."""
    if not any(week.values()):
        return nothing
    days = ((day.capitalize(), ", ".join(week.get(day, [])) or "closed") for day in schedules.DAYS)
    return format_html_join("", '<div class="sp-week"><b>{}</b> {}</div>', days)
