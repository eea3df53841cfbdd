"""The fields of an event, checked one by one; null counts as absent (contract DSP-ALL)."""

from datetime import UTC, datetime, timedelta
from typing import Any

from integration.api.text import storable

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(9999, 1, 1, tzinfo=UTC)


class Malformed(Exception):
    """The event cannot be read; the message says which field is wrong, and why."""


def text(sent: dict[str, Any], name: str) -> str:
    """Return a required text that a database can hold. Raises Malformed."""
    value = optional_text(sent, name)
    if value is None:
        raise Malformed(f"{name} is missing.")
    return value


def optional_text(sent: dict[str, Any], name: str) -> str | None:
    value = sent.get(name)
    if value is not None and not isinstance(value, str):
        raise Malformed(f"{name} must be a text.")
    # NUL, which no database holds, is replaced: without it the text would be another one.
    return None if value is None else storable(value.replace("\0", "\ufffd"))


def truth(sent: dict[str, Any], name: str) -> bool:
    value = sent.get(name)
    if value is None:
        raise Malformed(f"{name} is missing.")
    if not isinstance(value, bool):
        raise Malformed(f"{name} must be true or false.")
    return value


def instant(sent: dict[str, Any], name: str) -> datetime | None:
    """Return an optional instant, in milliseconds since 1970; 1200.0 is a whole number too.

    One before 1970 counts as 1970: other time zones cannot show the first year of the calendar.
    """
    value = sent.get(name)
    if value is None:
        return None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or (isinstance(value, float) and not value.is_integer()):
        raise Malformed(f"{name} must be a whole number of milliseconds.")
    try:
        moment = EPOCH + timedelta(milliseconds=int(value))
    except OverflowError as error:
        raise Malformed(f"{name} is beyond the calendar.") from error
    if moment > _LATEST:
        raise Malformed(f"{name} is beyond the calendar.")
    return max(moment, EPOCH)


def obj(sent: dict[str, Any], name: str) -> dict[str, Any] | None:
    value = sent.get(name)
    if value is not None and not isinstance(value, dict):
        raise Malformed(f"{name} must be an object.")
    return value


def array(sent: dict[str, Any], name: str) -> list[Any] | None:
    value = sent.get(name)
    if value is not None and not isinstance(value, list):
        raise Malformed(f"{name} must be an array.")
    return value
