"""Write a large catalog as a spreadsheet in a process of its own."""

import logging

from catalog.import_errors.problems import BadCatalog
from integration.bounded import process
from integration.bounded.process import Limits, OutOfBounds
from integration.bounded.turns import Turns

from . import child
from .formats import Format

log = logging.getLogger(__name__)

# 30,000 families as XLSX take ten seconds and 205 MB where nothing else runs.
LIMITS = Limits(memory_mb=512, seconds=120)
turns = Turns(2)


def written(content: bytes, file_format: Format, currency: str) -> bytes:
    """Return an exported catalog in the format.

    Raises BadCatalog if it is too large for the limits or a text is too long for the format, or
    Busy if others export now.
    """
    if file_format == Format.JSON:
        return content
    call = ("catalog.spreadsheets.child:main", file_format.value, currency)
    with turns.take():
        try:
            result = process.run(*call, content=content, limits=LIMITS)
        except OutOfBounds as error:
            log.warning("An export as %s was ended: %s", file_format.label, error)
            raise BadCatalog(
                f"This menu is too large to export as {file_format.label} here: choose JSON or use"
                " the command export_catalog."
            ) from error
    if result.startswith(child.REFUSED):
        raise BadCatalog(result[1:].decode())
    return result[1:]
