"""The sandbox's state: in memory only, thread-safe and bounded."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from .accounts import Accounts
from .errors import SandboxError
from .log import MAX_RECORDS, Log
from .records import (
    Behaviour,
    EventAttempt,
    FollowedOrder,
    PulledCatalog,
    ReceivedWebhook,
    SentEvent,
)


class State(Accounts):
    """Everything that happened. `version` grows with every change, so polling is cheap."""

    def __init__(self) -> None:
        super().__init__("POST /api/connect")
        self.orders: Log[SentEvent] = Log(self.touch)
        self.webhooks: Log[ReceivedWebhook] = Log(self.touch)
        self.attempts: Log[EventAttempt] = Log(self.touch)
        self._followed: dict[str, FollowedOrder] = {}
        self._behaviour = Behaviour()
        self._notice = ("", "")

    def keep_catalog(self, merchant_id: str, catalog: PulledCatalog) -> None:
        self.change_connection(
            merchant_id,
            lambda known: replace(known, catalogs={**known.catalogs, catalog.key: catalog}),
        )

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
