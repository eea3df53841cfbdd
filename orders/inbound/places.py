"""Which menu each location sold when it was asked last, as this process remembers.

Only a guess: every order asks the database which menu is current.
"""

import threading
from collections import OrderedDict
from typing import NamedTuple

from catalog.compiled.memory import Version

_MOST = 10_000


class Place(NamedTuple):
    """A location's key, and the version of its menu."""

    location_id: int
    menu: Version


class Places:
    """Places by the location's ID; the least recently changed make room."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, Place] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, provider_id: str) -> Place | None:
        return self._known.get(provider_id)

    def remember(self, provider_id: str, place: Place) -> None:
        with self._lock:
            self._known[provider_id] = place
            self._known.move_to_end(provider_id)
            if len(self._known) > _MOST:
                self._known.popitem(last=False)


places = Places()
