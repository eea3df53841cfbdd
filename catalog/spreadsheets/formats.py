"""Convert a catalog between Get Catalog's JSON and the file formats."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import PurePath
from typing import Any, NamedTuple

import orjson

from catalog.import_errors.problems import BadCatalog, Problems
from catalog.import_export.schema import ARRAYS

from . import csv_file, xlsx
from .cells import Cell, TooLong
from .file_types import Format as Format
from .file_types import detect
from .layout import SHEETS, Column, Sheet, heading
from .mapping import lines_of, translate

TABLES = ("tsv", "tab", "txt")  # Other extensions of CSV files.
CONTENT_TYPES = {
    Format.JSON: "application/json",
    Format.CSV: "text/csv; charset=utf-8",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class Document(NamedTuple):
    """A file as JSON, and what was found wrong with it before it was."""

    content: bytes
    problems: Problems


Translation = AbstractContextManager[Document]


def format_of(name: str | PurePath) -> Format:
    """Return the format for the file's extension, or JSON for any other extension.

    When the file is read, its content counts more.
    """
    extension = PurePath(name).suffix.lower().removeprefix(".")
    if extension in TABLES:
        return Format.CSV
    return Format(extension) if extension in Format.values else Format.JSON


@contextmanager
def as_json(
    content: bytes, file_format: Format, currency: str, *, merge: bool
) -> Iterator[Document]:
    """Yield the file as Get Catalog's JSON. Raises BadCatalog.

    The problems found so far go with it, and must be given to the import. A BadCatalog raised
    inside the context is reworded to name the sheet, row and column.
    """
    problems = Problems(ARRAYS)
    file_format = detect(content, file_format)
    if file_format == Format.JSON:
        yield Document(content, problems)
        return
    read = csv_file.read if file_format == Format.CSV else xlsx.read
    tables = read(content, problems)
    translated = translate(tables, currency.lower(), problems, merge=merge)
    try:
        yield Document(orjson.dumps(translated.catalog), problems)
    except BadCatalog as error:
        reworded = [translated.reword(problem, currency) for problem in error.problems]
        in_order = sorted(reworded, key=lambda problem: problem.order)
        raise BadCatalog(in_order, error.count) from error


def written(content: bytes, file_format: Format, currency: str) -> bytes:
    """Return an exported catalog in the format. Raises BadCatalog if a text is too long for it."""
    if file_format == Format.JSON:
        return content
    catalog = orjson.loads(content)
    try:
        if file_format == Format.XLSX:
            return xlsx.write(
                (sheet, [_headings(sheet, currency), *_lines(catalog, sheet, currency)])
                for sheet in SHEETS
            )
        return csv_file.write(_csv_rows(catalog, currency))
    except TooLong as error:
        raise BadCatalog(
            f"A list in the catalog contains text that is too long for {file_format.label}: export"
            " JSON instead."
        ) from error


def _headings(sheet: Sheet, currency: str) -> list[Cell]:
    return [heading(column, currency) for column in sheet.columns]


def _lines(catalog: dict[str, Any], sheet: Sheet, currency: str) -> Iterator[list[Cell]]:
    for row in catalog[sheet.array]:
        yield from lines_of(row, sheet, currency)


def _csv_rows(catalog: dict[str, Any], currency: str) -> Iterator[tuple[Sheet | None, list[Cell]]]:
    """Yield all sheets one after another; an empty sheet gets a blank row, so that it is listed."""
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
