"""The menu that guests read: stored bytes, with what changed since the menu as their end.

The stored part has no final brace and, compressed, no final block. So the end is appended without
compressing the menu again.
"""

import threading
import zlib
from collections import OrderedDict
from collections.abc import Collection
from typing import NamedTuple

from django.db.models import BigIntegerField, CharField, QuerySet

from dsp.models import MenuContent, Store
from integration.db.compiled import CompiledQuery, Parameter

from . import overlay
from .overlay import End
from .state import sells

_HEADER_BYTES = 10
_TRAILER_BYTES = 8
_MOST_BYTES = 64 * 2**20
_WORD = 2**32


class UnknownStore(Exception):
    """The caller sees no such store."""


class GuestMenu(NamedTuple):
    """The menu of a store at one state of its availability."""

    menu_id: int
    etag: str
    end: End

    def plain(self) -> bytes:
        stored = _stored(self.menu_id)
        deflated = stored[_HEADER_BYTES:-_TRAILER_BYTES]
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(deflated) + self.end.text

    def compressed(self) -> bytes:
        """Return one member of gzip, whose check and length are those of the whole."""
        stored = _stored(self.menu_id)
        check = int.from_bytes(stored[-8:-4], "little")
        length = int.from_bytes(stored[-4:], "little") + len(self.end.text)
        check = zlib.crc32(self.end.text, check)
        trailer = check.to_bytes(4, "little") + (length % _WORD).to_bytes(4, "little")
        kept = memoryview(stored)[:-_TRAILER_BYTES]  # Not copied twice: it is large.
        return b"".join((kept, self.end.deflated, trailer))


def find(
    merchant_id: int, provider_id: str, store_ids: Collection[int] | None = None
) -> GuestMenu | None:
    """Return the menu that the merchant's store sells by; None: it has none.

    `store_ids` are the stores that the caller sees; None: all. Raises UnknownStore.
    """
    row = next(iter(_STORE.rows(merchant=merchant_id, provider_id=provider_id)), None)
    if row is None or (store_ids is not None and row[0] not in store_ids):
        raise UnknownStore(provider_id)
    store_id, menu_id, revision, disconnected_at, number, arrival, received_at = row
    if menu_id is None or not sells(received_at, disconnected_at):
        return None
    end = overlay.overlay_of(store_id, revision, arrival).end
    # The end belongs to the tag: a change that has run out is not a new revision at once.
    return GuestMenu(menu_id, f"{number}-{revision}-{zlib.crc32(end.text):08x}", end)


def forget() -> None:
    """Forget what was read."""
    _memory.clear()


def _store() -> "QuerySet[Store]":
    return Store.objects.filter(
        merchant_id=Parameter("merchant", BigIntegerField()),
        provider_id=Parameter("provider_id", CharField()),
        archived_at=None,
    ).order_by()


def _store_row() -> "QuerySet[Store, tuple[object, ...]]":
    names = ("number", "arrival", "received_at")
    of_menu = [f"live_menu__{name}" for name in names]
    return _store().values_list(
        "pk", "live_menu_id", "overlay_revision", "disconnected_at", *of_menu
    )


_STORE = CompiledQuery(_store_row)


class _Memory:
    """The stored bytes of the menus read last; a numbered menu never changes."""

    def __init__(self) -> None:
        self._menus: OrderedDict[int, bytes] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def find(self, menu_id: int) -> bytes | None:
        with self._lock:
            if menu_id in self._menus:
                self._menus.move_to_end(menu_id)
            return self._menus.get(menu_id)

    def keep(self, menu_id: int, content: bytes) -> None:
        with self._lock:
            if menu_id not in self._menus:
                self._menus[menu_id] = content
                self._bytes += len(content)
            while self._bytes > _MOST_BYTES and len(self._menus) > 1:
                self._bytes -= len(self._menus.popitem(last=False)[1])

    def clear(self) -> None:
        with self._lock:
            self._menus.clear()
            self._bytes = 0


_memory = _Memory()


def _stored(menu_id: int) -> bytes:
    content = _memory.find(menu_id)
    if content is None:
        content = bytes(MenuContent.objects.values_list("guest_gzip", flat=True).get(pk=menu_id))
        _memory.keep(menu_id, content)
    return content
