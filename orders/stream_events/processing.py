"""Applies the archived events to the followed orders, in batches (contract EV).

Only one batch runs at a time, wherever it runs, so an event never misses the order that another
batch is confirming. Any order of events leads to the same end: statuses have ranks, and an update
before the confirmation waits for it.
"""

import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from integration.clocks import heartbeat
from integration.db import bulk, database_time, outages
from orders.dispatch import progress
from orders.models import FollowedEvent, FollowedOrder, StreamEvent

from . import application, locations, matching
from .application import Tracked
from .reader import Event, Unreadable, read
from .schema import ConfirmedOrder

log = logging.getLogger(__name__)

Outcome = StreamEvent.Outcome
BATCH_SIZE = 200
_LOCK = 0x53_45_56  # Any number that no other advisory lock of this database has.
_IDS = ("stream_location_id", "stream_order_id")
_REASON_LENGTH = 500
_NOT_APPLIED = "It could not be applied because of an error in this software; see its log."


class _Busy(Exception):
    """Another process is applying a batch."""


@dataclass
class _Item:
    """An event of a batch and what becomes of it."""

    record: StreamEvent
    event: Event | None
    outcome: str
    reason: str = ""
    tracked: Tracked | None = None

    @property
    def ids(self) -> bulk.Pair:
        if self.event is None:
            return "", ""
        order = self.event.order
        return self.event.location_id, "" if order is None else order.id


def process_due() -> int:
    """Apply everything received, oldest first, and return how many events that were.

    One query if there is nothing. It may run twice at once: the second run ends.
    """
    count = 0
    while keys := _due():
        heartbeat.step()
        try:
            _process(keys)
        except _Busy:
            break
        count += len(keys)
    return count


def release_waiting() -> int:
    """Have the waiting events processed again whose order is there."""
    order = FollowedOrder.objects.filter(**{name: OuterRef(name) for name in _IDS})
    waiting = StreamEvent.objects.filter(Exists(order), outcome=Outcome.WAITING)
    return waiting.update(outcome=Outcome.RECEIVED)


def _due() -> list[int]:
    received = StreamEvent.objects.filter(outcome=Outcome.RECEIVED).order_by("pk")
    return list(received.values_list("pk", flat=True)[:BATCH_SIZE])


def _process(keys: Sequence[int], *, is_last_try: bool = False) -> None:
    """Apply these events; one that fails twice is put aside, so it holds up none of the others."""
    try:
        _apply_batch(keys)
    except Exception as error:
        if isinstance(error, _Busy) or outages.is_outage(error):
            raise
        if len(keys) > 1:
            half = len(keys) // 2
            _process(keys[:half])
            _process(keys[half:])
        elif not is_last_try:
            _process(keys, is_last_try=True)
        else:
            _put_aside(keys[0])


def _put_aside(key: int) -> None:
    log.exception("The Stream event %s could not be applied.", key)
    due = StreamEvent.objects.filter(pk=key, outcome=Outcome.RECEIVED)
    due.update(outcome=Outcome.UNREADABLE, reason=_NOT_APPLIED)


@transaction.atomic
def _apply_batch(keys: Sequence[int]) -> None:
    _lock()
    due = StreamEvent.objects.filter(pk__in=bulk.keys_in(keys), outcome=Outcome.RECEIVED)
    items = [_read(record) for record in due.order_by("pk")]
    known = [item for item in items if item.event is not None and item.event.order is not None]
    if known:
        _follow(known, database_time.now())
    _write_outcomes(items)


