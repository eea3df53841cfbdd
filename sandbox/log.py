"""Logs of what was sent and received: in memory only, thread-safe and bounded."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar

MAX_RECORDS = 1000
MAX_LOG_BYTES = 64 * 1024 * 1024


class Weighed(Protocol):
    @property
    def weight(self) -> int: ...

    def as_json(self) -> dict[str, Any]: ...


Record = TypeVar("Record", bound=Weighed)


class Log(Generic[Record]):
    """Numbered records of bounded size; the oldest are dropped first."""

    def __init__(self, touch: Callable[[], None]) -> None:
        """Start empty; `touch` is called after every change."""
        self.latest = 0
        self._touch = touch
        self._lock = threading.Lock()
        self._entries: deque[tuple[int, Record]] = deque()
        self._weight = 0

    def add(self, record: Record) -> int:
        """Keep a record and return its number."""
        with self._lock:
            self.latest += 1
            number = self.latest
            self._entries.append((number, record))
            self._weight += record.weight
            while len(self._entries) > MAX_RECORDS or (
                self._weight > MAX_LOG_BYTES and len(self._entries) > 1
            ):
                self._weight -= self._entries.popleft()[1].weight
        self._touch()
        return number

    def since(self, number: int) -> list[dict[str, Any]]:
        """Return the records after this number as JSON, the oldest first."""
        with self._lock:
            entries = [entry for entry in self._entries if entry[0] > number]
        return [{"sequence": number, **record.as_json()} for number, record in entries]

    def newest(self, matches: Callable[[Record], bool]) -> Record | None:
        with self._lock:
            return next((record for _, record in reversed(self._entries) if matches(record)), None)
