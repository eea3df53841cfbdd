"""Fields of a request body, checked one by one; each refusal names the field by its path.

null counts as absent, and so does a text that shows nothing.
"""

import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from integration.api.text import storable

from .refusals import Malformed

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ID_LENGTH = 255
_LAST_MS = 253_370_764_800_000  # The year 9999.
_UNSEEN = {"Cc", "Cf", "Zs", "Zl", "Zp"}  # Controls, formats and spaces.
_UNSEEN_LETTERS = "\u115f\u1160\u2800\u3164\uffa0\ufe0f"  # Fillers that have no form of their own.


class Fields:
    """The fields of one object in a body, at `path`."""

    def __init__(self, sent: Any, path: str = "") -> None:
        if not isinstance(sent, dict):
            raise Malformed(f"{path or 'The body'} must be an object.")
        self._sent: dict[str, Any] = sent
        self._path = path

    def path(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path else name

    def text(self, name: str, *, most: int) -> str:
        """Return a required text of at most so many characters."""
        return self.required(name, self.optional_text(name, most=most))

    def optional_text(self, name: str, *, most: int) -> str:
        """Return the text without space around it, or an empty one."""
        return self.optional_id(name, most=most).strip()

    def id(self, name: str, *, most: int = _ID_LENGTH) -> str:
        """Return a required text as it is, space included."""
        return self.required(name, self.optional_id(name, most=most))

    def optional_id(self, name: str, *, most: int = _ID_LENGTH) -> str:
        value = self._sent.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise Malformed(f"{self.path(name)} must be a text.")
        if len(value) > most:
            raise Malformed(f"{self.path(name)} is longer than {most} characters.")
        text = storable(value)
        return text if any(map(_is_seen, text)) else ""

    def required(self, name: str, value: str) -> str:
        if not value:
            raise Malformed(f"{self.path(name)} is missing.")
        return value

    def whole(self, name: str, *, least: int, most: int) -> int | None:
        """Return an optional whole number in the range."""
        value = self._sent.get(name)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool):
            raise Malformed(f"{self.path(name)} must be a whole number.")
        if not least <= value <= most:
            raise Malformed(f"{self.path(name)} must be {least} to {most}.")
        return value

    def required_whole(self, name: str, *, least: int, most: int) -> int:
        value = self.whole(name, least=least, most=most)
        if value is None:
            raise Malformed(f"{self.path(name)} is missing.")
        return value

    def instant(self, name: str) -> datetime | None:
        """Return an optional instant, in milliseconds since 1970."""
        value = self.whole(name, least=0, most=_LAST_MS)
        return None if value is None else _EPOCH + timedelta(milliseconds=value)

    def flag(self, name: str, *, default: bool) -> bool:
        value = self._sent.get(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise Malformed(f"{self.path(name)} must be true or false.")
        return value

    def has(self, name: str) -> bool:
        """Return whether the field was sent; null counts as absent."""
        return self._sent.get(name) is not None

    def obj(self, name: str) -> "Fields | None":
        value = self._sent.get(name)
        return None if value is None else Fields(value, self.path(name))

    def objects(self, name: str) -> "Iterator[Fields]":
        """Yield the objects of a list; none if it is absent."""
        value = self._sent.get(name)
        if value is None:
            return
        if not isinstance(value, list):
            raise Malformed(f"{self.path(name)} must be a list.")
        for index, one in enumerate(value):
            yield Fields(one, f"{self.path(name)}[{index}]")


def _is_seen(character: str) -> bool:
    return unicodedata.category(character) not in _UNSEEN and character not in _UNSEEN_LETTERS
