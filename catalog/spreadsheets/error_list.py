"""Write the errors of an import as a CSV file that spreadsheet programs open."""

import csv
import io
from collections.abc import Iterable, Sequence

from catalog.import_errors.listing import HEADINGS

from .csv_file import BOM, escape_formula


def as_csv(rows: Iterable[Sequence[str]]) -> bytes:
    out = io.StringIO()
    out.write(BOM)
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADINGS)
    writer.writerows([escape_formula(text) for text in row] for row in rows)
    return out.getvalue().encode()
