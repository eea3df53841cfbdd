"""Create events as the product does, in transactions, some of which are rolled back on purpose.

An event's location_id is its marker, `<key>.<sequence>`. As a module it runs as a separate process
that prints the markers of the committed events.
"""

import json
import random
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from django.db import DatabaseError, InterfaceError, connection, transaction

EVENT_TYPE = "location.catalog.updated"
ROLLED_BACK = "never"  # The key of events whose transaction is rolled back: they must not arrive.
_LONGEST_SECONDS = 300
_PATIENCE_SECONDS = 60  # During a database outage.


class _Rollback(Exception):
    """Roll back a transaction on purpose."""


class Writer:
    """A writer of events for several keys, committed in sequence order per key."""

    def __init__(self, merchant_id: int, keys: Sequence[str], seed: int = 0) -> None:
        self.committed: dict[str, tuple[str, int]] = {}
        self.aborted = 0  # Transactions aborted by the database.
        self.failure: Exception | None = None
        self._merchant_id = merchant_id
        self._next = dict.fromkeys(keys, 1)
        self._random = random.Random(seed)
        self._enough = threading.Event()
        self._thread: threading.Thread | None = None

    def write(self, per_key: int, pause_seconds: float = 0) -> None:
        """Write this many events per key; roll back an extra transaction now and then."""
        left = [key for key in self._next for _ in range(per_key)]
        self._random.shuffle(left)
        while left:
            count = self._random.randint(1, min(3, len(left)))
            keys = [left.pop() for _ in range(count)]
            if self._random.random() < 0.2:
                self._roll_back()
            self._commit(self._named(keys))
            time.sleep(pause_seconds)

    def start(self, per_key: int, pause_seconds: float) -> None:
        """Run `write` in a separate thread; call `join` afterwards."""
        self._start(lambda: self.write(per_key, pause_seconds))

    @contextmanager
    def writing(self, pause_seconds: float = 0.1) -> Iterator[None]:
        """Write in a separate thread while the context lasts."""
        self._enough.clear()
        self._start(lambda: self._write_on(pause_seconds))
        try:
            yield
        finally:
            self._enough.set()
            self.join()

    def join(self, seconds: float = 120) -> None:
        assert self._thread is not None
        self._thread.join(seconds)
        if self._thread.is_alive():
            raise TimeoutError(f"the writer did not end within {seconds:.0f} s")
        if self.failure is not None:
            raise self.failure

    @property
    def is_writing(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _start(self, work: Callable[[], None]) -> None:
        self._thread = threading.Thread(target=self._work, args=(work,), daemon=True)
        self._thread.start()

    def _write_on(self, pause_seconds: float) -> None:
        deadline = time.monotonic() + _LONGEST_SECONDS
        while not self._enough.is_set() and time.monotonic() < deadline:
            self.write(1, pause_seconds)

    def _work(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001  # Raised again by join.
            self.failure = error
        finally:
            connection.close()

    def _named(self, keys: Sequence[str]) -> dict[str, tuple[str, int]]:
        events = {}
        for key in keys:
            events[f"{key}.{self._next[key]}"] = (key, self._next[key])
            self._next[key] += 1
        return events

    def _commit(self, events: dict[str, tuple[str, int]]) -> None:
        """Commit the events, retrying until each is known to be committed once."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                # A commit whose answer was lost may have succeeded.
                if self._are_there(events):
                    break
                with transaction.atomic():
                    for marker, (key, sequence) in events.items():
                        self._emit(marker, key, sequence)
                break
            except (DatabaseError, InterfaceError):
                self.aborted += 1
                if time.monotonic() > deadline:
                    raise
                connection.close()
                time.sleep(0.1)
        self.committed |= events

    def _are_there(self, events: dict[str, tuple[str, int]]) -> bool:
        from integration.models import OutboundEvent

        return OutboundEvent.objects.filter(location_id__in=list(events)).exists()

    def _roll_back(self) -> None:
        try:
            with transaction.atomic():
                self._emit(f"{ROLLED_BACK}.{self._random.getrandbits(40)}", ROLLED_BACK, 0)
                raise _Rollback
        except _Rollback:
            pass
        except (DatabaseError, InterfaceError):
            connection.close()

    def _emit(self, marker: str, key: str, sequence: int) -> None:
        from integration.webhooks import outbox

        outbox.emit(
            merchant_id=self._merchant_id,
            location_id=marker,
            event_type=EVENT_TYPE,
            ordering_key=key,
            data={"key": key, "sequence": sequence},
        )


def main(merchant_id: int, per_key: int, keys: Sequence[str]) -> None:
    writer = Writer(merchant_id, keys)
    writer.write(per_key)
    time.sleep(1)  # A background thread is still trying to send the wake-up.
    sys.stdout.write(json.dumps(writer.committed))


if __name__ == "__main__":
    import django

    from integration.bounded.parent_death import die_with_parent

    die_with_parent()
    django.setup()
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
