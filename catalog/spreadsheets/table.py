"""The rows of a sheet, from any file format."""

from dataclasses import dataclass, field
from typing import NamedTuple

from .cells import Cell
from .layout import Sheet

MAX_COLUMNS = 40
MAX_ROWS = 300_000


class Line(NamedTuple):
    number: int  # As spreadsheet programs show it, from 1.
    cells: list[Cell]


@dataclass
class Table:
    """One sheet of an XLSX file, or the rows of one type in a CSV file."""

    sheet: Sheet
    prefix: str  # Names the sheet in messages; empty in a CSV file.
    header: Line
    lines: list[Line] = field(default_factory=list)
    position: int = 0  # Of the sheet in its file.

    @property
    def name(self) -> str:
        """The name by which people find the rows in their file."""
        return self.sheet.title if self.prefix else self.sheet.word

    def order(self, number: int, index: int) -> tuple[int, ...]:
        """Return where a cell is in the file, to sort by."""
        return self.position, number, index

    def row(self, number: int) -> str:
        return f"{self.prefix}row {number}"


def letter(index: int) -> str:
    """Return a column's name in a spreadsheet: A for 0, AA for 26."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(ord("A") + rest) + name
    return name
