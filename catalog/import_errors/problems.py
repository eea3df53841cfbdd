"""Collect what is wrong with a file, without telling the consequences of an error as errors."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from integration.api.text import storable, without_controls

MOST_TOLD = 500  # Nobody corrects more by hand before the next try; the full number is told too.
_LONGEST_VALUE = 80
# More unreadable values of one field count as all of its values, to bound the memory.
_MOST_UNREAD = 50_000


class Place(NamedTuple):
    """An object of a file: its array, its number in it from 1, and its ID if that is readable."""

    array: str
    position: int
    provider_id: object

    def __str__(self) -> str:
        known = isinstance(self.provider_id, str)
        shown = storable(str(self.provider_id)) if known else "no readable provider_id"
        return f"{self.array} {self.position} ({shown:.128})"


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One error: where it is, what stands there, and what to write instead."""

    message: str  # One sentence that holds all of it.
    advice: str = ""  # The sentence without the place.
    place: Place | None = None
    field: str = ""
    sheet: str = ""
    row: str = ""
    column: str = ""
    value: str = ""
    order: tuple[int, ...] = ()


class BadCatalog(Exception):
    """The file cannot be imported; the problems say where and how to fix it."""

    def __init__(self, problems: "str | Sequence[Problem]", count: int = 1) -> None:
        if isinstance(problems, str):
            problems = [Problem(message=problems, advice=problems)]
        self.problems = problems
        self.count = count
        first = problems[0].message
        super().__init__(
            first if count == 1 else f"The file has {count:,} errors. The first: {first}"
        )


class Problems:
    """The problems of one file, and which of its values could not be read."""

    def __init__(self, arrays: Sequence[str]) -> None:
        self._arrays = arrays  # In the order in which to tell their problems.
        self._told: list[Problem] = []
        self._unread: dict[tuple[str, str], set[int] | None] = {}
        self._incomplete: set[str] = set()
        self.count = 0

    def add(self, problem: Problem) -> None:
        self.count += 1
        if len(self._told) < MOST_TOLD:
            self._told.append(problem)

    def refuse(
        self,
        place: Place,
        field: str,
        sentence: str,
        *,
        value: object = None,
        needs: Iterable[str] = (),
        named: str = "",
    ) -> None:
        """Note a problem of a field, unless the field, or one that it needs, was not readable.

        Without a field it is always a problem, shown at the field `named`.
        """
        if self.is_unread(place, field, *needs):
            return
        if len(self._told) == MOST_TOLD:  # Only counted, so that a large file stays cheap.
            self.count += 1
            return
        field = named or field
        advice = sentence.removeprefix(f"{field} ") if field else sentence
        if advice.partition(" ")[0].isalpha():  # Not the name of a field.
            advice = advice[:1].upper() + advice[1:]
        problem = Problem(
            message=f"{place}: {sentence}",
            advice=advice,
            place=place,
            field=field,
            sheet=place.array,
            row=str(place).removeprefix(f"{place.array} "),
            column=field,
            value=shown(value),
            order=(self._arrays.index(place.array), place.position),
        )
        self.add(problem)

    def mark_unread(self, array: str, field: str, position: int | None = None) -> None:
        """Remember that an object's field could not be read; without a position, nobody's."""
        key = array, field
        known = self._unread.setdefault(key, set())
        if position is None or (known is not None and len(known) >= _MOST_UNREAD):
            self._unread[key] = None
        elif known is not None:
            known.add(position)

    def is_unread(self, place: Place, *fields: str) -> bool:
        if not self._unread:
            return False
        for field in fields:
            unread = self._unread.get((place.array, field), set())
            if unread is None or place.position in unread:
                return True
        return False

    def any_unread(self, array: str, *fields: str) -> bool:
        """Return whether some object's field could not be read."""
        return any((array, field) in self._unread for field in fields)

    def mark_incomplete(self, array: str) -> None:
        """Remember that objects of the array may be missing: what names them is no error."""
        self._incomplete.add(array)

    def is_incomplete(self, array: str) -> bool:
        return array in self._incomplete

    def raise_any(self) -> None:
        """Raise BadCatalog with all problems, in the order of the file."""
        if self.count:
            told = sorted(self._told, key=lambda problem: problem.order)
            raise BadCatalog(told, self.count)


def shown(value: object) -> str:
    """Return a value of a file as a short text that people and databases can read."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    text = without_controls(storable(text[: 4 * _LONGEST_VALUE]))
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"
