"""A catalog as one CSV file: UTF-8, the first column says of which sheet a row would be."""

import csv
import io
from collections.abc import Iterable
from decimal import Decimal

from catalog.import_export.parser import BadCatalog

from .cells import Cell
from .layout import SHEETS, TYPE, Sheet
from .table import MOST_COLUMNS, MOST_ROWS, Line, Table

BOM = "\ufeff"  # Without it, some programs take UTF-8 for something else.
_DELIMITERS = ",;\t"
# A cell that begins so is, or could be, run as a formula. Of what we read, an apostrophe before
# one of these only protects it.
_RUN = ("=", "+", "-", "@", "\t", "\r", "\n", "'")


def write(rows: Iterable[tuple[Sheet | None, list[Cell]]]) -> bytes:
    """The rows in order, of which the first, without a sheet, holds the headings."""
    out = io.StringIO()
    out.write(BOM)
    writer = csv.writer(out, lineterminator="\r\n")
    for sheet, row in rows:
        writer.writerow([sheet.word if sheet else TYPE, *(guarded(one) for one in row)])
    return out.getvalue().encode()


def guarded(cell: Cell) -> str:
    """The cell as text that no program runs as a formula."""
    if not isinstance(cell, str):
        return f"{cell:f}" if isinstance(cell, Decimal) else str(cell if cell is not None else "")
    return f"'{cell}" if cell.startswith(_RUN) else cell


def _plain(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(_RUN) else cell


def read(content: bytes) -> list[Table]:
    """The rows by type. Raises BadCatalog."""
    text = _text(content)
    try:
        lines = _lines(text)
    except csv.Error as error:
        raise BadCatalog(f"The file is no CSV: {error}.") from error
    if not lines:
        raise BadCatalog("The file is empty.")
    header = lines[0]
    if str(header.cells[0]).strip().lower() != TYPE:
        raise BadCatalog(
            f"Row 1, column A must hold the heading “{TYPE}”: export a catalog to see how such a"
            " file looks."
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
                f"Row {line.number}, column A “{TYPE}” holds “{word:.40}”: write one of {known}."
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
        raise BadCatalog(
            f"The file is not UTF-8, see line {line}: save it as “CSV UTF-8”."
        ) from error
    if "\0" in text:
        raise BadCatalog("The file is no CSV: it holds the character NUL.")
    return text


def _lines(text: str) -> list[Line]:
    """All rows that are not empty."""
    head = text.split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    lines = []
    for number, row in enumerate(reader, start=1):
        if number > MOST_ROWS:
            raise BadCatalog(f"The file has more than {MOST_ROWS:,} rows.")
        if len(row) > MOST_COLUMNS:
            raise BadCatalog(f"Row {number} has more than {MOST_COLUMNS} columns.")
        if any(cell.strip() for cell in row):
            lines.append(Line(number, [_plain(cell) for cell in row]))
    return lines
