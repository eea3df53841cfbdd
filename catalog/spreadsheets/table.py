"""A sheet's rows, whatever file they are from."""

from dataclasses import dataclass, field
from typing import NamedTuple

from .cells import Cell
from .layout import Sheet

MOST_COLUMNS = 40
MOST_ROWS = 300_000


class Line(NamedTuple):
    number: int  # As the spreadsheet shows it, from 1.
    cells: list[Cell]


@dataclass
class Table:
    """One sheet of an XLSX file, or the rows of one type in a CSV file."""

    sheet: Sheet
    prefix: str  # Of a place: which sheet it is on, where there are several.
    header: Line
    lines: list[Line] = field(default_factory=list)

    def row(self, number: int) -> str:
        return f"{self.prefix}row {number}"


def letter(index: int) -> str:
    """A column's name in a spreadsheet: A for 0, AA for 26."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(ord("A") + rest) + name
    return name