def _lock() -> None:
    """Make other batches wait for the next round; SQLite has one writer at a time anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
            if cursor.fetchone() != (True,):
                raise _Busy


def _read(record: StreamEvent) -> _Item:
    try:
        event = read(bytes(record.body))
    except Unreadable as error:
        return _Item(record, None, Outcome.UNREADABLE, str(error))
    outcome = Outcome.UNKNOWN_TYPE if event.order is None else Outcome.WAITING
    return _Item(record, event, outcome, " ".join(event.left_out))


def _follow(items: list[_Item], now: datetime) -> None:
    """Apply the events to their orders and write those."""
    places = locations.resolve([item.event for item in items if item.event], now)
    orders = _existing(items)
    for item in items:
        _apply(item, orders, places)
    for item in items:  # Those that came just before their confirmation.
        if item.tracked is None:
            _apply(item, orders, places)
    tracked = [one for one in orders.values() if one.is_new or one.is_changed]
    matching.match([one.order for one in tracked])
    _write_orders(tracked, now)
    bulk.insert(FollowedEvent, [entry for one in orders.values() for entry in one.history])
    _tell_drivers(tracked)
    _release([one.order for one in tracked if one.is_new])


def _existing(items: list[_Item]) -> dict[bulk.Pair, Tracked]:
    """Return the orders that the events are about, locked, by Stream's IDs."""
    keys = bulk.keys_of_pairs(FollowedOrder, _IDS, {item.ids for item in items})
    rows = FollowedOrder.objects.filter(pk__in=keys).order_by("pk").select_for_update()
    return {(row.stream_location_id, row.stream_order_id): Tracked(row) for row in rows}


def _apply(item: _Item, orders: dict[bulk.Pair, Tracked], places: locations.Places) -> None:
    """Apply an event to its order, which a confirmation begins; without one, the event waits."""
    event, tracked = item.event, orders.get(item.ids)
    assert event is not None
    if tracked is None:
        if not isinstance(event.order, ConfirmedOrder):
            return
        tracked = orders[item.ids] = application.begin(item.record, event, event.order)
    item.tracked = tracked
    item.outcome = application.apply(tracked, item.record, event, places.of(event))


def _write_orders(tracked: list[Tracked], now: datetime) -> None:
    for one in tracked:
        one.order.updated_at = now
    bulk.insert(FollowedOrder, [application.row_of(one.order) for one in tracked if one.is_new])
    changed = [application.row_of(one.order) for one in tracked if not one.is_new]
    bulk.update(FollowedOrder, changed)


def _tell_drivers(tracked: list[Tracked]) -> None:
    """Record on our own drivers' assignments when they left and arrived, to the minute."""
    told: dict[tuple[datetime, str], list[tuple[datetime, UUID]]] = defaultdict(list)
    for one in tracked:
        for status, at in one.deliveries:
            minute = at.replace(second=0, microsecond=0)
            told[minute, status].append((at, one.order.pk))
    for (_, status), entries in sorted(told.items()):
        at, keys = max(at for at, _ in entries), [key for _, key in entries]
        if status == application.UNDELIVERED:
            progress.record_end(keys, at)
        else:
            progress.record_status(status, keys, at)


def _release(confirmed: list[FollowedOrder]) -> None:
    """Have the events processed that waited for these orders: they are due again."""
    if not confirmed:
        return
    ids = [(order.stream_location_id, order.stream_order_id) for order in confirmed]
    keys = bulk.keys_of_pairs(StreamEvent, _IDS, ids, f"outcome = '{Outcome.WAITING}'")
    StreamEvent.objects.filter(pk__in=keys).update(outcome=Outcome.RECEIVED)


def _write_outcomes(items: list[_Item]) -> None:
    rows = [
        {
            "id": item.record.pk,
            "outcome": item.outcome,
            "reason": item.reason[:_REASON_LENGTH],
            "stream_location_id": item.ids[0],
            "stream_order_id": item.ids[1],
            "followed_id": None if item.tracked is None else item.tracked.order.pk.hex,
        }
        for item in items
    ]
    bulk.update(StreamEvent, rows)
    # What an erased order's late events say is erased as well.
    erased = [item.record.pk for item in items if item.tracked and item.tracked.order.erased_at]
    if erased:
        late = StreamEvent.objects.filter(pk__in=erased)
        late.update(body=b"", erased_at=database_time.now())
