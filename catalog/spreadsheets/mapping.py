"""Between the rows of sheets and the objects of Get Catalog (contract CAT)."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from catalog.import_export.parser import BadCatalog
from catalog.import_export.schema import ARRAYS

from . import cells
from .cells import BadCell, Cell
from .layout import PRICE, SHEETS, Column, Sheet, heading
from .table import Line, Table, letter

Row = dict[str, Any]
_ID, _NAME = ("provider_id",), ("name",)


def lines_of(row: Row, sheet: Sheet, currency: str) -> Iterator[list[Cell]]:
    """The object's row, and below it those that its longest cells need; each names its id."""
    columns = []
    for column in sheet.columns:
        value: Any = row
        for name in column.path:
            value = value.get(name) if value is not None else None
        columns.append([] if value is None else column.kind.write(value, currency))
    for place in range(max(1, *(len(pieces) for pieces in columns))):
        yield [
            row["provider_id"]
            if column.path == _ID
            else (pieces[place] if place < len(pieces) else None)
            for column, pieces in zip(sheet.columns, columns, strict=True)
        ]


@dataclass
class Translated:
    """A catalog that was read from sheets, and where in them its objects stand."""

    catalog: Row = field(default_factory=dict)
    places: dict[str, list[str]] = field(default_factory=dict)
    columns: dict[str, dict[Column, int]] = field(default_factory=dict)

    def in_words(self, message: str, currency: str) -> str:
        """A message about the JSON, said of the sheets: `item 4 (large): price_amount …`."""
        about = re.match(rf"({'|'.join(ARRAYS)}) \d+ \(.*?\): ", message)
        if about:
            sentence = self._named(about[1], message[about.end() :], currency)
            message = message[: about.end()] + sentence
        for array, places in self.places.items():
            message = re.sub(rf"\b{array} (\d+) \(", partial(_place_of, places), message)
        for sheet in SHEETS:
            message = message.replace(sheet.array, sheet.word)
        return message[0].upper() + message[1:]

    def _named(self, array: str, sentence: str, currency: str) -> str:
        """The sentence with the columns' letters and headings instead of the fields' names."""
        for column, index in self.columns.get(array, {}).items():
            said = f"column {letter(index)} “{heading(column, currency)}”"
            path = re.escape(".".join(column.path))
            # At its beginning, with what is within the field.
            sentence = re.sub(rf"\A{path}(\[[^\]]*\])?(\.\w+)?(?= )", said, sentence)
            sentence = re.sub(rf"\A{': '.join(column.path)}(?=:)", said, sentence)
            if "_" in column.path[-1]:
                sentence = re.sub(rf"\b{column.path[-1]}\b", f"“{column.heading}”", sentence)
        return sentence


def _place_of(places: list[str], found: re.Match[str]) -> str:
    """Of an object that a merge leaves as it is, no row can be named."""
    position = int(found[1])
    return f"{places[position - 1]} (" if position <= len(places) else "what is there already ("


def translate(tables: Sequence[Table], currency: str, *, merge: bool) -> Translated:
    """What the tables hold, in the shape of Get Catalog. Raises BadCatalog."""
    _refuse_missing(tables, merge=merge)
    made = Translated()
    for table in tables:
        array = table.sheet.array
        made.columns[array] = _columns(table, currency)
        objects = made.catalog[array] = []
        places = made.places[array] = []
        for lines in _objects(table, made.columns[array]):
            objects.append(_object(table, lines, made.columns[array], currency))
            places.append(table.row(lines[0].number))
    if not merge:
        # Not written in any sheet: it follows from the taxes.
        taxes = made.catalog["tax"]
        rates = [one.get("rate") for one in taxes if one.get("is_default") and _is_active(one)]
        made.catalog["tax_rate"] = next(iter(rates), None) or 0
    return made


def _is_active(row: Row) -> bool:
    return bool(row.get("is_active", True))


def _refuse_missing(tables: Sequence[Table], *, merge: bool) -> None:
    there = [table.sheet for table in tables]
    for sheet in SHEETS:
        if there.count(sheet) > 1:
            raise BadCatalog(f"There are two sheets “{sheet.title}”: keep one.")
        if not merge and sheet not in there:
            raise BadCatalog(
                f"The file has no sheet “{sheet.title}” (in CSV: no row of the type {sheet.word}),"
                " so it is no whole catalog; add it, without further rows if there are none, or"
                " merge the file."
            )


def _columns(table: Table, currency: str) -> dict[Column, int]:
    """Where each column stands. Raises BadCatalog when one is missing: all would be emptied."""
    headings = [" ".join(cells.as_text(cell).split()).lower() for cell in _texts(table)]
    found = {}
    for column in table.sheet.columns:
        known = {heading(column, currency).lower(), column.heading}
        places = [index for index, one in enumerate(headings) if one in known]
        if not places:
            raise BadCatalog(_missing(table, column, headings, currency))
        if len(places) > 1:
            raise BadCatalog(_place(table, table.header.number, column.heading, "is there twice"))
        found[column] = places[0]
    return found


def _texts(table: Table) -> list[Cell]:
    return [cell if isinstance(cell, str) else None for cell in table.header.cells]


def _missing(table: Table, column: Column, headings: list[str], currency: str) -> str:
    foreign = [one for one in headings if one.startswith(f"{PRICE} (")]
    if column.heading == PRICE and foreign:
        return _place(
            table, table.header.number, foreign[0], f"is another currency: write {currency.upper()}"
        )
    reason = "is missing; leave it there, with nothing below when there is nothing"
    return _place(table, table.header.number, heading(column, currency), reason)


def _place(table: Table, number: int, name: str, what: str) -> str:
    text = f"{table.row(number)}: the heading “{name:.60}” {what}."
    return text[0].upper() + text[1:]


def _objects(table: Table, columns: dict[Column, int]) -> Iterator[list[Line]]:
    """Each object's rows: one without a name that has the id above goes on with that object."""
    by_path = {column.path: index for column, index in columns.items()}
    lines: list[Line] = []
    for line in table.lines:
        goes_on = (
            lines
            and not _cell(line, by_path[_NAME])
            and _cell(line, by_path[_ID]) == _cell(lines[0], by_path[_ID])
        )
        if lines and not goes_on:
            yield lines
            lines = []
        lines.append(line)
    if lines:
        yield lines


def _cell(line: Line, index: int) -> Cell:
    return line.cells[index] if index < len(line.cells) else None


def _object(table: Table, lines: list[Line], columns: dict[Column, int], currency: str) -> Row:
    made: Row = {}
    for column, index in columns.items():
        written = [_cell(line, index) for line in lines]
        try:
            value = column.kind.read(written, currency)
        except BadCell as error:
            place = f"{table.row(_first(lines, index))}, column {letter(index)}"
            place = f"{place[0].upper()}{place[1:]} “{heading(column, currency)}”"
            raise BadCatalog(f"{place} {error}") from error
        if value is not None:
            owner = made
            for name in column.path[:-1]:
                owner = owner.setdefault(name, {})
            owner[column.path[-1]] = value
    if "price_amount" in made:
        made["price_currency"] = currency
    return made


def _first(lines: list[Line], index: int) -> int:
    """The row in which the object's cell is written."""
    return next((line.number for line in lines if _cell(line, index)), lines[0].number)
