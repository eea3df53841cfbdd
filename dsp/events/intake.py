"""Intake of events: archived and applied in one transaction, then answered (contract DSP-EV)."""

import json
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import BigIntegerField, CharField, QuerySet
from django.utils import timezone

from dsp.menu_intake import announcing, updates
from dsp.models import ReceivedEvent, Store
from dsp.orders import events as order_events
from dsp.orders.reports import Report
from dsp.stores import pause, turned_away
from integration.api.text import storable
from integration.db.compiled import CompiledInsert, CompiledQuery, ListParameter, Parameter
from integration.models import Merchant

from . import reader
from .fields import Malformed
from .reader import Event

Outcome = ReceivedEvent.Outcome
BODY_LIMIT = 1_000_000
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
    [refusal] = receive_all(merchant, [body])
    if refusal is not None:
        raise refusal


def receive_all(merchant: Merchant, bodies: Sequence[bytes]) -> list[Refused | None]:
    """Archive events of the merchant and apply them one after the other, in one transaction.

    Returns the refusal of each, None where there is none. With an error none takes effect: several
    raise it at once where one would wait for its store.
    """
    examined = [_examine(body) for body in bodies]
    with transaction.atomic():
        stores = _Stores(merchant, [one.event for one in examined if one.event is not None])
        return [
            _take(merchant, body, one, stores) for body, one in zip(bodies, examined, strict=True)
        ]


class _Stores:
    """The stores of some events, locked until the transaction ends, with orders of several.

    Waiting for one lock while holding others, it could wait for somebody who waits for those.
    """

    def __init__(self, merchant: Merchant, events: Sequence[Event]) -> None:
        # Locked: of two pauses at the same instant, the one archived last counts.
        # An order that is being placed refers to its store and need not wait.
        ids = {event.location_id for event in events}
        query = _STORES if len(ids) > 1 else _STORE
        found = query.objects(merchant=merchant.pk, ids=ids) if ids else iter(())
        self._by_id = {one.provider_id: one for one in found}
        order_ids = {event.report.order_id for event in events if event.report is not None}
        if len(order_ids) > 1:
            order_events.lock_several(self._by_id.values(), order_ids)
        self._used: set[str] = set()

    def of(self, event: Event) -> Store | None:
        """Return the event's store as it is now."""
        store = self._by_id.get(event.location_id)
        if store is not None and event.location_id in self._used:
            store = Store.objects.get(pk=store.pk)  # An event before this one may have changed it.
        self._used.add(event.location_id)
        return store


def _locked(*, nowait: bool) -> "QuerySet[Store]":
    return (
        Store.objects.filter(
            merchant_id=Parameter("merchant", BigIntegerField()),
            provider_id__among=ListParameter("ids", CharField()),
        )
        .select_for_update(no_key=True, nowait=nowait)
        .order_by("pk")
    )


_STORE = CompiledQuery(lambda: _locked(nowait=False))
_STORES = CompiledQuery(lambda: _locked(nowait=True))
_ARCHIVE = CompiledInsert(ReceivedEvent)
_COLUMNS = ("merchant_id", "store_id", "event_type", "body", "outcome", "problem")


def _take(merchant: Merchant, body: bytes, examined: _Examined, stores: _Stores) -> Refused | None:
    refusal: Refused | None = None
    record = ReceivedEvent(
        merchant=merchant, event_type=examined.event_type, body=without_signature(body)
    )
    try:
        record.outcome = _apply(record, examined, stores)
    except Refused as error:
        record.outcome, record.problem, refusal = error.outcome, str(error), error
    if record.pk is None:
        values = {name: getattr(record, name) for name in _COLUMNS}
        _ARCHIVE.execute(received_at=timezone.now(), **values)
    else:
        record.save()
    return refusal


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


def _apply(record: ReceivedEvent, examined: _Examined, stores: _Stores) -> str:
    """Apply the event to its store; return the outcome. Raises Refused."""
    if examined.problem:
        raise Refused(Outcome.MALFORMED, examined.problem, 400, "invalid_request")
    event = examined.event
    if event is None:
        return Outcome.UNKNOWN_TYPE
    record.store = stores.of(event)
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
