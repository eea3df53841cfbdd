"""Collect contract violations as sentences for the developer who has to fix them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeGuard

MAX_PROBLEMS = 50
MAX_SHOWN_CHARACTERS = 60
EARLIEST_INSTANT_MS = 1_000_000_000_000  # In 2001; anything smaller is seconds or a duration.


class Findings:
    """The problems found under one section of the contract, such as `TOK`."""

    def __init__(self, section: str) -> None:
        self._section = section
        self._sentences: list[str] = []
        self._more = 0

    def add(self, sentence: str) -> None:
        if len(self._sentences) < MAX_PROBLEMS:
            self._sentences.append(f"{self._section}: {sentence}")
        else:
            self._more += 1

    def need(self, condition: bool, sentence: str) -> bool:
        if not condition:
            self.add(sentence)
        return condition

    def list(self) -> tuple[str, ...]:
        more = [f"{self._section}: and {self._more} more problems."] if self._more else []
        return (*self._sentences, *more)

    def text(self, row: Mapping[str, Any], key: str, where: str, *, required: bool = True) -> bool:
        """Check for a non-empty string: the contract omits fields without a value (CAT)."""
        if key not in row:
            return self.need(not required, f"{where} has no {key}.")
        value = row[key]
        good = isinstance(value, str) and value != ""
        return self.need(good, f"{key} of {where} must be text, but is {shown(value)}.")

    def whole(self, row: Mapping[str, Any], key: str, where: str, *, required: bool = True) -> bool:
        if key not in row:
            return self.need(not required, f"{where} has no {key}.")
        value = row[key]
        good = is_whole(value) and value >= 0
        return self.need(good, f"{key} of {where} must be a whole number, but is {shown(value)}.")

    def flag(self, row: Mapping[str, Any], key: str, where: str, *, required: bool = True) -> bool:
        if key not in row:
            return self.need(not required, f"{where} has no {key}.")
        good = isinstance(row[key], bool)
        return self.need(good, f"{key} of {where} must be true or false, but is {shown(row[key])}.")

    def instant(self, row: Mapping[str, Any], key: str, where: str, *, now: int) -> bool:
        """Check for epoch milliseconds in the future: no duration, no seconds (ALL, TOK)."""
        if not self.whole(row, key, where):
            return False
        value = row[key]
        if value < EARLIEST_INSTANT_MS:
            self.add(
                f"{key} of {where} must be an instant in milliseconds since 1970, but {value} "
                "looks like a duration or like seconds."
            )
            return False
        return self.need(value > now, f"{key} of {where} is in the past.")


def is_whole(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def shown(value: Any) -> str:
    """Return a foreign value in short form."""
    text = repr(value) if not isinstance(value, (dict, list)) else f"a {type(value).__name__}"
    return text if len(text) <= MAX_SHOWN_CHARACTERS else text[:MAX_SHOWN_CHARACTERS] + "…"


def rows(value: Any) -> Iterable[Mapping[str, Any]]:
    """Return the objects in an array; nothing if the value is not an array."""
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []
