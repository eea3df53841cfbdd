"""A file that is in another format than can be read is named, with what to do."""

import io
import zipfile

import pytest

from catalog.import_errors.problems import BadCatalog
from catalog.spreadsheets.file_types import Format, detect

from .test_error_messages import book, saved


def _zip(**parts):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    return out.getvalue()


_STRICT = '<workbook xmlns="http://purl.oclc.org/ooxml/spreadsheetml/main"/>'
FOREIGN = [
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99), "an old Excel workbook (.xls)"),
    (_zip(**{"mimetype": "application/vnd.oasis", "content.xml": "<x/>"}), "OpenDocument"),
    (_zip(**{"[Content_Types].xml": "", "xl/workbook.xml": _STRICT}), "“Strict Open XML”"),
    (_zip(**{"[Content_Types].xml": "", "xl/workbook.bin": ""}), "(.xlsb)"),
    (_zip(**{"[Content_Types].xml": "", "word/document.xml": ""}), "a Word document"),
    (_zip(**{"Index/Document.iwa": ""}), "Numbers"),
    (_zip(**{"menu.csv": "type,id"}), "an archive (.zip)"),
    (b"<html><table><tr><td>type", "a web page or XML"),
    (b'\xef\xbb\xbf<?xml version="1.0"?>', "a web page or XML"),
    (b"%PDF-1.7", "a PDF"),
    (b"\x1f\x8b\x08", "compressed (.gz)"),
    (b"{\\rtf1", "a text document (.rtf)"),
]


@pytest.mark.parametrize("named", list(Format))
@pytest.mark.parametrize(("content", "says"), FOREIGN, ids=[says for _, says in FOREIGN])
def test_a_file_of_another_format_is_named_whatever_its_name_is(content, says, named):
    with pytest.raises(BadCatalog) as refused:
        detect(content, named)

    assert says in str(refused.value)
    assert "save it" in str(refused.value) or "unpack it" in str(refused.value)


@pytest.mark.parametrize("named", list(Format))
def test_the_content_counts_more_than_the_name(named):
    assert detect(saved(book()), named) == Format.XLSX
    assert detect(b' {"menu": []}', named) == Format.JSON
    assert detect(b'\xef\xbb\xbf"type";"id"', named) == Format.CSV
    assert detect(b"something else", named) == named
    assert detect(b"", named) == named
    assert detect(b"PK\x03\x04 broken", named) == Format.XLSX
