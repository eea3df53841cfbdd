"""Rate limits: how often a client may ask one process within a stretch of time."""

import math
import threading
import time


class RateLimit:
    """Count each client's tries within the current stretch of seconds.

    All counts are forgotten when the next stretch begins. So memory is bounded by what the process
    can read in one, and forgetting takes no thread and no search.
    """

    def __init__(self, most: int, *, seconds: int) -> None:
        self._most = most
        self._seconds = seconds
        self._stretch = 0
        self._counts: dict[int, int] = {}
        self._lock = threading.Lock()

    def allows(self, client: str | bytes) -> bool:
        """Count a try, and return False if it is one too many."""
        # Python's keyed hash: no token is kept in memory for this.
        hashed = hash(client)
        stretch = int(time.monotonic() / self._seconds)
        with self._lock:
            if stretch != self._stretch:
                self._stretch, self._counts = stretch, {}
            count = self._counts.get(hashed, 0) + 1
            self._counts[hashed] = count
        return count <= self._most

    def seconds_left(self) -> int:
        """Return how long the counts are still kept, as whole seconds from 1."""
        return math.ceil(self._seconds - time.monotonic() % self._seconds)
