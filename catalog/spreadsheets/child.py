"""The process of an export: it writes a catalog in another format, without a database."""

from catalog.import_errors.problems import BadCatalog

from . import formats

WRITTEN, REFUSED = b"+", b"-"  # What the first byte says about the others.


def main(content: bytes, file_format: str, currency: str) -> bytes:
    """Return the exported JSON in the format, or the sentence that refuses it."""
    try:
        return WRITTEN + formats.written(content, formats.Format(file_format), currency)
    except BadCatalog as error:
        return REFUSED + str(error).encode()
