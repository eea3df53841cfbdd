"""The merchants that authorized Stream in one of its roles."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from .errors import SandboxError
from .records import Connection


class Accounts:
    """Connections by merchant, thread-safe. `version` grows with every change."""

    def __init__(self, remedy: str) -> None:
        self._remedy = remedy
        self._lock = threading.RLock()
        self._connections: dict[str, Connection] = {}
        self._version = 0

    @property
    def version(self) -> int:
        return self._version

    def touch(self) -> None:
        """Make the page refresh after a change that is kept elsewhere."""
        with self._lock:
            self._version += 1

    def connection(self, merchant_id: str | None = None) -> Connection:
        """Return the merchant's connection, or the latest one without a merchant."""
        with self._lock:
            if not self._connections:
                raise SandboxError(
                    f"No merchant is connected yet: connect one first ({self._remedy}).",
                    status=409,
                )
            if merchant_id is None:
                return list(self._connections.values())[-1]
            if merchant_id not in self._connections:
                raise SandboxError(f"The merchant {merchant_id!r} is not connected.", status=404)
            return self._connections[merchant_id]

    def connections(self) -> list[Connection]:
        with self._lock:
            return list(self._connections.values())

    def add_connection(self, connection: Connection) -> None:
        """Store a connection; a known merchant's pulled data is kept, the tokens are replaced."""
        with self._lock:
            known = self._connections.pop(connection.merchant_id, None)
            if known is not None:
                connection = replace(connection, locations=known.locations, catalogs=known.catalogs)
            self._connections[connection.merchant_id] = connection
            self._version += 1

    def change_connection(
        self, merchant_id: str, change: Callable[[Connection], Connection]
    ) -> Connection:
        with self._lock:
            changed = change(self.connection(merchant_id))
            self._connections[merchant_id] = changed
            self._version += 1
            return changed

    def keep_location_connection(self, merchant_id: str, location_id: str, value: bool) -> None:
        self.change_connection(
            merchant_id,
            lambda known: replace(known, connected={**known.connected, location_id: value}),
        )

    def keep_locations(self, merchant_id: str, locations: tuple[Mapping[str, Any], ...]) -> None:
        """Keep the listed locations; which of them are connected must be asked anew."""
        self.change_connection(
            merchant_id, lambda known: replace(known, locations=locations, connected={})
        )
