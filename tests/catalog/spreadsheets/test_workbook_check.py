"""Hostile workbooks: each is refused with a sentence, soon and in little memory."""

import time
import tracemalloc

import pytest

from catalog.import_errors.problems import BadCatalog, Problems
from catalog.import_export.schema import ARRAYS
from catalog.spreadsheets import xlsx
from catalog.spreadsheets.workbook_check import refuse_hostile
from tests.catalog.support.hostile_workbooks import DTD, plain, with_part

ODD_XML = "The workbook contains XML that no spreadsheet program writes."
TOO_LARGE = "The workbook is too large when unpacked; remove what is not menu."


def refusal(content: bytes) -> str:
    with pytest.raises(BadCatalog) as refused:
        xlsx.read(content, Problems(ARRAYS))
    return str(refused.value)


@pytest.mark.parametrize("name", ["xl/extra.dat", "xl/extra.XML", "xl/extra", "xl/a.png"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_a_part_with_a_dtd_is_refused_whatever_its_name_and_encoding(name, encoding):
    assert refusal(with_part(name, DTD.encode(encoding))) == ODD_XML


@pytest.mark.parametrize(
    ("head", "body", "tail", "repeats", "sentence"),
    [
        (b"<sheetData>", b"<row/>", b"</sheetData>", 301_000,
         "A part of the workbook has more than 300,000 rows."),
        (b"<x:d xmlns:x='y'>", b"<x:row/>", b"</x:d>", 301_000,
         "A part of the workbook has more than 300,000 rows."),
        (b"<sst>", b"<si/>", b"</sst>", 1_001_000,
         "A part of the workbook has more than 1,000,000 shared texts."),
        (b"<m>", b"<mergeCell/>", b"</m>", 11_000,
         "A part of the workbook has more than 10,000 merged cells."),
        (b"<sst><si><t>", b"a" * 1000, b"</t></si></sst>", 250_000, TOO_LARGE),
    ],
)  # fmt: skip
def test_a_bomb_is_refused_soon_and_in_little_memory(head, body, tail, repeats, sentence):
    content = with_part("xl/extra.xml", head, body, tail, repeats=repeats)
    assert len(content) < 1_000_000
    tracemalloc.start()
    began = time.process_time()

    assert refusal(content) == sentence

    assert time.process_time() - began < 5
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()


def test_two_parts_of_one_name_are_refused():
    assert refusal(with_part("XL/workbook.xml", b"<x/>")) == (
        "The workbook is packed as no spreadsheet program does; save it again."
    )


def test_a_workbook_with_a_password_is_refused():
    content = bytearray(plain())
    directory = content.index(b"PK\x01\x02")
    content[directory + 8] |= 1

    assert refusal(bytes(content)) == (
        "The workbook is protected by a password: save it without one."
    )


def test_a_picture_among_the_parts_is_harmless():
    refuse_hostile(with_part("xl/media/image1.png", b"\x89PNG\r\n\x1a\n\0\0<!DOCTYPE x>"))
