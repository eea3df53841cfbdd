"""Collects what is wrong with an answer, as sentences for the person who has to repair it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeGuard

MAX_PROBLEMS = 50
SHOWN_CHARACTERS = 60
EARLIEST_INSTANT_MS = 1_000_000_000_000  # 2001; anything smaller is seconds or a duration.


class Findings:
    """Problems under one contract section, for example `TOK`."""

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
        """A string that is not empty: the contract leaves out what has no value (CAT)."""
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
        """Epoch milliseconds, ahead of us: neither a duration nor seconds (ALL, TOK)."""
        if not self.whole(row, key, where):
            return False
        value = row[key]
        if value < EARLIEST_INSTANT_MS:
            self.add(
                f"{key} of {where} must be an instant in milliseconds since 1970, but {value} "
                "looks like a duration or like seconds."
            )
            return False
        return self.need(value > now, f"{key} of {where} is already past.")


def is_whole(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def shown(value: Any) -> str:
    """A stranger's value, cut short."""
    text = repr(value) if not isinstance(value, (dict, list)) else f"a {type(value).__name__}"
    return text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + "…"


def rows(value: Any) -> Iterable[Mapping[str, Any]]:
    """The objects of an array, when it is one."""
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []
