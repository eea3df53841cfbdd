"""Rate limits by token and by address, per second and process."""

import time


class RateLimit:
    """Count each key's requests within the current second.

    Forgetting all keys each second bounds the memory, whatever the callers send.
    """

    def __init__(self, per_second: int) -> None:
        self._per_second = per_second
        self._second = 0
        self._counts: dict[int, int] = {}

    def allows(self, key: str | bytes) -> bool:
        second = int(time.monotonic())
        if second != self._second:
            self._second = second
            self._counts = {}
        # Python's keyed hash: no token is kept in memory for this.
        hashed = hash(key)
        count = self._counts.get(hashed, 0) + 1
        self._counts[hashed] = count
        return count <= self._per_second
