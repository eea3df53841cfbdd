"""Turns: how many bounded processes of one kind this process runs at a time."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

_WAIT_SECONDS = 1.0


class Busy(Exception):
    """All turns are taken; the caller should try again in a moment."""


class Turns:
    """A number of turns, of which each bounded process takes one."""

    def __init__(self, at_once: int, wait_seconds: float = _WAIT_SECONDS) -> None:
        self._places = threading.BoundedSemaphore(at_once)
        self._wait_seconds = wait_seconds

    @contextmanager
    def take(self) -> Iterator[None]:
        """Hold a turn. Raises Busy after waiting in vain."""
        if not self._places.acquire(timeout=self._wait_seconds):
            raise Busy
        try:
            yield
        finally:
            self._places.release()
