"""A day's windows as users type them."""

import re

from django.core.exceptions import ValidationError

from catalog.hours import weekly as weekly_hours

MAX_LENGTH = 500  # More than 30 windows.
_SHORT_HOUR = re.compile(r"(?<!\d)(\d):")
_DASH = re.compile(r"[-–—]")


def is_too_long(text: str) -> bool:
    return len(text) > MAX_LENGTH


def parse_windows(text: str) -> list[str]:
    """Parse the windows, accepting spaces, long dashes, 9:00 and 24:00.

    Raises ValidationError for a text that is too long.
    """
    if is_too_long(text):
        raise ValidationError(f"Enter at most {MAX_LENGTH} characters.")
    plain = _SHORT_HOUR.sub(r"0\1:", text).replace("24:00", weekly_hours.END_OF_DAY)
    windows = (_without_spaces(window) for window in re.split(r"[,;]", plain))
    return sorted(window for window in windows if window)


def _without_spaces(window: str) -> str:
    # A pattern with spaces on both sides of the dash takes quadratic time.
    return "-".join(side.strip() for side in _DASH.split(window))
