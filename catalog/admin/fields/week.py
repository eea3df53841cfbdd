"""Opening hours and menu hours: a grid of the week, with one line of text per day."""

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.safestring import SafeString

from catalog.hours import weekly as weekly_hours
from integration.admin.shared.tenancy import TenantForm

from .day_bars import CLOSED, DayWidget, draw_days
from .week_text import MAX_LENGTH, is_too_long, parse_windows

PREFIX = "week_"
WEEK_FIELDS = [f"{PREFIX}{day}" for day in weekly_hours.DAYS]


class DayField(forms.CharField):
    """Windows such as `09:00-14:00, 17:00-22:30`; empty means closed."""

    def __init__(self, day: str) -> None:
        self.day = day
        super().__init__(
            label=day.capitalize(),
            required=False,
            max_length=MAX_LENGTH,
            widget=DayWidget(day),
        )

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return parse_windows(super().to_python(value) or "")

    def clean(self, value: Any) -> list[str]:
        self.run_validators(str(value or ""))
        windows: list[str] = self.to_python(value)
        try:
            weekly_hours.validate({self.day: windows})
        except ValidationError as error:
            raise ValidationError(
                [message.removeprefix(f"{self.day}: ") for message in error.messages]
            ) from error
        return windows

    def has_changed(self, initial: Any, data: Any) -> bool:
        text = str(data or "")
        return is_too_long(text) or sorted(initial or []) != parse_windows(text)


class WeekForm(TenantForm):
    """A form for an object with a week; `week_name` names that field."""

    week_name: ClassVar[str]
    empty_week: ClassVar[str] = CLOSED  # What an empty day reads while all days are empty.
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
        for day in weekly_hours.DAYS:
            self.initial.setdefault(f"{PREFIX}{day}", week.get(day, []))
        shown = [self[name].value() for name in WEEK_FIELDS if name in self.fields]
        for name in WEEK_FIELDS:
            if name in self.fields:
                self.fields[name].widget.mark_empty(CLOSED if any(shown) else self.empty_week)
                self.fields[name].widget.attrs["data-empty-week"] = self.empty_week

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.fields and not self.errors and any(name in cleaned for name in WEEK_FIELDS):
            week = {day: cleaned.get(f"{PREFIX}{day}", []) for day in weekly_hours.DAYS}
            setattr(self.instance, self.week_name, self.whole_week(week))
        return cleaned

    def fields_to_save(self) -> set[str]:
        changed = super().fields_to_save()
        return changed | {self.week_name} if changed & set(WEEK_FIELDS) else changed

    def whole_week(self, week: dict[str, list[str]]) -> dict[str, list[str]]:
        return week


def draw_week(week: weekly_hours.Week, *, nothing: str) -> SafeString | str:
    """Draw a week for reading; `nothing` stands for a week without windows."""
    if not any(week.values()):
        return nothing
    return draw_days({day.capitalize(): sorted(week.get(day, [])) for day in weekly_hours.DAYS})
