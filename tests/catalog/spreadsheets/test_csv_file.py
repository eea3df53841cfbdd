"""Hostile CSV files: refused with a sentence, in little memory."""

import tracemalloc

import pytest

from catalog.import_errors.problems import BadCatalog, Problems
from catalog.import_export.schema import ARRAYS
from catalog.spreadsheets import csv_file

_CELL = (
    "The file is not valid CSV: row 2 has a cell of more than 131,072 characters, or a quote that"
    " is never closed."
)
_ROW = "Row 2 has more than 2,000,000 characters."


@pytest.mark.parametrize(("byte", "problem"), [(b"\n", _CELL), (b"x", _ROW), (b",", _ROW)])
def test_a_quoted_cell_without_end_is_refused_in_less_than_three_times_its_memory(byte, problem):
    content = b'type,id,name\r\nitem family,fam_1,"' + 10_000_000 * byte
    tracemalloc.start()

    with pytest.raises(BadCatalog) as refused:
        csv_file.read(content, Problems(ARRAYS))

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert str(refused.value) == problem
    assert peak < 3 * len(content)


def test_a_heading_row_without_end_is_refused():
    with pytest.raises(BadCatalog, match="Row 1 has more than 40 columns"):
        csv_file.read(b"type" + 1_000_000 * b";", Problems(ARRAYS))
