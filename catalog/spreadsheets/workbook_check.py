"""Examine an XLSX file before it is read, so that a small hostile file stays cheap.

The parts go through expat, the parser that openpyxl reads them with: what it accepts is examined
here, whatever a part's name, type and encoding are.
"""

import io
import zipfile
from collections import Counter
from typing import IO
from xml.parsers import expat

from catalog.import_errors.problems import BadCatalog

from .table import MAX_ROWS

MAX_BYTES = 60 * 2**20  # All parts unpacked; a menu of 30,000 families needs half of it.
MAX_PARTS = 1_000
MAX_ELEMENTS = 6_000_000  # In all parts together: a cell has up to three.
# In one part: what people see, the name in the file's XML, the largest number.
_MAX_OF = {
    "row": ("rows", MAX_ROWS),
    "c": ("cells", 2_000_000),
    "si": ("shared texts", 1_000_000),
    "xf": ("cell styles", 64_000),
    "mergeCell": ("merged cells", 10_000),
    "col": ("column widths", 20_000),
}
_CHUNK = 64 * 1024
_ENCRYPTED = 0x1
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ODD_XML = "The workbook contains XML that no spreadsheet program writes."
_TOO_LARGE = "The workbook is too large when unpacked; remove what is not menu."


def refuse_hostile(content: bytes) -> None:
    """Raise BadCatalog unless the file is a workbook whose parts stay within the limits."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            parts = book.infolist()
            _check_names(parts)
            budget = _Budget()
            for part in parts:
                with book.open(part) as stream:
                    _check_part(stream, budget)
    except (BadCatalog, MemoryError):
        raise
    except Exception as error:  # zipfile raises many kinds for a broken file.
        raise BadCatalog("The file is not an XLSX workbook.") from error


def _check_names(parts: list[zipfile.ZipInfo]) -> None:
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_BYTES:
        raise BadCatalog(_TOO_LARGE)
    if any(part.flag_bits & _ENCRYPTED for part in parts):
        raise BadCatalog("The workbook is protected by a password: save it without one.")
    names = {part.filename.replace("\\", "/").lower() for part in parts}
    is_odd = any(part.compress_type not in _METHODS for part in parts)
    if is_odd or len(names) < len(parts) or any(".." in name.split("/") for name in names):
        raise BadCatalog("The workbook is packed as no spreadsheet program does; save it again.")


class _Budget:
    """The allowance that all parts together have left."""

    def __init__(self) -> None:
        self.bytes = MAX_BYTES
        self.elements = MAX_ELEMENTS

    def take_bytes(self, count: int) -> None:
        """Count bytes as they are unpacked: the size that a file declares may be wrong."""
        self.bytes -= count
        if self.bytes < 0:
            raise BadCatalog(_TOO_LARGE)

    def take_element(self) -> None:
        self.elements -= 1
        if self.elements < 0:
            raise BadCatalog(_TOO_LARGE)


def _check_part(stream: IO[bytes], budget: _Budget) -> None:
    """Unpack the part piece by piece, and parse it as far as it is XML."""
    parser: expat.XMLParserType | None = _parser(budget)
    while piece := stream.read(_CHUNK):
        budget.take_bytes(len(piece))
        if parser is not None:
            try:
                parser.Parse(piece, False)
            except expat.ExpatError:
                parser = None  # A picture, say. No later reader gets further than this.
            else:
                _refuse_utf_16(piece)


def _refuse_utf_16(piece: bytes) -> None:
    if b"\0" in piece:
        raise BadCatalog(_ODD_XML)


def _parser(budget: _Budget) -> expat.XMLParserType:
    parser = expat.ParserCreate()
    counts: Counter[str] = Counter()

    def start(tag: str, attributes: object) -> None:
        budget.take_element()
        name = tag.rpartition(":")[2]
        if name in _MAX_OF:
            counts[name] += 1
            word, most = _MAX_OF[name]
            if counts[name] > most:
                raise BadCatalog(f"A part of the workbook has more than {most:,} {word}.")

    def refuse(*declaration: object) -> None:
        raise BadCatalog(_ODD_XML)

    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    return parser
