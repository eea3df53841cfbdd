"""Convert between rows of sheets and objects of Get Catalog (contract CAT)."""

from collections.abc import Iterator, Sequence
from typing import Any

from catalog.import_errors.problems import Problem, Problems

from .cells import BadCell, Cell
from .layout import PRICE, SHEETS, Column, Sheet, heading
from .table import Line, Table, letter
from .wording import Translated, cell_of, cell_text, first_filled, label

Row = dict[str, Any]
_ID, _NAME = ("provider_id",), ("name",)


def lines_of(row: Row, sheet: Sheet, currency: str) -> Iterator[list[Cell]]:
    """Yield the object's row, then the extra rows its longest cells need; each has its id."""
    columns = []
    for column in sheet.columns:
        value: Any = row
        for name in column.path:
            value = value.get(name) if value is not None else None
        columns.append([] if value is None else column.kind.write(value, currency))
    for number in range(max(1, *(len(pieces) for pieces in columns))):
        yield [
            row["provider_id"]
            if column.path == _ID
            else (pieces[number] if number < len(pieces) else None)
            for column, pieces in zip(sheet.columns, columns, strict=True)
        ]


def translate(
    tables: Sequence[Table], currency: str, problems: Problems, *, merge: bool
) -> Translated:
    """Convert the tables to the shape of Get Catalog, and note the problems of their cells."""
    translated = Translated()
    for table in tables:
        array = table.sheet.array
        if array in translated.tables:
            _refuse(problems, table, f"There are two sheets “{table.sheet.title}”: keep one.")
            problems.mark_incomplete(array)
            continue
        translated.tables[array] = table
        _translate(table, translated, currency, problems)
    if not merge:
        _refuse_missing(translated, problems)
        # No sheet contains it: it follows from the taxes.
        taxes = translated.catalog["tax"]
        rates = [tax.get("rate") for tax in taxes if tax.get("is_default") and _is_active(tax)]
        translated.catalog["tax_rate"] = next(iter(rates), None) or 0
    return translated


def _translate(table: Table, translated: Translated, currency: str, problems: Problems) -> None:
    array = table.sheet.array
    columns = translated.columns[array] = _columns(table, currency, problems)
    translated.objects[array] = list(_objects(table, columns))
    translated.catalog[array] = [
        _Reading(table, lines, position, problems).object(columns, currency)
        for position, lines in enumerate(translated.objects[array], start=1)
    ]


def _is_active(row: Row) -> bool:
    return bool(row.get("is_active", True))


def _refuse_missing(translated: Translated, problems: Problems) -> None:
    for sheet in SHEETS:
        if sheet.array in translated.tables:
            continue
        translated.catalog[sheet.array] = []
        if not problems.is_incomplete(sheet.array):
            sentence = (
                f"The file has no sheet “{sheet.title}” (in CSV: no row of type {sheet.word}),"
                " so it is not a complete catalog; add it, even without rows, or merge the file."
            )
            problems.add(Problem(message=sentence, advice=sentence, sheet=sheet.title))
            problems.mark_incomplete(sheet.array)


def _refuse(problems: Problems, table: Table, sentence: str) -> None:
    problems.add(
        Problem(message=sentence, advice=sentence, sheet=table.name, order=table.order(0, 0))
    )


def _columns(table: Table, currency: str, problems: Problems) -> dict[Column, int]:
    """Find each column, and note those that are missing: importing would clear their field."""
    headings = [" ".join(text.split()).lower() for text in _texts(table)]
    columns = {}
    for column in table.sheet.columns:
        known = {heading(column, currency).lower(), column.heading}
        places = [index for index, text in enumerate(headings) if text in known]
        if len(places) == 1:
            columns[column] = places[0]
            continue
        if places:
            name, problem = column.heading, "appears twice"
        else:
            name, problem = _missing(column, headings, currency)
        _refuse_heading(problems, table, name, problem, places)
        _mark_unread(problems, table, column)
        if column.path == _ID:
            problems.mark_incomplete(table.sheet.array)
    return columns


def _mark_unread(
    problems: Problems, table: Table, column: Column, position: int | None = None
) -> None:
    for path in {column.path[0], ".".join(column.path)}:
        problems.mark_unread(table.sheet.array, path, position)


def _texts(table: Table) -> list[str]:
    return [cell if isinstance(cell, str) else "" for cell in table.header.cells]


def _missing(column: Column, headings: list[str], currency: str) -> tuple[str, str]:
    """Return the heading to name, and what is wrong with it."""
    foreign = [text for text in headings if text.startswith(f"{PRICE} (")]
    if column.heading == PRICE and foreign:
        return foreign[0], f"is in another currency: use {currency.upper()}"
    reason = "is missing; keep the column, and leave its cells empty if it has no values"
    return heading(column, currency), reason


def _refuse_heading(
    problems: Problems, table: Table, name: str, problem: str, places: list[int]
) -> None:
    number = table.header.number
    text = f"{table.row(number)}: the heading “{name:.60}” {problem}."
    problems.add(
        Problem(
            message=text[0].upper() + text[1:],
            advice=f"The heading {problem}.",
            sheet=table.name,
            row=str(number),
            column=f"{letter(places[-1])} “{name:.60}”" if places else f"“{name:.60}”",
            order=table.order(number, 0),
        )
    )


def _objects(table: Table, columns: dict[Column, int]) -> Iterator[list[Line]]:
    """Yield each object's rows: a row with the id above and no name continues that object."""
    by_path = {column.path: index for column, index in columns.items()}
    if _ID not in by_path or _NAME not in by_path:
        yield from ([line] for line in table.lines)
        return
    lines: list[Line] = []
    for line in table.lines:
        continues = (
            lines
            and not cell_of(line, by_path[_NAME])
            and cell_of(line, by_path[_ID]) == cell_of(lines[0], by_path[_ID])
        )
        if lines and not continues:
            yield lines
            lines = []
        lines.append(line)
    if lines:
        yield lines


class _Reading:
    """The reading of one object's rows."""

    def __init__(self, table: Table, lines: list[Line], position: int, problems: Problems) -> None:
        self._table = table
        self._lines = lines
        self._position = position
        self._problems = problems

    def object(self, columns: dict[Column, int], currency: str) -> Row:
        """Return what its cells say, without those that cannot be read, which are noted."""
        row: Row = {}
        for column, index in columns.items():
            try:
                value = column.kind.read([cell_of(line, index) for line in self._lines], currency)
            except BadCell as error:
                self._refuse(column, index, currency, str(error))
                continue
            if value is not None:
                owner = row
                for name in column.path[:-1]:
                    owner = owner.setdefault(name, {})
                owner[column.path[-1]] = value
        if "price_amount" in row:
            row["price_currency"] = currency
        return row

    def _refuse(self, column: Column, index: int, currency: str, sentence: str) -> None:
        number, table = first_filled(self._lines, index), self._table
        named = label(column, index, currency)
        text = f"{table.row(number)}, column {named} {sentence}"
        self._problems.add(
            Problem(
                message=text[0].upper() + text[1:],
                advice=sentence[0].upper() + sentence[1:],
                sheet=table.name,
                row=str(number),
                column=named,
                value=cell_text(self._lines, index),
                order=table.order(number, index),
            )
        )
        _mark_unread(self._problems, table, column, self._position)
