"""Name the sheets, rows and columns of a file where its objects and fields are meant."""

import re
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from catalog.import_errors.problems import Problem, shown

from .cells import BadCell, Cell, as_text
from .layout import SHEETS, Column, heading
from .table import Line, Table, letter

_AFTER_ALL = (len(SHEETS), 0, 0)  # The order of problems that have no row.


@dataclass
class Translated:
    """A catalog read from sheets, with the rows and columns of its objects."""

    catalog: dict[str, Any] = field(default_factory=dict)
    tables: dict[str, Table] = field(default_factory=dict)
    columns: dict[str, dict[Column, int]] = field(default_factory=dict)
    objects: dict[str, list[list[Line]]] = field(default_factory=dict)

    def reword(self, problem: Problem, currency: str) -> Problem:
        """Reword a problem of the JSON, `item 4 (large): …`, to name sheet, row and column."""
        worded = replace(
            problem,
            message=self._reword(problem.message, problem, currency),
            advice=self._reword(problem.advice, problem, currency),
        )
        place = problem.place
        if place is None or place.array not in self.tables:
            return worded
        table, objects = self.tables[place.array], self.objects[place.array]
        found = self._find(place.array, problem.field)
        column = label(*found, currency) if found else ""
        if place.position > len(objects):
            row = f"– ({place.provider_id})"
            return replace(worded, sheet=table.name, row=row, column=column, order=_AFTER_ALL)
        lines = objects[place.position - 1]
        index = found[1] if found else 0
        number = first_filled(lines, index) if found else lines[0].number
        return replace(
            worded,
            sheet=table.name,
            row=str(number),
            column=column,
            value=cell_text(lines, index) if found else problem.value,
            order=table.order(number, index),
        )

    def _find(self, array: str, path: str) -> tuple[Column, int] | None:
        """Return the column of a field, or None for a field without a column."""
        for column, index in self.columns[array].items():
            if path and ".".join(column.path) == path:
                return column, index
        return None

    def _reword(self, text: str, problem: Problem, currency: str) -> str:
        place = problem.place
        if place is not None:
            start = f"{place}: " if text.startswith(f"{place}: ") else ""
            text = start + self._name_columns(place.array, text[len(start) :], currency)
        for array in self.tables:
            text = re.sub(rf"\b{array} (\d+) \(", partial(self._row_of, array), text)
        for sheet in SHEETS:
            text = re.sub(rf"\b{sheet.array}\b", sheet.word, text)
        return text[:1].upper() + text[1:]

    def _row_of(self, array: str, match: re.Match[str]) -> str:
        """Return an object's row; an object that a merge leaves as it is has none."""
        position = int(match[1])
        if position <= len(self.objects[array]):
            return f"{self.tables[array].row(self.objects[array][position - 1][0].number)} ("
        return f"the existing {array} ("

    def _name_columns(self, array: str, sentence: str, currency: str) -> str:
        """Replace the names of fields by the letters and headings of their columns."""
        for column, index in self.columns.get(array, {}).items():
            named = f"column {label(column, index, currency)}"
            path = re.escape(".".join(column.path))
            # At the beginning, together with the path inside the field.
            sentence = re.sub(rf"\A{path}(\[[^\]]*\])?(\.\w+)?(?= )", named, sentence)
            sentence = re.sub(rf"\A{': '.join(column.path)}(?=:)", named, sentence)
            if "_" in column.path[-1]:
                sentence = re.sub(rf"\b{column.path[-1]}\b", f"“{column.heading}”", sentence)
        return sentence


def label(column: Column, index: int, currency: str) -> str:
    """Return the name of a column: `D “price (USD)”`."""
    return f"{letter(index)} “{heading(column, currency)}”"


def cell_of(line: Line, index: int) -> Cell:
    return line.cells[index] if index < len(line.cells) else None


def first_filled(lines: list[Line], index: int) -> int:
    """Return the first row in which the object's cell is filled in."""
    return next((line.number for line in lines if cell_of(line, index)), lines[0].number)


def cell_text(lines: list[Line], index: int) -> str:
    """Return what the object's cell shows, shortened."""
    cell = next((found for line in lines if (found := cell_of(line, index))), None)
    try:
        return shown(as_text(cell))
    except BadCell:
        return shown(str(cell))
