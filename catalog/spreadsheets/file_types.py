"""The format of a file by its content, since many a file has another format's name."""

import io
import re
import struct
import zipfile
import zlib

from django.db.models import TextChoices

from catalog.import_errors.problems import BadCatalog


class Format(TextChoices):
    JSON = "json", "JSON"
    CSV = "csv", "CSV"
    XLSX = "xlsx", "XLSX"


_SAVE = "save it as an Excel workbook (.xlsx) or as CSV UTF-8."
_FOREIGN = (
    (
        b"\xd0\xcf\x11\xe0",
        "The file is an old Excel workbook (.xls), or one with a password: save it as an Excel"
        " workbook (.xlsx) without a password.",
    ),
    (b"%PDF", f"The file is a PDF, which holds no table: export the table, and {_SAVE}"),
    (b"{\\rtf", f"The file is a text document (.rtf): {_SAVE}"),
    (b"\x1f\x8b", "The file is compressed (.gz): unpack it first."),
    (b"Rar!", "The file is an archive (.rar): unpack it first."),
    (b"7z\xbc\xaf", "The file is an archive (.7z): unpack it first."),
    (b"<", f"The file is a web page or XML, whatever its name says: {_SAVE}"),
    (b"ID;P", f"The file is a SYLK table (.slk): {_SAVE}"),
)
# The heading of the first column (layout.TYPE), or the line that names the delimiter.
_CSV = re.compile(rb'"?sep=.|"?type"?\s*[,;\t|]', re.IGNORECASE)
_ZIP = b"PK\x03\x04"
_PARTS = (  # Of what else is packed like a workbook.
    ("xl/workbook.bin", f"The file is a binary Excel workbook (.xlsb): {_SAVE}"),
    ("content.xml", f"The file is an OpenDocument file (.ods): {_SAVE}"),
    ("Index/Document.iwa", f"The file is from Numbers: {_SAVE}"),
    ("Index.zip", f"The file is from Numbers: {_SAVE}"),
    ("word/document.xml", f"The file is a Word document (.docx): {_SAVE}"),
)
_WORKBOOK = "xl/workbook.xml"
_STRICT = b"http://purl.oclc.org/ooxml/spreadsheetml/main"
_MARK = b"\xef\xbb\xbf"
_FIRST_TEXT = 200
_START_OF_WORKBOOK = 10_000
# What zipfile raises for broken files.
_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, struct.error, OSError, EOFError, ValueError, LookupError),
    *(RuntimeError, ArithmeticError),
)


def detect(content: bytes, named: Format) -> Format:
    """Return the file's format, by its name where its content does not say.

    Raises BadCatalog, which names the format, for a file that cannot be read.
    """
    if content.startswith(_ZIP):
        _refuse_other_zips(content)
        return Format.XLSX
    start = content[:_FIRST_TEXT]
    while start.startswith(_MARK):
        start = start.removeprefix(_MARK)
    start = start.lstrip()
    for signature, sentence in _FOREIGN:
        if start.startswith(signature):
            raise BadCatalog(sentence)
    if start.startswith((b"{", b"[")):
        return Format.JSON
    if _CSV.match(start):
        return Format.CSV
    return named


def _refuse_other_zips(content: bytes) -> None:
    names, is_strict = _examined(content)
    if is_strict:
        raise BadCatalog(
            "The workbook is in the format “Strict Open XML”: save it as “Excel workbook (.xlsx)”."
        )
    if not names or _WORKBOOK in names:
        return
    for name, sentence in _PARTS:
        if name in names:
            raise BadCatalog(sentence)
    if "[Content_Types].xml" not in names:
        raise BadCatalog("The file is an archive (.zip), not a workbook: unpack it first.")


def _examined(content: bytes) -> tuple[set[str], bool]:
    """Return the names of the parts, and whether the file is a strict workbook."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            names = set(packed.namelist())
            if _WORKBOOK not in names:
                return names, False
            with packed.open(_WORKBOOK) as part:
                return names, _STRICT in part.read(_START_OF_WORKBOOK)
    except _BROKEN:  # Reading it says what is wrong.
        return set(), False
