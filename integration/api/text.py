"""Texts from outside: what databases can hold, what counts as blank, what no person can read."""

import re

# What leaves no ink: white space, controls, zero-width and filler characters, variation selectors.
# NUL is not among them: a text with it is damaged, not blank.
_INVISIBLE = (
    "\\s\x01-\x20\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u2028-\u202f\u205f-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d159\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_VISIBLE = re.compile(f"[^{_INVISIBLE}]")
# What programs write for a value that they do not have.
_SLIPS = frozenset(
    {"undefined", "null", "(null)", "<null>", "none", "nil", "<nil>", "nan", "[object object]"}
)


def storable(text: str) -> str:
    """Return the text without NUL, and with half characters replaced: databases hold neither."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return whole.replace("\0", "")


def is_blank(text: str) -> bool:
    """Return whether nobody would see the text: such a text counts as left out (contract ALL)."""
    return _VISIBLE.search(text) is None


def filled(text: str | None) -> str | None:
    """Return the text, or None if it is blank."""
    return None if text is None or _VISIBLE.search(text) is None else text


def is_slip(text: str) -> bool:
    """Return whether the text is a program's word for no value, such as `undefined`."""
    return text.strip().casefold() in _SLIPS


def key(text: str | None) -> str | None:
    """Return the text of an identity, or None if it is blank or a program's slip."""
    return None if text is None or is_blank(text) or is_slip(text) else text
