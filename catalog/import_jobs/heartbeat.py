"""A worker's progress and sign of life during an import, kept outside the database.

The import is one transaction, which nobody can see into before it ends, and on SQLite nobody else
can write meanwhile.
"""

import logging
import threading
from types import TracebackType
from typing import NamedTuple

from django.core.cache import caches

log = logging.getLogger(__name__)

_INTERVAL_SECONDS = 0.5
LOST_AFTER_SECONDS = 15


class Progress(NamedTuple):
    done: int
    total: int  # 0: unknown so far.

    @property
    def percent(self) -> int:
        return 100 * self.done // self.total if self.total else 0


class Heartbeat:
    """A thread that reports on one import while the worker runs it."""

    def __init__(self, import_id: int) -> None:
        self._key = _key(import_id)
        self._progress = Progress(0, 0)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="import-heartbeat", daemon=True)

    def __enter__(self) -> "Heartbeat":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopped.set()
        self._thread.join()

    def advance(self, done: int, total: int) -> None:
        self._progress = Progress(done, total)

    def _beat(self) -> None:
        try:
            self._publish()
            while not self._stopped.wait(_INTERVAL_SECONDS):
                self._publish()
            caches["shared"].delete(self._key)
        except Exception as error:  # noqa: BLE001  # Whatever the cache client raises: progress is only a hint.
            log.warning("The progress of an import cannot be published (%s).", error)

    def _publish(self) -> None:
        caches["shared"].set(self._key, tuple(self._progress), LOST_AFTER_SECONDS)


def read_progress(import_id: int) -> Progress | None:
    """Return the import's progress; None when no worker has reported it for a while."""
    try:
        published = caches["shared"].get(_key(import_id))
    except Exception as error:  # noqa: BLE001  # Whatever the cache client raises: progress is only a hint.
        log.warning("The progress of an import cannot be read (%s).", error)
        return None
    return Progress(*published) if published else None


def _key(import_id: int) -> str:
    return f"catalog-import-{import_id}"
