"""Files that cost far more than they look, each to be imported by a manager."""

import csv
import io
import time
from typing import NamedTuple

from catalog.import_jobs.service import MAX_BYTES
from catalog.models import CatalogImport
from catalog.spreadsheets.layout import SHEETS, TYPE, heading
from tests.catalog.support.hostile_workbooks import DTD, with_part
from tests.catalog.support.import_page import PAGE

from .people import Manager

_IMPORT_SECONDS = 60
_FAMILIES = next(sheet for sheet in SHEETS if sheet.array == "item_family")
_ENDED = (CatalogImport.State.REFUSED, CatalogImport.State.FAILED)
ODD_XML = "The workbook contains XML that no spreadsheet program writes."
TOO_LARGE = "The workbook is too large when unpacked; remove what is not menu."


class File(NamedTuple):
    """A file with a part of the sentence that refuses it."""

    name: str
    content: bytes
    sentence: str


def blanks() -> list[File]:
    """Return lists of blanks: longer than a cell may be, and as long as it may be."""
    too_long, longest = f"a{64_000 * ' '}b", f'{32_000 * " "}"'
    return [
        File("64000-blanks.csv", _family_with(too_long), "more than 32,767 characters"),
        File("32000-blanks.csv", _family_with(longest), "separate words with commas"),
    ]


def _family_with(groups: str) -> bytes:
    """Return a CSV file with one family and this text as its modifier groups."""
    headings = [heading(column, "usd") for column in _FAMILIES.columns]
    cells = {"id": "fam_1", "name": "Burger", "price (USD)": "1", "modifier groups": groups}
    rows = [[TYPE, *headings], [_FAMILIES.word, *(cells.get(name, "") for name in headings)]]
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


def endless_quotes() -> list[File]:
    """Return the largest files, of which a quoted cell never ends."""
    head = f'{TYPE},id,name\r\n{_FAMILIES.word},fam_1,"'.encode()
    return [
        File(f"quoted-{name}.csv", head + (MAX_BYTES - len(head)) * byte, problem)
        for name, byte, problem in (
            ("newlines", b"\n", "a quote that is never closed"),
            ("letters", b"x", "more than 2,000,000 characters"),
        )
    ]


def bombs() -> list[File]:
    """Return small workbooks that unpack to much, or hold a DTD under an odd name."""
    rows = "more than 300,000 rows"
    return [
        _rows("rows.xlsx", 50_000_000, TOO_LARGE),
        _rows("fewer-rows.xlsx", 9_000_000, rows),
        File("texts.xlsx", _texts(250), TOO_LARGE),
        File("dtd.xlsx", with_part("xl/extra.dat", DTD.encode()), ODD_XML),
        File("big-dtd.xlsx", with_part("xl/extra.XML", DTD.encode("utf-16")), ODD_XML),
    ]


def _rows(name: str, count: int, sentence: str) -> File:
    content = with_part(
        "xl/worksheets/sheet2.xml", b"<sheetData>", b"<row/>", b"</sheetData>", repeats=count
    )
    return File(name, content, sentence)


def _texts(megabytes: int) -> bytes:
    text, end = b"<si><t>" + 991 * b"a", b"</t></si></sst>"
    block = text.replace(b"<si><t>", b"") + b"12345678 "
    return with_part("xl/sharedStrings.xml", b"<sst><si><t>", block, end, repeats=megabytes * 1000)


def refuse(manager: Manager, file: File) -> tuple[str, str]:
    """Import the file; return a note, and a problem or an empty string."""
    started = time.monotonic()
    answer = manager.post(PAGE, {"mode": "merge"}, {"file": (file.name, file.content)})
    if answer is None or answer.status_code != 302:
        status = answer.status_code if answer is not None else "nothing"
        return "", f"{file.name} was answered {status} instead of being taken"
    ended = _await_end(manager)
    seconds = time.monotonic() - started
    if ended is None:
        return "", f"{file.name} was not done in {seconds:.0f} s"
    note = f"{file.name} ({len(file.content) / 1000:.0f} kB) {ended.state} in {seconds:.1f} s"
    if ended.state not in _ENDED or file.sentence not in ended.note or not ended.note:
        return note, f"{file.name} ended as {ended.state}: {ended.note}"
    return note, ""


def _await_end(manager: Manager) -> CatalogImport | None:
    """Return the newest import when it is no longer work, or None if it never ends."""
    deadline = time.monotonic() + _IMPORT_SECONDS
    imports = CatalogImport.objects.filter(merchant=manager.merchant).defer("content")
    while time.monotonic() < deadline:
        newest = imports.first()
        if newest is not None and not newest.is_work:
            return newest
        time.sleep(0.1)
    return None
