"""Intake of events: archived and applied in one transaction, then answered (contract DSP-EV)."""

import json
import re
from typing import Any, NamedTuple

from django.db import transaction

from dsp.menu_intake import announcing, updates
from dsp.models import ReceivedEvent, Store
from dsp.orders import events as order_events
from dsp.orders.reports import Report
from dsp.stores import pause, turned_away
from integration.api.text import storable
from integration.models import Merchant

from . import reader
from .fields import Malformed
from .reader import Event

Outcome = ReceivedEvent.Outcome
_TYPE_LENGTH = 100
_URL = re.compile(rb'("download_url"\s*:\s*)"((?:[^"\\]|\\.)*)"', re.DOTALL)


class Refused(Exception):
    """The event is answered with an error; `status` is that of the answer."""

    def __init__(self, outcome: str, description: str, status: int, error: str) -> None:
        super().__init__(description)
        self.outcome, self.status, self.error = outcome, status, error


class _Examined(NamedTuple):
    event_type: str
    event: Event | None = None
    problem: str = ""


def receive(merchant: Merchant, body: bytes) -> None:
    """Archive an event of the merchant and apply it. Raises Refused once it is archived."""
    examined = _examine(body)
    refusal: Refused | None = None
    with transaction.atomic():
        record = ReceivedEvent(
            merchant=merchant, event_type=examined.event_type, body=without_signature(body)
        )
        try:
            record.outcome = _apply(record, examined)
        except Refused as error:
            record.outcome, record.problem, refusal = error.outcome, str(error), error
        record.save()
    if refusal is not None:
        raise refusal


def _examine(body: bytes) -> _Examined:
    sent: dict[str, Any] = {}
    try:
        sent = reader.parse(body)
        return _Examined(_type_of(sent), reader.read(sent))
    except Malformed as error:
        return _Examined(_type_of(sent), problem=str(error))


def _type_of(sent: dict[str, Any]) -> str:
    event_type = sent.get("type")
    return storable(event_type)[:_TYPE_LENGTH] if isinstance(event_type, str) else ""


def _apply(record: ReceivedEvent, examined: _Examined) -> str:
    """Apply the event to its store; return the outcome. Raises Refused."""
    if examined.problem:
        raise Refused(Outcome.MALFORMED, examined.problem, 400, "invalid_request")
    event = examined.event
    if event is None:
        return Outcome.UNKNOWN_TYPE
    # Locked: of two pauses at the same instant, the one archived last counts.
    # An order that is being placed refers to its store and need not wait.
    stores = Store.objects.select_for_update(no_key=True).filter(merchant=record.merchant)
    record.store = stores.filter(provider_id=event.location_id).first()
    if record.store is None:
        raise Refused(Outcome.UNKNOWN_STORE, "There is no such store.", 404, "not_found")
    return _apply_to(record.store, event, record)


def _apply_to(store: Store, event: Event, record: ReceivedEvent) -> str:
    if event.report is not None:
        return _apply_to_order(store, event.report, record)
    turned_away.end(store)
    if event.type == reader.PUBLISH:
        return _publish(store, event, record)
    if event.type == reader.UPDATE:
        return _update(store, event, record)
    if event.type in reader.PAUSES:
        has_changed = pause.pause(store, event.until)
    elif event.type in reader.RESUMES:
        has_changed = pause.resume(store)
    else:
        return Outcome.STORED
    return Outcome.APPLIED if has_changed else Outcome.NOTED


def _publish(store: Store, event: Event, record: ReceivedEvent) -> str:
    record.save()  # Its key is the menu's place among the events.
    announcing.announce(store, record, event.download_url)
    return Outcome.STORED


def _update(store: Store, event: Event, record: ReceivedEvent) -> str:
    record.save()
    try:
        has_changed = updates.apply(store, event.updates, record)
    except updates.UnknownObjects as error:
        raise Refused(Outcome.UNKNOWN_OBJECT, str(error), 404, "unknown_object") from error
    return Outcome.APPLIED if has_changed else Outcome.NOTED


def _apply_to_order(store: Store, report: Report, record: ReceivedEvent) -> str:
    try:
        return order_events.apply(store, report, record)
    except order_events.UnknownOrder as error:
        raise Refused(Outcome.UNKNOWN_OBJECT, str(error), 404, "not_found") from error


def without_signature(body: bytes) -> bytes:
    """Return the body with a menu's address cut to host and path: its query may be a secret."""
    return _URL.sub(_cut, body)


def _cut(match: re.Match[bytes]) -> bytes:
    try:
        address = str(json.loads(b'"' + match[2] + b'"', strict=False))
    except ValueError:
        address = ""
    shorter = address.partition("?")[0].partition("#")[0]
    return match[0] if shorter == address else match[1] + json.dumps(shorter).encode()
