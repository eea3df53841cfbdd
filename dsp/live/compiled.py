"""Live menus as objects, kept in the memory of a process: a menu of a number never changes."""

import threading
from collections import OrderedDict
from datetime import datetime
from typing import NamedTuple

from dsp.cart.places import Places
from dsp.menus.schema import PublishedMenu
from dsp.models import MenuContent
from dsp.stored_menus import compiled as stored_form

# The objects of a menu take some two times the bytes that they are stored in.
_MOST_BYTES = 48 * 2**20


class LiveMenu(NamedTuple):
    """A menu that went live, with the index of what can be ordered from it."""

    number: int
    arrival: int
    received_at: datetime
    menu: PublishedMenu
    places: Places


class _Memory:
    """The menus read last, within a total of stored bytes; the latest one always stays."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._menus: OrderedDict[int, tuple[LiveMenu, int]] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()
        self._reading = threading.Lock()

    def get(self, menu_id: int) -> LiveMenu:
        found = self._find(menu_id)
        if found is None:
            # One thread reads: the memory that decoding takes is not needed several times.
            with self._reading:
                found = self._find(menu_id) or self._keep(menu_id, *_read(menu_id))
        return found

    def clear(self) -> None:
        with self._lock:
            self._menus.clear()
            self._bytes = 0

    def _find(self, menu_id: int) -> LiveMenu | None:
        with self._lock:
            if menu_id not in self._menus:
                return None
            self._menus.move_to_end(menu_id)
            return self._menus[menu_id][0]

    def _keep(self, menu_id: int, live: LiveMenu, size: int) -> LiveMenu:
        with self._lock:
            self._menus[menu_id] = live, size
            self._bytes += size
            while self._bytes > self._most_bytes and len(self._menus) > 1:
                _, (_, freed) = self._menus.popitem(last=False)
                self._bytes -= freed
        return live


def of_menu(menu_id: int) -> LiveMenu:
    """Return a menu that has content. Raises MenuContent.DoesNotExist."""
    return _memory.get(menu_id)


def forget() -> None:
    """Forget all menus."""
    _memory.clear()


def _read(menu_id: int) -> tuple[LiveMenu, int]:
    names = ("menu__number", "menu__arrival", "menu__received_at", "compiled")
    row = MenuContent.objects.values_list(*names).get(pk=menu_id)
    number, arrival, received_at, compiled = row
    published = stored_form.unpack(compiled)
    return LiveMenu(number, arrival, received_at, published, Places(published)), len(compiled)


_memory = _Memory(_MOST_BYTES)
