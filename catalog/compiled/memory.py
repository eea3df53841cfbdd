"""The compiled menus that this process holds, within `ORDER_MENU_MEMORY_MB`."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

from django.conf import settings

from . import store
from .menu import Menu

# Objects take this many times the bytes that they are stored in, as measured.
_GROWTH = 9
_MB = 2**20
# A menu used lately makes no room. Otherwise, with a few merchants too many, each order would have
# to load a menu, which takes longer than to ask for the rows.
_IN_USE_SECONDS = 60


class Version(NamedTuple):
    """A compiled menu by its content, which is the same wherever its `etag` is the same."""

    merchant_id: int
    etag: str
    size: int

    @property
    def room(self) -> int:
        return self.size * _GROWTH


class Memory:
    """Menus by version; those unused for a while make room for others."""

    def __init__(self, most_bytes: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most_bytes, self._clock = most_bytes, clock
        self._held: OrderedDict[Version, Menu] = OrderedDict()  # The least recently used first.
        self._used_at: dict[Version, float] = {}
        self._loading: set[Version] = set()
        self._lock = threading.Lock()

    def get(self, version: Version) -> Menu | None:
        """Return the menu if it is held."""
        with self._lock:
            menu = self._held.get(version)
            if menu is not None:
                self._held.move_to_end(version)
                self._used_at[version] = self._clock()
            return menu

    def load(self, version: Version) -> Menu | None:
        """Return the menu, read from the database if need be.

        None if there is no room for it, another thread is reading it, or a newer one has replaced
        it.
        """
        menu = self.get(version)
        if menu is not None:
            return menu
        with self._lock:
            if version in self._loading or not self._make_room(version):
                return None
            self._loading.add(version)
        try:
            menu = store.load(version.merchant_id, version.etag)
            with self._lock:
                if menu is not None and self._make_room(version):
                    self._held[version] = menu
                    self._used_at[version] = self._clock()
            return menu
        finally:
            self._loading.discard(version)

    def _make_room(self, version: Version) -> bool:
        """Drop the merchant's older menu and what has not been used for a while, if need be."""
        for older in [one for one in self._held if one.merchant_id == version.merchant_id]:
            self._drop(older)
        while sum(one.room for one in self._held) + version.room > self._most_bytes:
            oldest = next(iter(self._held), None)
            if oldest is None or self._clock() - self._used_at[oldest] < _IN_USE_SECONDS:
                return False
            self._drop(oldest)
        return True

    def _drop(self, version: Version) -> None:
        del self._held[version], self._used_at[version]


menus = Memory(settings.ORDER_MENU_MEMORY_MB * _MB)
