"""What the page of an import shows, and what it asks for every second until it is over."""

import hashlib
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse

from catalog.import_jobs.heartbeat import heard_of
from catalog.models import CatalogImport

State = CatalogImport.State
# Of the report: name, title, and what there is to say of it before and after.
_SECTIONS = (
    ("added", "Added", "success"),
    ("changed", "Changed", "info"),
    ("removed", "Removed (archived)", "danger"),
    ("switched_off", "Switched off", "warning"),
    ("broken", "Kept out of what Stream gets", "danger"),
)


def respond(request: HttpRequest, asked: CatalogImport) -> HttpResponse:
    """304 as long as nothing is new."""
    content = orjson.dumps(progress_of(asked))
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


def progress_of(asked: CatalogImport) -> dict[str, Any]:
    """`percent` is None while nobody knows how much there is to do."""
    heard = heard_of(asked.pk) if asked.is_work else None
    percent = heard.percent if heard and heard.total else None
    return {"state": asked.state, "percent": percent, "text": _text(asked, heard, percent)}


def _text(asked: CatalogImport, heard: Any, percent: int | None) -> str:
    if not asked.is_work:
        return str(asked.get_state_display())
    if heard is None:
        return "Waiting for a worker"
    if asked.state == State.CHECKING:
        return "Reading the file and comparing it with the catalog"
    if percent is None:
        return "Comparing the file with the catalog once more"
    if percent == 100:
        return "All is written; the menu is checked"
    return f"{heard.done:,} of {heard.total:,} rows are written"


def sections(report: dict[str, Any]) -> list[dict[str, Any]]:
    """Those that have something in them."""
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
