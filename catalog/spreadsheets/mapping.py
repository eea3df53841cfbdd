"""Convert between rows of sheets and objects of Get Catalog (contract CAT)."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from catalog.import_export.parser import BadCatalog
from catalog.import_export.schema import ARRAYS

from .cells import BadCell, Cell
from .layout import PRICE, SHEETS, Column, Sheet, heading
from .table import Line, Table, letter

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


@dataclass
class Translated:
    """A catalog read from sheets, with the rows and columns of its objects."""

    catalog: Row = field(default_factory=dict)
    places: dict[str, list[str]] = field(default_factory=dict)
    columns: dict[str, dict[Column, int]] = field(default_factory=dict)

    def reword(self, message: str, currency: str) -> str:
        """Reword a message about the JSON, `item 4 (large): …`, to name sheets and columns."""
        about = re.match(rf"({'|'.join(ARRAYS)}) \d+ \(.*?\): ", message)
        if about:
            sentence = self._name_columns(about[1], message[about.end() :], currency)
            message = message[: about.end()] + sentence
        for array, places in self.places.items():
            message = re.sub(rf"\b{array} (\d+) \(", partial(_place_of, places), message)
        for sheet in SHEETS:
            message = message.replace(sheet.array, sheet.word)
        return message[0].upper() + message[1:]

    def _name_columns(self, array: str, sentence: str, currency: str) -> str:
        """Replace the names of fields by the letters and headings of their columns."""
        for column, index in self.columns.get(array, {}).items():
            label = f"column {letter(index)} “{heading(column, currency)}”"
            path = re.escape(".".join(column.path))
            # At the beginning, together with the path inside the field.
            sentence = re.sub(rf"\A{path}(\[[^\]]*\])?(\.\w+)?(?= )", label, sentence)
            sentence = re.sub(rf"\A{': '.join(column.path)}(?=:)", label, sentence)
            if "_" in column.path[-1]:
                sentence = re.sub(rf"\b{column.path[-1]}\b", f"“{column.heading}”", sentence)
        return sentence


def _place_of(places: list[str], match: re.Match[str]) -> str:
    """Return an object's row; an object that a merge leaves as it is has none."""
    position = int(match[1])
    if position <= len(places):
        return f"{places[position - 1]} ("
    return f"the existing {match[0].split()[0]} ("


def translate(tables: Sequence[Table], currency: str, *, merge: bool) -> Translated:
    """Convert the tables to the shape of Get Catalog. Raises BadCatalog."""
    _refuse_missing(tables, merge=merge)
    translated = Translated()
    for table in tables:
        array = table.sheet.array
        translated.columns[array] = _columns(table, currency)
        objects = translated.catalog[array] = []
        places = translated.places[array] = []
        for lines in _objects(table, translated.columns[array]):
            objects.append(_object(table, lines, translated.columns[array], currency))
            places.append(table.row(lines[0].number))
    if not merge:
        # No sheet contains it: it follows from the taxes.
        taxes = translated.catalog["tax"]
        rates = [tax.get("rate") for tax in taxes if tax.get("is_default") and _is_active(tax)]
        translated.catalog["tax_rate"] = next(iter(rates), None) or 0
    return translated


def _is_active(row: Row) -> bool:
    return bool(row.get("is_active", True))


def _refuse_missing(tables: Sequence[Table], *, merge: bool) -> None:
    sheets = [table.sheet for table in tables]
    for sheet in SHEETS:
        if sheets.count(sheet) > 1:
            raise BadCatalog(f"There are two sheets “{sheet.title}”: keep one.")
        if not merge and sheet not in sheets:
            raise BadCatalog(
                f"The file has no sheet “{sheet.title}” (in CSV: no row of type {sheet.word}),"
                " so it is not a complete catalog; add it, even without rows, or merge the file."
            )


def _columns(table: Table, currency: str) -> dict[Column, int]:
    """Find each column. Raises BadCatalog when one is missing: importing would clear its field."""
    headings = [" ".join(text.split()).lower() for text in _texts(table)]
    columns = {}
    for column in table.sheet.columns:
        known = {heading(column, currency).lower(), column.heading}
        places = [index for index, text in enumerate(headings) if text in known]
        if not places:
            raise BadCatalog(_missing(table, column, headings, currency))
        if len(places) > 1:
            raise BadCatalog(_place(table, table.header.number, column.heading, "appears twice"))
        columns[column] = places[0]
    return columns


def _texts(table: Table) -> list[str]:
    return [cell if isinstance(cell, str) else "" for cell in table.header.cells]


def _missing(table: Table, column: Column, headings: list[str], currency: str) -> str:
    foreign = [text for text in headings if text.startswith(f"{PRICE} (")]
    if column.heading == PRICE and foreign:
        return _place(
            table,
            table.header.number,
            foreign[0],
            f"is in another currency: use {currency.upper()}",
        )
    reason = "is missing; keep the column, and leave its cells empty if it has no values"
    return _place(table, table.header.number, heading(column, currency), reason)


def _place(table: Table, number: int, name: str, problem: str) -> str:
    text = f"{table.row(number)}: the heading “{name:.60}” {problem}."
    return text[0].upper() + text[1:]


def _objects(table: Table, columns: dict[Column, int]) -> Iterator[list[Line]]:
    """Yield each object's rows: a row with the id above and no name continues that object."""
    by_path = {column.path: index for column, index in columns.items()}
    lines: list[Line] = []
    for line in table.lines:
        continues = (
            lines
            and not _cell(line, by_path[_NAME])
            and _cell(line, by_path[_ID]) == _cell(lines[0], by_path[_ID])
        )
        if lines and not continues:
            yield lines
            lines = []
        lines.append(line)
    if lines:
        yield lines


def _cell(line: Line, index: int) -> Cell:
    return line.cells[index] if index < len(line.cells) else None


def _object(table: Table, lines: list[Line], columns: dict[Column, int], currency: str) -> Row:
    row: Row = {}
    for column, index in columns.items():
        written = [_cell(line, index) for line in lines]
        try:
            value = column.kind.read(written, currency)
        except BadCell as error:
            place = f"{table.row(_first(lines, index))}, column {letter(index)}"
            place = f"{place[0].upper()}{place[1:]} “{heading(column, currency)}”"
            raise BadCatalog(f"{place} {error}") from error
        if value is not None:
            owner = row
            for name in column.path[:-1]:
                owner = owner.setdefault(name, {})
            owner[column.path[-1]] = value
    if "price_amount" in row:
        row["price_currency"] = currency
    return row


def _first(lines: list[Line], index: int) -> int:
    """Return the first row in which the object's cell is filled in."""
    return next((line.number for line in lines if _cell(line, index)), lines[0].number)
