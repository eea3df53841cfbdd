"""Availability that came after a menu: Stream's updates, and what failed orders switched off."""

import threading
import zlib
from collections import OrderedDict
from datetime import datetime
from typing import NamedTuple

import orjson

from dsp.models import AvailabilityChange, Store
from integration.db import database_time

_MOST_STORES = 256
_MOST_CHANGES = 200_000


class End(NamedTuple):
    """The end of a guest's menu: its JSON, and the same as the last blocks of a deflate stream."""

    text: bytes
    deflated: bytes


class Overlay(NamedTuple):
    """The changes that count for one menu, by array and stream_id; never to be modified."""

    changes: dict[tuple[str, str], bool]
    ends_at: datetime | None  # When the first of them ends by itself.
    end: End


class _Memory:
    """Overlays of the stores asked for last; each holds for one revision of its store."""

    def __init__(self) -> None:
        self._overlays: OrderedDict[int, tuple[tuple[int, int], Overlay]] = OrderedDict()
        self._changes = 0
        self._lock = threading.Lock()

    def find(self, store_id: int, version: tuple[int, int]) -> Overlay | None:
        with self._lock:
            known, overlay = self._overlays.get(store_id, (None, None))
            if overlay is None or known != version or _has_ended(overlay):
                return None
            self._overlays.move_to_end(store_id)
            return overlay

    def keep(self, store_id: int, version: tuple[int, int], overlay: Overlay) -> None:
        with self._lock:
            self._drop(store_id)
            self._overlays[store_id] = version, overlay
            self._changes += len(overlay.changes)
            while len(self._overlays) > _MOST_STORES or (
                self._changes > _MOST_CHANGES and len(self._overlays) > 1
            ):
                self._drop(next(iter(self._overlays)))

    def clear(self) -> None:
        with self._lock:
            self._overlays.clear()
            self._changes = 0

    def _drop(self, store_id: int) -> None:
        _, overlay = self._overlays.pop(store_id, (None, None))
        self._changes -= len(overlay.changes) if overlay else 0


_memory = _Memory()


def updates_of(store: Store, arrival: int) -> dict[tuple[str, str], bool]:
    """Return what is on or off in spite of the menu of that arrival; do not change it.

    It is as new as the store's row.
    """
    return overlay_of(store.pk, store.overlay_revision, arrival).changes


def overlay_of(store_id: int, revision: int, arrival: int) -> Overlay:
    """Return the changes for the menu of that arrival, at least as new as the store's revision."""
    version = revision, arrival
    overlay = _memory.find(store_id, version)
    if overlay is None:
        overlay = _read(store_id, arrival)
        _memory.keep(store_id, version, overlay)
    return overlay


def forget() -> None:
    """Forget what was read."""
    _memory.clear()


def _read(store_id: int, arrival: int) -> Overlay:
    now = database_time.now()
    rows = AvailabilityChange.objects.filter(store_id=store_id, arrival__gt=arrival).values_list(
        "kind", "stream_id", "is_active", "until"
    )
    counting = [row for row in rows if row[3] is None or row[3] > now]
    changes = {(kind, stream_id): is_active for kind, stream_id, is_active, _ in counting}
    ends_at = min((row[3] for row in counting if row[3]), default=None)
    return Overlay(changes, ends_at, _end(changes))


def _end(changes: dict[tuple[str, str], bool]) -> End:
    """Return the same bytes in every process: they decide about the menu's ETag."""
    arrays: dict[str, dict[str, bool]] = {name: {} for name in AvailabilityChange.Kind.values}
    for (kind, stream_id), is_active in sorted(changes.items()):
        arrays[kind][stream_id] = is_active
    text = b',"availability":' + orjson.dumps(arrays) + b"}"
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return End(text, packer.compress(text) + packer.flush())


def _has_ended(overlay: Overlay) -> bool:
    return overlay.ends_at is not None and overlay.ends_at <= database_time.now()
