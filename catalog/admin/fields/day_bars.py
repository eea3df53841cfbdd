"""A day's windows drawn as bars over 24 hours, for forms and read-only pages."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.forms import Media
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminTextInputWidget

from catalog.hours import weekly as weekly_hours

from .week_text import is_too_long, parse_windows

_WIDTH = 24 * 60  # One unit a minute.
_SCALE = (0, 6, 12, 18, 24)
CLOSED = "closed"


class DayWidget(UnfoldAdminTextInputWidget):
    """The windows as text with bars above it; week.js makes the bars draggable."""

    def __init__(self, day: str, *, tag: str = "sp-week-day") -> None:
        self.day, self.tag = day, tag
        super().__init__(
            attrs={
                "placeholder": CLOSED,
                "autocomplete": "off",
                "class": "sp-day",
                "aria-label": f"{day.capitalize()}: times",
            }
        )

    def mark_empty(self, text: str) -> None:
        """Set what the day reads while it is empty."""
        self.attrs["placeholder"] = text

    @property
    def media(self) -> Media:
        return Media(js=["stream_pos/week.js"])

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        field = super().render(name, value, attrs, renderer)
        text = str(value or "")
        return format_html(
            '<div class="sp-daily {}" data-day="{}">'
            '<div class="sp-tracked">{}<div class="sp-track">{}</div></div>{}</div>',
            self.tag,
            self.day.capitalize(),
            draw_scale() if self.day == weekly_hours.DAYS[0] else "",
            draw_bars([] if is_too_long(text) else parse_windows(text)),
            field,
        )


def draw_bars(windows: Iterable[str]) -> SafeString:
    """Draw the valid windows as SVG bars, without inline styles, which a page may forbid."""
    extents = (_extent(window) for window in windows if weekly_hours.is_window(window))
    rectangles = format_html_join("", '<rect x="{}" y="0" width="{}" height="10"/>', extents)
    return format_html(
        '<svg class="sp-bars" viewBox="0 0 {} 10" preserveAspectRatio="none" aria-hidden="true">'
        "{}</svg>",
        _WIDTH,
        rectangles,
    )


def _extent(window: str) -> tuple[int, int]:
    start, end = (_minutes(clock) for clock in window.split("-"))
    return start, end - start


def _minutes(clock: str) -> int:
    if clock == weekly_hours.END_OF_DAY:
        return _WIDTH
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def draw_scale() -> SafeString:
    """Draw the hours above the bars."""
    hours = format_html_join("", "<span>{}</span>", ((hour,) for hour in _SCALE))
    return format_html('<div class="sp-scale" aria-hidden="true">{}</div>', hours)


def draw_days(days: Mapping[str, list[str]]) -> SafeString:
    """Draw named days with their windows, for reading."""
    rows = (
        (name, draw_bars(windows), ", ".join(windows).replace("-", "–") or CLOSED)
        for name, windows in days.items()
    )
    return format_html(
        '<div class="sp-week">{}{}</div>',
        draw_scale(),
        format_html_join("", '<b>{}</b><div class="sp-track">{}</div><span>{}</span>', rows),
    )
