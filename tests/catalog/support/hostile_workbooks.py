"""Workbooks with one more part, which may unpack to far more than the file's size."""

import io
import zipfile

from openpyxl import Workbook

DTD = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]><x>&a;</x>'


def plain() -> bytes:
    """Return an empty workbook."""
    book, out = Workbook(), io.BytesIO()
    book.save(out)
    return out.getvalue()


def with_part(name: str, *pieces: bytes, repeats: int = 1) -> bytes:
    """Return a workbook with one more part: the first piece, the second repeated, the third."""
    out = io.BytesIO(plain())
    head, body, tail = (*pieces, b"", b"")[:3]
    with (
        zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as book,
        book.open(name, "w", force_zip64=True) as part,
    ):
        part.write(head)
        block = body * 1000
        for _ in range(repeats // 1000):
            part.write(block)
        part.write(tail)
    return out.getvalue()
