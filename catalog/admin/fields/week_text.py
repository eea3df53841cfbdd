"""A day's windows as users type them."""

import re

from catalog.hours import weekly as weekly_hours

_SHORT_HOUR = re.compile(r"(?<!\d)(\d):")
_DASHES = re.compile(r"\s*[-–—]\s*")


def parse_windows(text: str) -> list[str]:
    """Parse the windows, accepting spaces, long dashes, 9:00 and 24:00."""
    plain = _DASHES.sub("-", _SHORT_HOUR.sub(r"0\1:", text)).replace(
        "24:00", weekly_hours.END_OF_DAY
    )
    return sorted(window.strip() for window in re.split(r"[,;]", plain) if window.strip())
