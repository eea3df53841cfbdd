"""Read and write a catalog as one UTF-8 CSV file, whose first column names a row's sheet."""

import csv
import io
from collections.abc import Iterable
from decimal import Decimal

from catalog.import_export.parser import BadCatalog

from .cells import Cell
from .layout import SHEETS, TYPE, Sheet
from .table import MAX_COLUMNS, MAX_ROWS, Line, Table

BOM = "\ufeff"  # Without it, some programs do not recognize UTF-8.
_DELIMITERS = ",;\t"
# Programs may run a cell that begins like this as a formula. When reading, an apostrophe before
# one of these is only protection.
_FORMULA_PREFIXES = ("=", "+", "-", "@", "\t", "\r", "\n", "'")


def write(rows: Iterable[tuple[Sheet | None, list[Cell]]]) -> bytes:
    """Return the rows as CSV; the first one, without a sheet, contains the headings."""
    out = io.StringIO()
    out.write(BOM)
    writer = csv.writer(out, lineterminator="\r\n")
    for sheet, row in rows:
        writer.writerow([sheet.word if sheet else TYPE, *(escape_formula(cell) for cell in row)])
    return out.getvalue().encode()


def escape_formula(cell: Cell) -> str:
    """Return the cell as text that no program runs as a formula."""
    if not isinstance(cell, str):
        return f"{cell:f}" if isinstance(cell, Decimal) else str(cell if cell is not None else "")
    return f"'{cell}" if cell.startswith(_FORMULA_PREFIXES) else cell


def _plain(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(_FORMULA_PREFIXES) else cell


def read(content: bytes) -> list[Table]:
    """Return the rows by type. Raises BadCatalog."""
    text = _text(content)
    try:
        lines = _lines(text)
    except csv.Error as error:
        raise BadCatalog(f"The file is not valid CSV: {error}.") from error
    if not lines:
        raise BadCatalog("The file is empty.")
    header = lines[0]
    if str(header.cells[0]).strip().lower() != TYPE:
        raise BadCatalog(
            f"Row 1, column A must contain the heading “{TYPE}”: export a catalog to see an"
            " example."
        )
    return _tables(header, lines[1:])


def _tables(header: Line, lines: list[Line]) -> list[Table]:
    by_word = {sheet.word: sheet for sheet in SHEETS}
    tables: dict[str, Table] = {}
    for line in lines:
        word = str(line.cells[0]).strip().lower().replace("_", " ")
        sheet = by_word.get(word)
        if sheet is None:
            known = ", ".join(by_word)
            raise BadCatalog(
                f"Row {line.number}, column A “{TYPE}” contains “{word:.40}”: enter one of {known}."
            )
        table = tables.setdefault(sheet.array, Table(sheet, "", header))
        if any(str(cell).strip() for cell in line.cells[1:]):
            table.lines.append(line)
    return list(tables.values())


def _text(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BadCatalog("The file is UTF-16: save it as “CSV UTF-8”.")
    try:
        text = content.decode().removeprefix(BOM)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadCatalog(f"The file is not UTF-8 (line {line}): save it as “CSV UTF-8”.") from error
    if "\0" in text:
        raise BadCatalog("The file is not valid CSV: it contains NUL characters.")
    return text


def _lines(text: str) -> list[Line]:
    """Return all rows that are not empty."""
    head = text.split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    lines = []
    for number, row in enumerate(reader, start=1):
        if number > MAX_ROWS:
            raise BadCatalog(f"The file has more than {MAX_ROWS:,} rows.")
        if len(row) > MAX_COLUMNS:
            raise BadCatalog(f"Row {number} has more than {MAX_COLUMNS} columns.")
        if any(cell.strip() for cell in row):
            lines.append(Line(number, [_plain(cell) for cell in row]))
    return lines
