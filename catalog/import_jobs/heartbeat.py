"""How far a worker is with an import, and that it lives: told outside the database.

The import itself is one transaction, of which nobody sees anything before its end, and on SQLite
nobody else can write meanwhile.
"""

import logging
import threading
from types import TracebackType
from typing import NamedTuple

from django.core.cache import caches

log = logging.getLogger(__name__)

_EVERY_SECONDS = 0.5
LOST_AFTER_SECONDS = 15


class Progress(NamedTuple):
    done: int
    total: int  # 0: not known yet.

    @property
    def percent(self) -> int:
        return 100 * self.done // self.total if self.total else 0


class Heartbeat:
    """A thread that tells of one import while the worker works on it."""

    def __init__(self, import_id: int) -> None:
        self._key = _key(import_id)
        self._progress = Progress(0, 0)
        self._over = threading.Event()
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
        self._over.set()
        self._thread.join()

    def advance(self, done: int, total: int) -> None:
        self._progress = Progress(done, total)

    def _beat(self) -> None:
        try:
            self._tell()
            while not self._over.wait(_EVERY_SECONDS):
                self._tell()
            caches["shared"].delete(self._key)
        except Exception as error:  # noqa: BLE001  # Whatever the cache's client raises: it is a hint.
            log.warning("Nobody hears how far an import is (%s).", error)

    def _tell(self) -> None:
        caches["shared"].set(self._key, tuple(self._progress), LOST_AFTER_SECONDS)


def heard_of(import_id: int) -> Progress | None:
    """None when no worker has told of the import for a while."""
    try:
        told = caches["shared"].get(_key(import_id))
    except Exception as error:  # noqa: BLE001  # Whatever the cache's client raises: it is a hint.
        log.warning("How far an import is cannot be read (%s).", error)
        return None
    return Progress(*told) if told else None


def _key(import_id: int) -> str:
    return f"catalog-import-{import_id}"
