"""The keeper of a process: takes free rounds, keeps those it holds, records their progress."""

import threading
import time
import uuid
from collections.abc import Callable, Sequence

from . import heartbeat, leases
from .registry import Round

# Each renewal is a write, and on SQLite writers wait for each other. Alone, a process only writes;
# one that lacks a round reads every second whether it has become free.
RENEW_SECONDS = 3.0


class Keeper:
    """The leases of this process; `keep` is called every second, by one thread.

    `on_taken` is called with the name of each round that this process begins to hold.
    """

    def __init__(
        self,
        rounds: Sequence[Round],
        on_taken: Callable[[str], None],
        holder: uuid.UUID = leases.HOLDER,
    ) -> None:
        self._elected = {one.name: one for one in rounds if one.is_elected}
        self._others = {one.name for one in rounds if not one.is_elected and one.is_watched}
        self._on_taken = on_taken
        self._holder = holder
        self._lock = threading.Lock()
        self._held: set[str] = set()
        self._unproven: set[str] = set()  # Taken, and without a beat of ours yet.
        self._until = 0.0  # On the monotonic clock; a thawed process finds it in the past.
        self._renewed_at = float("-inf")

    def holds(self, name: str) -> bool:
        return name in self._held and time.monotonic() < self._until

    def confirms(self, name: str) -> bool:
        """Return True if the round is still ours; ask the database if the lease ran out."""
        with self._lock:
            if not self.holds(name):
                self._renew()
            return name in self._held

    def keep(self) -> None:
        """Renew in time; take what has become free."""
        with self._lock:
            is_time = time.monotonic() >= self._renewed_at + RENEW_SECONDS
            has_run = self._unproven & heartbeat.names_since(self._renewed_at)
            lacking = self._elected.keys() - self._held
            if is_time or has_run or (lacking and leases.is_any_free(lacking)):
                self._renew()

    def give_up(self, name: str) -> None:
        """Let another process take the round over at once, for good."""
        with self._lock:
            if self._elected.pop(name, None) is not None and name in self._held:
                self._held.discard(name)
                leases.release(name, holder=self._holder)

    def _renew(self) -> None:
        now = time.monotonic()
        wanted = {
            one.name
            for one in self._elected.values()
            if not heartbeat.is_silent(one.name, one.patience_seconds)
        }
        progressed = heartbeat.names_since(self._renewed_at)
        beating = progressed & (self._held | self._others)
        rows = leases.renew(wanted, beating=beating, holder=self._holder)
        held = wanted
        if rows < len(wanted | beating):
            if leases.create(self._elected.keys() | self._others):
                leases.renew(wanted, beating=beating, holder=self._holder)
            held = leases.held(wanted, holder=self._holder)
        self._unproven = (self._unproven - progressed) | (held - self._held)
        taken, self._held = held - self._held, held
        self._until, self._renewed_at = now + leases.SECONDS, now
        for name in taken:
            self._on_taken(name)
