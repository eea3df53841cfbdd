"""Read and write a catalog as an XLSX workbook, row by row."""

import io
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from catalog.import_errors.problems import BadCatalog, Problem, Problems

from .cells import Cell, Unreadable, as_text
from .layout import SHEETS, Sheet
from .table import MAX_COLUMNS, MAX_ROWS, Line, Table, letter
from .workbook_check import refuse_hostile

_MAX_DIGITS = 15  # Spreadsheet programs store no more digits exactly.
# Characters that XML cannot contain or would change are escaped (ISO 29500, ST_Xstring).
_ESCAPED = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")
# What a number format shows as it is, which may hold a percent sign that means nothing.
_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\[[^\[\]]*\]')


def write(rows: Iterable[tuple[Sheet, list[list[Cell]]]]) -> bytes:
    """Return a workbook with a sheet for each kind, whose first row is the headings."""
    book = Workbook(write_only=True)
    for sheet, lines in rows:
        target: Any = book.create_sheet(sheet.title)
        target.freeze_panes = "C2"
        for index in range(len(sheet.columns)):
            target.column_dimensions[letter(index)].width = 28 if index < 2 else 18
        bold = Font(bold=True)
        for number, line in enumerate(lines):
            target.append([_cell(target, value, font=None if number else bold) for value in line])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _cell(sheet: Any, value: Any, font: Font | None) -> Any:
    if value is None:
        return None
    if isinstance(value, Decimal) and len(value.as_tuple().digits) > _MAX_DIGITS:
        value = f"{value:f}"
    if not isinstance(value, str):
        cell = WriteOnlyCell(sheet, value=value)
        if isinstance(value, Decimal):
            decimals = -int(value.as_tuple().exponent)
            cell.number_format = f"0.{'0' * decimals}" if decimals > 0 else "0"
        return cell
    cell = WriteOnlyCell(sheet, value=_ESCAPED.sub(_escaped, value))
    # Always text, even after somebody edits it: never a formula.
    cell.data_type = "s"
    cell.number_format = "@"
    if font:
        cell.font = font
    return cell


def _escaped(match: re.Match[str]) -> str:
    return f"_x{ord(match[0]):04X}_"


def read(content: bytes, problems: Problems) -> list[Table]:
    """Return the sheets of a catalog, ignoring all others. Raises BadCatalog if it is no workbook.

    A sheet without headings is noted and left out.
    """
    refuse_hostile(content)
    try:
        book: Any = load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
        by_title = {sheet.title.lower(): sheet for sheet in SHEETS}
        found = [
            _table(by_title[name.strip().lower()], book[name], position, problems)
            for position, name in enumerate(book.sheetnames)
            if name.strip().lower() in by_title
        ]
    except (BadCatalog, MemoryError):
        raise
    except Exception as error:  # openpyxl raises many kinds for a broken file.
        raise BadCatalog("The file is not a readable XLSX workbook; save it again.") from error
    return [table for table in found if table is not None]


def _table(sheet: Sheet, source: Any, position: int, problems: Problems) -> Table | None:
    lines = list(_lines(sheet, source))
    if lines:
        prefix = f"sheet “{sheet.title}”, "
        return Table(sheet, prefix, lines[0], lines[1:], position)
    sentence = f"Sheet “{sheet.title}” is empty: its first row must contain the headings."
    problems.add(
        Problem(message=sentence, advice=sentence, sheet=sheet.title, order=(position, 0, 0))
    )
    problems.mark_incomplete(sheet.array)
    return None


def _lines(sheet: Sheet, source: Any) -> Iterator[Line]:
    """Yield all rows that are not empty."""
    source.reset_dimensions()  # The size that a file declares may be wrong.
    for number, row in enumerate(source.iter_rows(max_col=MAX_COLUMNS + 1), start=1):
        if number > MAX_ROWS:
            raise BadCatalog(f"Sheet “{sheet.title}” has more than {MAX_ROWS:,} rows.")
        if row[MAX_COLUMNS].value is not None:
            raise BadCatalog(f"Sheet “{sheet.title}” has more than {MAX_COLUMNS} columns.")
        cells = [_value(cell) for cell in row]
        if any(cell is not None and str(cell).strip() for cell in cells):
            yield Line(number, cells)


def _value(cell: Any) -> Cell:
    value: Cell = cell.value
    if value is None:
        return None
    if cell.data_type == "f":
        return Unreadable(str(value), "contains a formula: enter its result instead.")
    if cell.data_type == "e":
        return Unreadable(str(value), f"contains the error {value}: enter a value.")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _as_shown(value, cell.number_format)
    if isinstance(value, str):
        return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), value)
    return value


def _as_shown(value: int | float, number_format: str) -> Cell:
    """Return a number as people see it where its format changes what it says.

    8.25 % is stored as 0.0825, an ID with leading zeros may be a number shown as `00000`, and
    12 shown as 12.000 may be meant as twelve thousand.
    """
    shown = _LITERAL.sub("", number_format or "").partition(";")[0]
    if "%" in shown:
        percent = Decimal(repr(value)).scaleb(2 * shown.count("%"))
        return f"{as_text(round(float(percent), 9))}%"
    if re.fullmatch(r"[#0,]*0\.000", shown) and round(value, 3) == value:
        return f"{value:.3f}"
    if re.fullmatch("0{2,30}", shown) and value == int(value):
        return f"{int(value):0{len(shown)}d}"
    return value
