"""The errors for which a file was refused: a table on its page, and a CSV file."""

from typing import Any

from django.http import Http404, HttpResponse

from catalog.import_errors.listing import HEADINGS
from catalog.models import CatalogImport
from catalog.spreadsheets import error_list


def table(report: dict[str, Any]) -> dict[str, Any] | None:
    """Return the table for the page, or None if there is nothing to list."""
    errors = report.get("errors")
    if not errors:
        return None
    hidden = errors["count"] - len(errors["shown"])
    return {"headings": HEADINGS, "rows": errors["shown"], "hidden": hidden, **errors}


def respond(catalog_import: CatalogImport) -> HttpResponse:
    """Return the errors as CSV."""
    errors = catalog_import.report.get("errors")
    if not errors:
        raise Http404
    response = HttpResponse(
        error_list.as_csv(errors["shown"]), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = (
        f'attachment; filename="import-{catalog_import.pk}-errors.csv"'
    )
    return response
