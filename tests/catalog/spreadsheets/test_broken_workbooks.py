"""Workbooks that are broken or hostile are refused with a sentence."""

import io
import struct
import zipfile

import pytest

from .test_error_messages import book, refusal, saved


def changed_part(name, change):
    source, out = zipfile.ZipFile(io.BytesIO(saved(book()))), io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for part in source.namelist():
            content = source.read(part)
            target.writestr(part, change(content) if part == name else content)
    return out.getvalue()


BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is not an XLSX workbook."),
        (b"PK\x03\x04" + b"x" * 99, "The file is not an XLSX workbook."),
        (saved(book())[:-300], "The file is not an XLSX workbook."),
        (changed_part("xl/workbook.xml", lambda xml: b"<x"), "The file is not a readable XLSX"
         " workbook; save it again."),
        (changed_part("xl/workbook.xml", lambda xml: BOMB + xml), "The workbook contains XML that"
         " no spreadsheet program writes."),
        (changed_part("xl/workbook.xml", lambda xml: xml.decode().encode("utf-16")), "The"
         " workbook contains XML that no spreadsheet program writes."),
        (changed_part("xl/worksheets/sheet1.xml", lambda xml: xml.replace(b'r="2"', b'r="999999"')
         .replace(b'"A2"', b'"A999999"')), "Sheet “Menus” has more than 300,000 rows."),
        (changed_part("xl/worksheets/sheet1.xml", lambda xml: xml.replace(b'r="B2"', b'r="AO2"')),
         "Sheet “Menus” has more than 40 columns."),
    ],
)  # fmt: skip
def test_a_broken_or_malicious_workbook_is_refused(merchant, content, sentence):
    assert refusal(merchant, content) == sentence


def test_a_part_with_a_false_size_is_refused(merchant):
    content = bytearray(changed_part("xl/worksheets/sheet1.xml", lambda xml: b" " * 5_000_000))
    size = struct.pack("<L", 5_000_000)
    while size in content:
        position = content.index(size)
        content[position : position + 4] = struct.pack("<L", 10)

    assert refusal(merchant, bytes(content)) == "The file is not an XLSX workbook."


def test_a_workbook_with_too_much_content_is_refused_before_unpacking(merchant, monkeypatch):
    monkeypatch.setattr("catalog.spreadsheets.workbook_check.MAX_BYTES", 5_000_000)
    content = changed_part("xl/worksheets/sheet1.xml", lambda xml: b" " * 5_000_000)

    assert refusal(merchant, content) == (
        "The workbook is too large when unpacked; remove what is not menu."
    )
