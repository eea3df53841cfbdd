"""The menu that guests read: stored bytes, with what changed since the menu as their end.

The stored part has no final brace and, compressed, no final block. So the end is appended without
compressing the menu again.
"""

import threading
import zlib
from collections import OrderedDict
from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from django.db.models import (
    BigIntegerField,
    CharField,
    Exists,
    F,
    FilteredRelation,
    OuterRef,
    Q,
    QuerySet,
)

from dsp.models import ChannelKey, MenuContent, Store
from integration.db.compiled import CompiledQuery, ListParameter, Parameter

from . import overlay
from .overlay import End
from .state import sells

_HEADER_BYTES = 10
_TRAILER_BYTES = 8
_MOST_BYTES = 64 * 2**20
_WORD = 2**32


class UnknownStore(Exception):
    """The caller sees no such store."""


class KeyUse(NamedTuple):
    """A channel key as it was found, and when its use was last noted."""

    key_id: int
    last_used_at: datetime | None


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
    return _menu_of(*row)


def find_with_key(
    checksum: str, provider_id: str, known_etags: frozenset[str] = frozenset()
) -> tuple[GuestMenu, KeyUse] | None:
    """Return the menu that a store sells by, which the holder of a good key asks for, in one query.

    None: the key is not good, or it sees no such store, or the store has no menu. The stored bytes
    come along unless this process has them, or the client has those of the same menu.
    """
    held = _menus.get((checksum, provider_id), 0)
    row = next(
        iter(
            _STORE_WITH_KEY.rows(
                checksum=checksum,
                provider_id=provider_id,
                held=[held] if _memory.find(held) else [],
                numbers=_numbers(known_etags),
            )
        ),
        None,
    )
    menu = _menu_of(*row[:7]) if row is not None else None
    if row is None or menu is None:
        return None
    key_id, last_used_at, stored = row[7:]
    if stored is not None:
        _memory.keep(menu.menu_id, bytes(stored))
        if len(_menus) >= _MOST_MENUS:
            _menus.clear()
        _menus[checksum, provider_id] = menu.menu_id
    return menu, KeyUse(key_id, last_used_at)


def _menu_of(
    store_id: int,
    menu_id: int | None,
    revision: int,
    disconnected_at: datetime | None,
    number: int,
    arrival: int,
    received_at: datetime,
) -> GuestMenu | None:
    if menu_id is None or not sells(received_at, disconnected_at):
        return None
    end = overlay.overlay_of(store_id, revision, arrival).end
    # The end belongs to the tag: a change that has run out is not a new revision at once.
    return GuestMenu(menu_id, f"{number}-{revision}-{zlib.crc32(end.text):08x}", end)


def _numbers(etags: frozenset[str]) -> list[int]:
    """Return the numbers of the menus that these tags can be of."""
    numbers = (etag.partition("-")[0] for etag in etags)
    return [int(one) for one in numbers if one.isascii() and one.isdecimal() and len(one) < 10]


def forget() -> None:
    """Forget what was read."""
    _memory.clear()
    _menus.clear()


_KEY = "merchant__channelkey"
_OF_STORE = ("pk", "live_menu_id", "overlay_revision", "disconnected_at")
_OF_MENU = ("live_menu__number", "live_menu__arrival", "live_menu__received_at")


def _store() -> "QuerySet[Store]":
    provider_id = Parameter("provider_id", CharField())
    return Store.objects.filter(provider_id=provider_id, archived_at=None).order_by()


def _store_row() -> "QuerySet[Store, tuple[object, ...]]":
    of_merchant = _store().filter(merchant_id=Parameter("merchant", BigIntegerField()))
    return of_merchant.values_list(*_OF_STORE, *_OF_MENU)


def _store_row_with_key() -> "QuerySet[Store, tuple[object, ...]]":
    """Select by the conditions of `dsp.channel_api.keys` and `KeyHolder.stores`."""
    of_key = ChannelKey.stores.through.objects.filter(channelkey=OuterRef(f"{_KEY}__pk"))
    sees_all = Q(**{f"{_KEY}__is_limited": False}) & ~Exists(of_key)
    sees_it = Exists(of_key.filter(store=OuterRef("pk")))
    checksum = Parameter("checksum", CharField())
    # Of one call, so that all conditions are about one key.
    stores = _store().filter(
        sees_all | sees_it, **{f"{_KEY}__checksum": checksum, f"{_KEY}__revoked_at": None}
    )
    content = "live_menu__content"
    is_held = Q(**{f"{content}__menu__among": ListParameter("held", BigIntegerField())})
    is_known = Q(live_menu__number__among=ListParameter("numbers", BigIntegerField()))
    return stores.annotate(
        key_id=F(f"{_KEY}__pk"),
        last_used_at=F(f"{_KEY}__last_used_at"),
        unsent=FilteredRelation(content, condition=~is_held & ~is_known),
    ).values_list(*_OF_STORE, *_OF_MENU, "key_id", "last_used_at", "unsent__guest_gzip")


_STORE, _STORE_WITH_KEY = map(CompiledQuery, (_store_row, _store_row_with_key))


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
# The menus that were sent last, by key and store: which bytes need not come again.
_menus: dict[tuple[str, str], int] = {}
_MOST_MENUS = 1_000


def _stored(menu_id: int) -> bytes:
    content = _memory.find(menu_id)
    if content is None:
        content = bytes(MenuContent.objects.values_list("guest_gzip", flat=True).get(pk=menu_id))
        _memory.keep(menu_id, content)
    return content
