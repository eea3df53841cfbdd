"""Changes of availability between two menus (contract DSP-EV-UPDATE).

They lie over the live menu, and over one being read if they arrived after it. The caller holds the
lock of the store, so they are applied in the order of their arrival.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F

from dsp.models import AvailabilityChange, MenuContent, ReceivedEvent, ReceivedMenu, Store
from integration.db import database_time

from . import object_ids, queue

Kind = AvailabilityChange.Kind
Verdict = ReceivedMenu.Verdict
Key = tuple[str, str]  # Kind and stream_id.
_KINDS = {Kind.ITEMS: "item", Kind.VARIATIONS: "variation", Kind.MODIFIERS: "modifier"}
_AT_ONCE = 500
_WRITTEN_AT_ONCE = 2_000
_NAMED = 20


class UnknownObjects(Exception):
    """The store's menu lacks these objects; those that it has were changed. For a 404."""


def apply(store: Store, changes: Iterable[tuple[str, str, bool]], received: ReceivedEvent) -> bool:
    """Switch the objects on and off; return True if anything changed. Raises UnknownObjects."""
    wanted = {(kind, stream_id): is_active for kind, stream_id, is_active in changes}
    known, unknown = _sorted(store, wanted)
    rows = [_row(store, key, wanted[key], received.pk) for key in known]
    has_changed = _write(store, rows)
    newest = queue.latest(store.pk)
    if newest is not None and newest.verdict in (Verdict.REFUSED, Verdict.UNREACHABLE):
        raise UnknownObjects("The last menu was not taken. Publish the whole menu again.")
    if unknown:
        raise UnknownObjects(f"No menu of this store has: {_named(unknown)}.")
    return has_changed


def switch_off(
    store: Store, stream_ids: Iterable[str], arrival: int, until: datetime | None, reason: str
) -> bool:
    """Switch off what the ids name, of whatever kind; return True if anything changed.

    `until` ends it by itself, as do the next publish and the next update of the object.
    """
    wanted = [(kind, stream_id) for stream_id in stream_ids for kind in _KINDS]
    known, _ = _sorted(store, wanted)
    off = {
        (row.kind, row.stream_id)
        for row in _stored(store, known)
        if not row.is_active and row.until is None
    }
    rows = [
        _row(store, key, False, arrival, until=until, reason=reason[:200])
        for key in known
        if key not in off
    ]
    return _write(store, rows)


def end_due() -> None:
    """End the changes whose time is over."""
    due = AvailabilityChange.objects.filter(until__lte=database_time.now())
    for store_id in set(due.values_list("store_id", flat=True)):
        with transaction.atomic():
            Store.objects.select_for_update().get(pk=store_id)
            if due.filter(store=store_id).delete()[0]:
                _count_change(store_id)


def _sorted(store: Store, keys: Iterable[Key]) -> tuple[list[Key], list[Key]]:
    """Return the objects that the live menu has, and the others."""
    checksums = _kept.of(store.live_menu_id)
    known: list[Key] = []
    unknown: list[Key] = []
    for key in keys:
        (known if object_ids.has(checksums, *key) else unknown).append(key)
    return known, unknown


def _row(
    store: Store,
    key: Key,
    is_active: bool,
    arrival: int,
    *,
    until: datetime | None = None,
    reason: str = "",
) -> AvailabilityChange:
    return AvailabilityChange(
        store=store,
        kind=key[0],
        stream_id=key[1],
        is_active=is_active,
        arrival=arrival,
        until=until,
        reason=reason,
    )


def _write(store: Store, rows: Sequence[AvailabilityChange]) -> bool:
    """Store what is newer than before; return True if a guest sees a difference."""
    before = {
        (row.kind, row.stream_id): row
        for row in _stored(store, [(row.kind, row.stream_id) for row in rows])
    }
    newer = [row for row in rows if not _is_outdated(row, before)]
    AvailabilityChange.objects.bulk_create(
        newer,
        batch_size=_WRITTEN_AT_ONCE,
        update_conflicts=True,
        unique_fields=["store", "kind", "stream_id"],
        update_fields=["is_active", "arrival", "until", "reason"],
    )
    has_changed = any(_differs(row, before.get((row.kind, row.stream_id))) for row in newer)
    if has_changed:
        _count_change(store.pk)
    return has_changed


def _is_outdated(row: AvailabilityChange, before: Mapping[Key, AvailabilityChange]) -> bool:
    stored = before.get((row.kind, row.stream_id))
    return stored is not None and stored.arrival > row.arrival


def _differs(row: AvailabilityChange, stored: AvailabilityChange | None) -> bool:
    return stored is None or (stored.is_active, stored.until) != (row.is_active, row.until)


def _stored(store: Store, keys: Sequence[Key]) -> list[AvailabilityChange]:
    found: list[AvailabilityChange] = []
    for kind in _KINDS:
        ids = [stream_id for one, stream_id in keys if one == kind]
        for start in range(0, len(ids), _AT_ONCE):
            some = ids[start : start + _AT_ONCE]
            found += AvailabilityChange.objects.filter(store=store, kind=kind, stream_id__in=some)
    return found


def _count_change(store_id: int) -> None:
    Store.objects.filter(pk=store_id).update(overlay_revision=F("overlay_revision") + 1)


def _named(keys: Sequence[Key]) -> str:
    names = [f"{stream_id[:255]} ({_KINDS[Kind(kind)]})" for kind, stream_id in keys[:_NAMED]]
    more = len(keys) - _NAMED
    return ", ".join(names) + (f", and {more} more" if more > 0 else "")


class _Kept:
    """The checksums of menus that were live lately; those of a menu never change."""

    _MOST = 64  # Of a thousand dishes, 30 kB each.

    def __init__(self) -> None:
        self._by_menu: OrderedDict[int, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, menu_id: int | None) -> bytes:
        """Return those of the menu; none if there is no menu."""
        if menu_id is None:
            return b""
        with self._lock:
            if menu_id in self._by_menu:
                self._by_menu.move_to_end(menu_id)
                return self._by_menu[menu_id]
        stored = MenuContent.objects.filter(pk=menu_id).values_list("object_ids", flat=True)
        checksums = bytes(stored.first() or b"")
        if checksums:
            with self._lock:
                self._by_menu[menu_id] = checksums
                while len(self._by_menu) > self._MOST:
                    self._by_menu.popitem(last=False)
        return checksums

    def forget(self) -> None:
        self._by_menu.clear()


_kept = _Kept()
forget = _kept.forget
