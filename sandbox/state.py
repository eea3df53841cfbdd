"""The sandbox's state: in memory only, thread-safe and bounded."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Generic, Protocol, TypeVar

from .accounts import Accounts
from .errors import SandboxError
from .records import (
    Behaviour,
    EventAttempt,
    FollowedOrder,
    PulledCatalog,
    ReceivedWebhook,
    SentEvent,
)

MAX_RECORDS = 1000
MAX_LOG_BYTES = 64 * 1024 * 1024


class Weighed(Protocol):
    @property
    def weight(self) -> int: ...

    def as_json(self) -> dict[str, Any]: ...


Record = TypeVar("Record", bound=Weighed)


class Log(Generic[Record]):
    """Numbered records of bounded size; the oldest are dropped first. Not thread-safe."""

    def __init__(self) -> None:
        self.latest = 0
        self._entries: deque[tuple[int, Record]] = deque()
        self._weight = 0

    def append(self, record: Record) -> int:
        self.latest += 1
        self._entries.append((self.latest, record))
        self._weight += record.weight
        while len(self._entries) > MAX_RECORDS or (
            self._weight > MAX_LOG_BYTES and len(self._entries) > 1
        ):
            self._weight -= self._entries.popleft()[1].weight
        return self.latest

    def since(self, sequence: int) -> list[tuple[int, Record]]:
        return [entry for entry in self._entries if entry[0] > sequence]

    def newest(self, matches: Callable[[Record], bool]) -> Record | None:
        return next((record for _, record in reversed(self._entries) if matches(record)), None)


class State(Accounts):
    """Everything that happened. `version` grows with every change, so polling is cheap."""

    def __init__(self) -> None:
        super().__init__("POST /api/connect")
        self._orders: Log[SentEvent] = Log()
        self._webhooks: Log[ReceivedWebhook] = Log()
        self._attempts: Log[EventAttempt] = Log()
        self._followed: dict[str, FollowedOrder] = {}
        self._behaviour = Behaviour()
        self._notice = ("", "")

    def keep_catalog(self, merchant_id: str, catalog: PulledCatalog) -> None:
        self.change_connection(
            merchant_id,
            lambda known: replace(known, catalogs={**known.catalogs, catalog.key: catalog}),
        )

    def add_order(self, sent: SentEvent) -> int:
        with self._lock:
            self._version += 1
            return self._orders.append(sent)

    def orders_since(self, sequence: int) -> list[dict[str, Any]]:
        with self._lock:
            entries = self._orders.since(sequence)
        return [{"sequence": number, **record.as_json()} for number, record in entries]

    def newest_order(self, matches: Callable[[SentEvent], bool]) -> SentEvent | None:
        with self._lock:
            return self._orders.newest(matches)

    def add_webhook(self, received: ReceivedWebhook) -> int:
        with self._lock:
            self._version += 1
            return self._webhooks.append(received)

    def webhooks_since(self, sequence: int) -> list[dict[str, Any]]:
        with self._lock:
            entries = self._webhooks.since(sequence)
        return [{"sequence": number, **record.as_json()} for number, record in entries]

    def newest_webhook(self, matches: Callable[[ReceivedWebhook], bool]) -> ReceivedWebhook | None:
        with self._lock:
            return self._webhooks.newest(matches)

    def add_attempt(self, attempt: EventAttempt) -> int:
        with self._lock:
            self._version += 1
            return self._attempts.append(attempt)

    def attempts_since(self, sequence: int) -> list[dict[str, Any]]:
        with self._lock:
            entries = self._attempts.since(sequence)
        return [{"sequence": number, **record.as_json()} for number, record in entries]

    def followed_orders(self) -> list[FollowedOrder]:
        with self._lock:
            return list(self._followed.values())

    def followed_order(self, order_id: str) -> FollowedOrder:
        with self._lock:
            if order_id not in self._followed:
                raise SandboxError(f"Stream Events told of no order {order_id!r}.", status=404)
            return self._followed[order_id]

    def keep_followed(self, followed: FollowedOrder) -> None:
        """Store a new or changed order; the oldest are dropped first."""
        with self._lock:
            self._followed[followed.order_id] = followed
            while len(self._followed) > MAX_RECORDS:
                del self._followed[next(iter(self._followed))]
            self._version += 1

    def change_followed(
        self, order_id: str, change: Callable[[FollowedOrder], FollowedOrder]
    ) -> FollowedOrder:
        with self._lock:
            changed = change(self.followed_order(order_id))
            self.keep_followed(changed)
            return changed

    @property
    def latest_attempt(self) -> int:
        return self._attempts.latest

    @property
    def latest_order(self) -> int:
        return self._orders.latest

    @property
    def latest_webhook(self) -> int:
        return self._webhooks.latest

    @property
    def behaviour(self) -> Behaviour:
        return self._behaviour

    def set_behaviour(self, behaviour: Behaviour) -> None:
        with self._lock:
            self._behaviour = behaviour
            self._version += 1

    def take_behaviour(self) -> Behaviour | None:
        """Consume one of the remaining misbehaviors, for exactly one delivery."""
        with self._lock:
            current = self._behaviour
            if current.times_left <= 0:
                return None
            self._behaviour = replace(current, times_left=current.times_left - 1)
            return current

    def notify(self, message: str, *, good: bool) -> None:
        """Set the notice at the top of the page, shown once."""
        with self._lock:
            self._notice = ("good" if good else "bad", message)

    def take_notice(self) -> tuple[str, str]:
        with self._lock:
            notice, self._notice = self._notice, ("", "")
            return notice


def now_ms() -> int:
    """Return the current time in the contract's format, epoch milliseconds (ALL)."""
    return time.time_ns() // 1_000_000
