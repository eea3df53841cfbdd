"""The sections of an import's page, and the progress it polls every second until the end."""

import hashlib
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse

from catalog.import_jobs.heartbeat import read_progress
from catalog.models import CatalogImport

State = CatalogImport.State
# The sections of the report: name, title and color.
_SECTIONS = (
    ("added", "Added", "success"),
    ("changed", "Changed", "info"),
    ("removed", "Removed (archived)", "danger"),
    ("switched_off", "Switched off", "warning"),
    ("broken", "Not sent to Stream", "danger"),
)


def respond(request: HttpRequest, catalog_import: CatalogImport) -> HttpResponse:
    """Return the progress as JSON, or 304 while nothing has changed."""
    content = orjson.dumps(progress_of(catalog_import))
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    is_known = etag in request.headers.get("If-None-Match", "")
    response = HttpResponse(
        b"" if is_known else content,
        content_type="application/json",
        status=304 if is_known else 200,
    )
    response["ETag"] = etag
    response["Cache-Control"] = "no-cache, private"
    return response


def progress_of(catalog_import: CatalogImport) -> dict[str, Any]:
    """Return state, percentage and text; `percent` is None while the amount of work is unknown."""
    heartbeat = read_progress(catalog_import.pk) if catalog_import.is_work else None
    percent = heartbeat.percent if heartbeat and heartbeat.total else None
    return {
        "state": catalog_import.state,
        "percent": percent,
        "text": _text(catalog_import, heartbeat, percent),
    }


def _text(catalog_import: CatalogImport, heartbeat: Any, percent: int | None) -> str:
    if not catalog_import.is_work:
        return str(catalog_import.get_state_display())
    if heartbeat is None:
        return "Waiting for a worker"
    if catalog_import.state == State.CHECKING:
        return "Reading the file and comparing it with the catalog"
    if percent is None:
        return "Comparing the file with the catalog again"
    if percent == 100:
        return "All rows are written; checking the menu"
    return f"{heartbeat.done:,} of {heartbeat.total:,} rows written"


def sections(report: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the sections that are not empty."""
    return [
        {
            "name": name,
            "title": title,
            "color": color,
            "hidden": report[name]["count"] - len(report[name]["shown"]),
            **report[name],
        }
        for name, title, color in _SECTIONS
        if name in report and report[name]["count"]
    ]


def removed_count(report: dict[str, Any]) -> int:
    """Return how many objects the plan removes."""
    return int(report.get("removed", {}).get("count", 0))
