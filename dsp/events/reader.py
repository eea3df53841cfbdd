"""Reading of events: JSON to the fields that each type must have (contract DSP-EV)."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dsp.orders.reports import STATUSES, Kind, Report
from integration.api.text import storable

from . import fields
from .fields import Malformed

# The published texts disagree on the pause, and are silent on two of the others.
PAUSES = ("location.paused", "location.pause")
RESUMES = ("location.resume", "location.resumed", "location.unpaused")
PUBLISH, UPDATE = "location.publish", "location.update"
_KINDS = ("items", "variations", "modifiers")


@dataclass(frozen=True)
class Event:
    """A readable event of a known type.

    `until` is the end of a pause, None: until a resume. `updates` are kind, stream_id, is_active.
    `report` is what an order event says.
    """

    type: str
    location_id: str
    until: datetime | None = None
    download_url: str = ""
    updates: tuple[tuple[str, str, bool], ...] = ()
    report: Report | None = None


def parse(body: bytes) -> dict[str, Any]:
    """Decode the body to a JSON object, half characters included. Raises Malformed."""
    try:
        sent = json.loads(body.decode("utf-8-sig"), parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise Malformed("The body is not UTF-8.") from error
    except (ValueError, RecursionError) as error:
        raise Malformed("The body is not valid JSON.") from error
    if not isinstance(sent, dict):
        raise Malformed("The body must be a JSON object.")
    return sent


def read(sent: dict[str, Any]) -> Event | None:
    """Check the fields of the event's type; return None for an unknown type. Raises Malformed."""
    event_type = fields.text(sent, "type")
    check = _CHECKS.get(event_type)
    if check is None:
        return None
    location_id = fields.text(sent, "location_id")
    check(sent)
    until = fields.instant(sent, "until_ms") if event_type in PAUSES else None
    if event_type == PUBLISH:
        return Event(event_type, location_id, download_url=fields.text(sent, "download_url"))
    if event_type == UPDATE:
        return Event(event_type, location_id, updates=_updates(sent))
    report = _REPORTS[event_type](sent) if event_type in _REPORTS else None
    return Event(event_type, location_id, until, report=report)


def _accepted(sent: dict[str, Any]) -> Report:
    ready_at = fields.instant(sent, "estimated_ready_at_ms")
    if ready_at == fields.EPOCH:
        ready_at = None  # 0 stands for no estimate.
    return Report(Kind.ACCEPT, fields.text(sent, "order_id"), ready_at=ready_at)


def _failed(sent: dict[str, Any]) -> Report:
    details = fields.obj(sent, "failure_details") or {}
    return Report(
        Kind.FAIL,
        fields.text(sent, "order_id"),
        reason=fields.optional_text(sent, "failure_reason") or "",
        invalid_ids=tuple(map(storable, fields.array(details, "invalid_item_ids") or [])),
        message=fields.optional_text(details, "error_message") or "",
    )


def _canceled(sent: dict[str, Any]) -> Report:
    return Report(Kind.CANCEL, fields.text(sent, "order_id"))


def _changed(sent: dict[str, Any]) -> Report:
    status = fields.optional_text(sent, "order_status_update") or ""
    return Report(STATUSES.get(status, Kind.OTHER), fields.text(sent, "order_id"), status=status)


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _nothing_more(sent: dict[str, Any]) -> None:
    pass


def _publish(sent: dict[str, Any]) -> None:
    if not fields.text(sent, "download_url"):
        raise Malformed("download_url is empty.")


def _update(sent: dict[str, Any]) -> None:
    _updates(sent)


def _updates(sent: dict[str, Any]) -> tuple[tuple[str, str, bool], ...]:
    updates = fields.obj(sent, "object_updates")
    if updates is None:
        raise Malformed("object_updates is missing.")
    found = []
    for kind in _KINDS:
        for update in fields.array(updates, kind) or []:
            if not isinstance(update, dict):
                raise Malformed(f"{kind} must hold objects.")
            stream_id = fields.text(update, "stream_id")
            found.append((kind, stream_id, fields.truth(update, "is_active")))
    return tuple(found)


def _order(sent: dict[str, Any]) -> None:
    fields.text(sent, "order_id")


def _accept(sent: dict[str, Any]) -> None:
    _order(sent)
    fields.instant(sent, "estimated_ready_at_ms")


def _fail(sent: dict[str, Any]) -> None:
    _order(sent)
    fields.optional_text(sent, "failure_reason")
    details = fields.obj(sent, "failure_details")
    if details is None:
        return
    ids = fields.array(details, "invalid_item_ids")
    if ids is None:
        raise Malformed("invalid_item_ids is missing.")
    if not all(isinstance(one, str) for one in ids):
        raise Malformed("invalid_item_ids must hold texts.")
    fields.optional_text(details, "error_message")


def _status(sent: dict[str, Any]) -> None:
    _order(sent)
    fields.optional_text(sent, "order_status_update")


_CHECKS: dict[str, Callable[[dict[str, Any]], None]] = {
    **dict.fromkeys((*PAUSES, *RESUMES), _nothing_more),
    PUBLISH: _publish,
    UPDATE: _update,
    "location.order.accept": _accept,
    "location.order.fail": _fail,
    "location.order.notify_status_change": _status,
    "location.order.cancel": _order,
}
_REPORTS: dict[str, Callable[[dict[str, Any]], Report]] = {
    "location.order.accept": _accepted,
    "location.order.fail": _failed,
    "location.order.notify_status_change": _changed,
    "location.order.cancel": _canceled,
}
