"""A catalog in any of the formats: the way in to Get Catalog's JSON, and the way out of it."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import PurePath
from typing import Any

import orjson
from django.db.models import TextChoices

from catalog.import_export.parser import BadCatalog

from . import csv_file, xlsx
from .cells import Cell, TooLong
from .layout import SHEETS, Column, Sheet, heading
from .mapping import lines_of, translate


class Format(TextChoices):
    JSON = "json", "JSON"
    CSV = "csv", "CSV"
    XLSX = "xlsx", "XLSX"


Translation = AbstractContextManager[bytes]
CONTENT_TYPES = {
    Format.JSON: "application/json",
    Format.CSV: "text/csv; charset=utf-8",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def format_of(name: str | PurePath) -> Format:
    """By the file's ending; JSON when it says nothing else."""
    ending = PurePath(name).suffix.lower().removeprefix(".")
    return Format(ending) if ending in Format.values else Format.JSON


@contextmanager
def as_json(content: bytes, wanted: Format, currency: str, *, merge: bool) -> Iterator[bytes]:
    """The file as Get Catalog's JSON. Raises BadCatalog.

    Inside, what is refused of the JSON is said of the sheet, the row and the column instead.
    """
    if wanted == Format.JSON:
        yield content
        return
    tables = csv_file.read(content) if wanted == Format.CSV else xlsx.read(content)
    translated = translate(tables, currency.lower(), merge=merge)
    try:
        yield orjson.dumps(translated.catalog)
    except BadCatalog as error:
        raise BadCatalog(translated.in_words(str(error), currency)) from error


def written(content: bytes, wanted: Format, currency: str) -> bytes:
    """An exported catalog in the format. Raises BadCatalog when it cannot hold a text of it."""
    if wanted == Format.JSON:
        return content
    catalog = orjson.loads(content)
    try:
        if wanted == Format.XLSX:
            return xlsx.write(
                (sheet, [_headings(sheet, currency), *_lines(catalog, sheet, currency)])
                for sheet in SHEETS
            )
        return csv_file.write(_csv_rows(catalog, currency))
    except TooLong as error:
        raise BadCatalog(
            f"A list of the catalog holds a text that is too long for {wanted.label}: export JSON."
        ) from error


def _headings(sheet: Sheet, currency: str) -> list[Cell]:
    return [heading(column, currency) for column in sheet.columns]


def _lines(catalog: dict[str, Any], sheet: Sheet, currency: str) -> Iterator[list[Cell]]:
    for row in catalog[sheet.array]:
        yield from lines_of(row, sheet, currency)


def _csv_rows(catalog: dict[str, Any], currency: str) -> Iterator[tuple[Sheet | None, list[Cell]]]:
    """All sheets below each other. One without rows is named all the same: it is not forgotten."""
    shared = _shared_headings(currency)
    yield None, list(shared)
    for sheet in SHEETS:
        rows = list(_lines(catalog, sheet, currency)) or [[None] * len(sheet.columns)]
        names = [heading(column, currency) for column in sheet.columns]
        for row in rows:
            filled = dict(zip(names, row, strict=True))
            yield sheet, [filled.get(name) for name in shared]


def _shared_headings(currency: str) -> list[str]:
    columns: list[Column] = [column for sheet in SHEETS for column in sheet.columns]
    return list(dict.fromkeys(heading(column, currency) for column in columns))
