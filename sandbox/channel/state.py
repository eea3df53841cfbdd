"""The state of the channel's role: in memory only, thread-safe and bounded."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sandbox.accounts import Accounts
from sandbox.errors import SandboxError
from sandbox.log import MAX_RECORDS, Log
from sandbox.state import now_ms

from .records import (
    Arrangement,
    ChannelOrder,
    EventAttempt,
    MenuFile,
    Misconduct,
    ReceivedEvent,
    Store,
)

KEPT_FILES = 3  # Of each store.
MAX_WAIT_SECONDS = 30.0


class ChannelState(Accounts):
    """Everything about the channel. `version` grows with every change."""

    def __init__(self) -> None:
        super().__init__("POST /api/channel/connect")
        self._changed = threading.Condition(self._lock)
        self._stores: dict[str, Store] = {}
        self._orders: dict[str, ChannelOrder] = {}
        self._files: dict[str, list[MenuFile]] = {}
        self.received: Log[ReceivedEvent] = Log(self.touch)
        self.attempts: Log[EventAttempt] = Log(self.touch)
        self._arrangements: dict[str, Arrangement] = {}
        self.receiver = Misconducts(self.touch)
        self.file_server = Misconducts(self.touch)

    def stores(self) -> list[Store]:
        with self._lock:
            return list(self._stores.values())

    def store(self, store_id: str) -> Store:
        with self._lock:
            if store_id not in self._stores:
                raise SandboxError(
                    f"The channel has no store {store_id!r}: get its stores first.", status=404
                )
            return self._stores[store_id]

    def find_store(self, store_id: str) -> Store | None:
        with self._lock:
            return self._stores.get(store_id)

    def stores_of(self, location_id: str) -> list[Store]:
        """Return the stores that are linked to a POS's location."""
        return [store for store in self.stores() if store.location_id == location_id]

    def add_stores(self, merchant_id: str, store_ids: list[str]) -> None:
        """Keep the listed stores of a merchant; known ones stay as they are."""
        with self._lock:
            for store_id in store_ids[:MAX_RECORDS]:
                known = self._stores.get(store_id, Store(store_id, merchant_id))
                self._stores[store_id] = replace(known, merchant_id=merchant_id)
            self._version += 1

    def change_store(self, store_id: str, **changes: Any) -> Store:
        with self._lock:
            self._stores[store_id] = replace(self.store(store_id), **changes)
            self._version += 1
            return self._stores[store_id]

    def add_file(self, store_id: str, content: bytes) -> MenuFile:
        """Keep a menu file under a number of its own; the oldest of the store is dropped."""
        with self._lock:
            number = self.store(store_id).publishes + 1
            file = MenuFile(store_id, number, content, secrets.token_hex(16))
            self._files[store_id] = [*self._files.get(store_id, []), file][-KEPT_FILES:]
            self.change_store(store_id, publishes=number)
            return file

    def file(self, store_id: str, number: int) -> MenuFile | None:
        with self._lock:
            files = self._files.get(store_id, [])
            return next((file for file in files if file.number == number), None)

    def add_order(self, order: ChannelOrder) -> ChannelOrder | None:
        """Keep an order; a known one is returned instead and stays as it is."""
        with self._changed:
            known = self._orders.get(order.key)
            if known is not None:
                return known
            self._orders[order.key] = order
            while len(self._orders) > MAX_RECORDS:
                del self._orders[next(iter(self._orders))]
            self._announce()
            return None

    def order(self, key: str) -> ChannelOrder:
        with self._lock:
            if key not in self._orders:
                raise SandboxError(f"No order {key!r} has been received.", status=404)
            return self._orders[key]

    def has_order(self, key: str) -> bool:
        with self._lock:
            return key in self._orders

    def orders(self) -> list[ChannelOrder]:
        with self._lock:
            return list(self._orders.values())

    def change_order(
        self, key: str, change: Callable[[ChannelOrder], ChannelOrder]
    ) -> ChannelOrder:
        with self._changed:
            self._orders[key] = change(self.order(key))
            self._announce()
            return self._orders[key]

    def note(self, key: str, text: str, **changes: Any) -> ChannelOrder:
        """Add a line to an order's history, with the changes that it tells of."""
        return self.change_order(key, lambda order: order.noted(now_ms(), text, **changes))

    def await_order(
        self, matches: Callable[[ChannelOrder], bool], seconds: float
    ) -> list[ChannelOrder]:
        """Return the matching orders, waiting up to `seconds` for the first one."""
        deadline = time.monotonic() + min(seconds, MAX_WAIT_SECONDS)
        with self._changed:
            while True:
                found = [order for order in self._orders.values() if matches(order)]
                left = deadline - time.monotonic()
                if found or left <= 0:
                    return found
                self._changed.wait(left)

    def set_arrangement(self, arrangement: Arrangement) -> None:
        with self._lock:
            self._arrangements[arrangement.type] = arrangement
            self._version += 1

    def take_arrangement(self, event_type: str) -> Arrangement | None:
        """Consume one use of what is arranged for this type, or else for every type."""
        with self._lock:
            for name in (event_type, ""):
                planned = self._arrangements.get(name)
                if planned is not None and planned.times_left > 0:
                    left = planned.times_left - 1
                    self._arrangements[name] = replace(planned, times_left=left)
                    self._version += 1
                    return planned
            return None

    def arrangements(self) -> list[Arrangement]:
        with self._lock:
            return [row for row in self._arrangements.values() if row.times_left]

    def _announce(self) -> None:
        self._version += 1
        self._changed.notify_all()


class Misconducts:
    """The planned answers of one receiver."""

    def __init__(self, touch: Callable[[], None]) -> None:
        self._lock = threading.Lock()
        self._touch = touch
        self._planned = Misconduct()

    @property
    def planned(self) -> Misconduct:
        return self._planned

    def plan(self, misconduct: Misconduct) -> None:
        with self._lock:
            self._planned = misconduct
        self._touch()

    def take(self) -> Misconduct | None:
        """Consume one of the remaining times, for exactly one request."""
        with self._lock:
            if self._planned.times_left <= 0:
                return None
            current = self._planned
            self._planned = replace(current, times_left=current.times_left - 1)
        self._touch()
        return current
