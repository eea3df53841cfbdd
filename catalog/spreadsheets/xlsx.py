"""A catalog as an XLSX workbook, read and written row by row."""

import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from catalog.import_export.parser import BadCatalog

from .cells import Cell
from .layout import SHEETS, Sheet
from .table import MOST_COLUMNS, MOST_ROWS, Line, Table, letter

_MOST_BYTES = 300_000_000  # Of all parts unpacked; a menu of 30,000 families has a tenth.
_MOST_PARTS = 1_000
_MOST_DIGITS = 15  # Of a number that spreadsheets keep exactly.
# What XML cannot hold, and what it would change; written as its escape (ISO 29500, ST_Xstring).
_ESCAPED = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")


def write(rows: Iterable[tuple[Sheet, list[list[Cell]]]]) -> bytes:
    """A sheet for each kind, its first row the headings."""
    book = Workbook(write_only=True)
    for sheet, lines in rows:
        made: Any = book.create_sheet(sheet.title)
        made.freeze_panes = "C2"
        for index in range(len(sheet.columns)):
            made.column_dimensions[letter(index)].width = 28 if index < 2 else 18
        bold = Font(bold=True)
        for number, line in enumerate(lines):
            made.append([_cell(made, one, font=None if number else bold) for one in line])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _cell(sheet: Any, value: Any, font: Font | None) -> Any:
    if value is None:
        return None
    if isinstance(value, Decimal) and len(value.as_tuple().digits) > _MOST_DIGITS:
        value = f"{value:f}"
    if not isinstance(value, str):
        cell = WriteOnlyCell(sheet, value=value)
        if isinstance(value, Decimal):
            decimals = -int(value.as_tuple().exponent)
            cell.number_format = f"0.{'0' * decimals}" if decimals > 0 else "0"
        return cell
    cell = WriteOnlyCell(sheet, value=_ESCAPED.sub(_escaped, value))
    # Text whatever it begins with, and still when somebody edits it: never a formula.
    cell.data_type = "s"
    cell.number_format = "@"
    if font:
        cell.font = font
    return cell


def _escaped(found: re.Match[str]) -> str:
    return f"_x{ord(found[0]):04X}_"


def read(content: bytes) -> list[Table]:
    """The sheets that a catalog has; others are ignored. Raises BadCatalog."""
    _refuse_bombs(content)
    try:
        book: Any = load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
        by_title = {sheet.title.lower(): sheet for sheet in SHEETS}
        return [
            _table(by_title[name.strip().lower()], book[name])
            for name in book.sheetnames
            if name.strip().lower() in by_title
        ]
    except BadCatalog:
        raise
    except Exception as error:  # Whatever openpyxl meets in a broken file.
        raise BadCatalog("The file is no XLSX workbook that can be read; save it anew.") from error


def _refuse_bombs(content: bytes) -> None:
    """What is small and would become large: packed zeros, and entities that name each other."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            parts = book.infolist()
            if len(parts) > _MOST_PARTS or sum(one.file_size for one in parts) > _MOST_BYTES:
                raise BadCatalog("The workbook is too large unpacked; take away what is no menu.")
            # A part never unpacks to more than it says. Only UTF-8 is read, which has no NUL.
            for part in parts:
                text = book.read(part) if part.filename.endswith((".xml", ".rels")) else b""
                if b"\0" in text or b"<!DOCTYPE" in text:
                    raise BadCatalog("The workbook holds what no spreadsheet program writes.")
    except BadCatalog:
        raise
    except Exception as error:  # Zip files can be broken in many ways.
        raise BadCatalog("The file is no XLSX workbook.") from error


def _table(sheet: Sheet, source: Any) -> Table:
    lines = list(_lines(sheet, source))
    if not lines:
        raise BadCatalog(f"Sheet “{sheet.title}” is empty: its first row must hold the headings.")
    return Table(sheet, f"sheet “{sheet.title}”, ", lines[0], lines[1:])


def _lines(sheet: Sheet, source: Any) -> Iterator[Line]:
    """All rows that are not empty."""
    source.reset_dimensions()  # What a file says of its size may be wrong.
    for number, row in enumerate(source.iter_rows(max_col=MOST_COLUMNS + 1), start=1):
        if number > MOST_ROWS:
            raise BadCatalog(f"Sheet “{sheet.title}” has more than {MOST_ROWS:,} rows.")
        if row[MOST_COLUMNS].value is not None:
            raise BadCatalog(f"Sheet “{sheet.title}” has more than {MOST_COLUMNS} columns.")
        cells = [_value(sheet, number, index, cell) for index, cell in enumerate(row)]
        if any(cell is not None and str(cell).strip() for cell in cells):
            yield Line(number, cells)


def _value(sheet: Sheet, number: int, index: int, cell: Any) -> Cell:
    value: Cell = cell.value
    if value is None:
        return None
    place = f"Sheet “{sheet.title}”, row {number}, column {letter(index)}"
    if cell.data_type == "f":
        raise BadCatalog(f"{place} holds a formula: write its result instead.")
    if cell.data_type == "e":
        raise BadCatalog(f"{place} holds the error {value}: write a value.")
    if isinstance(value, str):
        return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), value)
    return value
