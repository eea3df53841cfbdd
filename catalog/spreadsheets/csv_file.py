"""Read and write a catalog as one UTF-8 CSV file, whose first column names a row's sheet."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal

from catalog.import_errors.problems import BadCatalog, Problem, Problems, shown

from .cells import Cell
from .layout import SHEETS, TYPE, Sheet
from .table import MAX_COLUMNS, MAX_ROWS, Line, Table

BOM = "\ufeff"  # Without it, some programs do not recognize UTF-8.
_MARK = BOM.encode()
_DELIMITERS = ",;\t|"
_TOLD = re.compile(r'"?sep=([,;\t|])"?\s*$')  # Excel's first line may name the delimiter.
# Twice what an export writes into all columns of a row, each quote doubled.
_MAX_ROW_LENGTH = 2_000_000
_MOST_OF_HEAD = 10_000
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


def read(content: bytes, problems: Problems) -> list[Table]:
    """Return the rows by type, and note those without one. Raises BadCatalog if it is no CSV."""
    while content.startswith(_MARK):  # Each program that saves it may add one.
        content = content[len(_MARK) :]
    head = _head(content)
    told = _TOLD.match(head)
    delimiter = told[1] if told else max(_DELIMITERS, key=head.count)
    lines = _lines(content, delimiter=delimiter)
    if told:
        del lines[:1]
    if not lines:
        raise BadCatalog("The file is empty.")
    header = lines[0]
    if str(header.cells[0]).strip().lower() != TYPE:
        raise BadCatalog(
            f"Row {header.number}, column A must contain the heading “{TYPE}”: export a catalog to"
            " see an example."
        )
    return _tables(header, lines[1:], problems)


def _tables(header: Line, lines: list[Line], problems: Problems) -> list[Table]:
    by_word = {sheet.word: sheet for sheet in SHEETS}
    tables: dict[str, Table] = {}
    for line in lines:
        word = str(line.cells[0]).strip().lower().replace("_", " ")
        sheet = by_word.get(word)
        if sheet is None:
            _refuse_type(line.number, word, problems)
            continue
        table = tables.setdefault(sheet.array, Table(sheet, "", header))
        if any(str(cell).strip() for cell in line.cells[1:]):
            table.lines.append(line)
    return list(tables.values())


def _refuse_type(number: int, word: str, problems: Problems) -> None:
    known = ", ".join(sheet.word for sheet in SHEETS)
    advice = f"contains “{word:.40}”: enter one of {known}."
    problems.add(
        Problem(
            message=f"Row {number}, column A “{TYPE}” {advice}",
            advice=f"C{advice[1:]}",
            row=str(number),
            column=f"A “{TYPE}”",
            value=shown(word),
            order=(0, number, 0),
        )
    )
    for sheet in SHEETS:  # The row may be any of them.
        problems.mark_incomplete(sheet.array)


def _head(content: bytes) -> str:
    """Return the first line, or the beginning of a very long one. Raises BadCatalog."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BadCatalog("The file is UTF-16: save it as “CSV UTF-8”.")
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadCatalog(f"The file is not UTF-8 (line {line}): save it as “CSV UTF-8”.") from error
    if "\0" in text:
        raise BadCatalog("The file is not valid CSV: it contains NUL characters.")
    return text[:_MOST_OF_HEAD].split("\n", 1)[0]


def _lines(content: bytes, *, delimiter: str) -> list[Line]:
    """Return all rows that are not empty."""
    lines = []
    for number, row in _rows(content, delimiter):
        if number > MAX_ROWS:
            raise BadCatalog(f"The file has more than {MAX_ROWS:,} rows.")
        if len(row) > MAX_COLUMNS:
            raise BadCatalog(f"Row {number} has more than {MAX_COLUMNS} columns.")
        if any(cell.strip() for cell in row):
            lines.append(Line(number, [_plain(cell) for cell in row]))
    return lines


def _rows(content: bytes, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each row with its number, from 1."""
    source = _BoundedSource(content)
    reader = csv.reader(source, delimiter=delimiter, strict=True)
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise BadCatalog(f"The file is not valid CSV: {source.problem(error)}.") from error
        if row is None:
            return
        yield source.begin_row(), row


class _BoundedSource:
    """The lines of a file, of which one row may take only so many characters.

    A row is measured before it is parsed: it may be one line or, in quotes, all of them.
    """

    def __init__(self, content: bytes) -> None:
        # Decoded piece by piece: as one text, a large file would take four bytes per character.
        self._text = io.TextIOWrapper(io.BytesIO(content), encoding="utf-8-sig", newline="")
        self._left = _MAX_ROW_LENGTH
        self._rows = 0

    def __iter__(self) -> "_BoundedSource":
        return self

    def __next__(self) -> str:
        line = self._text.readline(self._left + 1)
        self._left -= len(line)
        if self._left < 0:
            raise BadCatalog(f"Row {self._rows + 1} has more than {_MAX_ROW_LENGTH:,} characters.")
        if not line:
            raise StopIteration
        return line

    def begin_row(self) -> int:
        """Allow another row its characters; return the number of the one that ended."""
        self._left = _MAX_ROW_LENGTH
        self._rows += 1
        return self._rows

    def problem(self, error: csv.Error) -> str:
        """Return what is wrong, after the words “not valid CSV”."""
        if str(error) == "unexpected end of data":
            return f"a quote in row {self._rows + 1} is never closed"
        if str(error).startswith("field larger"):
            return (
                f"row {self._rows + 1} has a cell of more than {csv.field_size_limit():,}"
                " characters, or a quote that is never closed"
            )
        return str(error)
