"""Outages of the database: which errors are one, and the two log lines that each outage gets."""

import logging
import threading
import time

from django.db import IntegrityError, InterfaceError, OperationalError, connection
from django.db.transaction import TransactionManagementError

from .conflicts import LOCK_STATES, sql_state, sqlite_code

log = logging.getLogger(__name__)

# Classes of SQLSTATE: connection lost, out of resources, operator's intervention, system error.
_CLASSES = ("08", "53", "57", "58")
_STATES = LOCK_STATES | {
    "25006",  # The server is read-only: it was demoted, or its disk is full.
    "25P03",  # The server ended a transaction that was idle for too long.
    "25P04",  # It ended a transaction that took too long.
}
# SQLite: busy, locked, read-only, I/O error, corrupt, full, cannot be opened, not a database.
_SQLITE_CODES = {5, 6, 8, 10, 11, 13, 14, 26}
# A locked table says nothing about the connection.
_CONNECTION_SURVIVES = LOCK_STATES | {"57014"}
# Under a lock some requests succeed: both lines together are said at most once in this time.
_QUIET_SECONDS = 2.0


def is_outage(error: BaseException | None) -> bool:
    """Return True if the database is away, busy or read-only: the same request may succeed later.

    Such an error is answered with 503 and logged by `report` alone.
    """
    if isinstance(error, TransactionManagementError):  # Raised while the outage was handled.
        return is_outage(error.__cause__ or error.__context__)
    if isinstance(error, OperationalError | InterfaceError):
        return True
    state = sql_state(error)
    is_known = state in _STATES or state.startswith(_CLASSES)
    return is_known or sqlite_code(error) in _SQLITE_CODES


def is_temporary(error: BaseException) -> bool:
    """Return True if trying again may help: an outage, or somebody else wrote meanwhile."""
    return is_outage(error) or isinstance(error, IntegrityError)


def refuses_writes(error: BaseException) -> bool:
    """Return True if the database answers but cannot store anything."""
    is_sqlite = sqlite_code(error) in (8, 13)  # Read-only, full.
    return is_sqlite or sql_state(error) in ("25006", "53100")


def report(error: BaseException) -> None:
    """Count the outage, log its first error, and give up a connection that may be useless.

    The next request then connects again, to the new primary after a failover.
    """
    _record.failed(error)
    survives = sql_state(error) in _CONNECTION_SURVIVES
    if not survives and not connection.in_atomic_block:
        connection.close()


def report_success() -> None:
    """Log the end of an outage, if there was one and this thread has a connection again."""
    if _record.is_away and connection.connection is not None:
        _record.succeeded()


class _Record:
    """The current outage of this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.is_away = False
        self._count = 0
        self._since = self._last = 0.0  # On the monotonic clock.

    def failed(self, error: BaseException) -> None:
        with self._lock:
            self._last = time.monotonic()
            self._count += 1
            if self.is_away:
                return
            self.is_away, self._count, self._since = True, 1, self._last
        sentence = " ".join(str(error).split())[:300]
        log.error("The database does not answer: %s", sentence)

    def succeeded(self) -> None:
        with self._lock:
            if not self.is_away or time.monotonic() - self._last < _QUIET_SECONDS:
                return
            self.is_away = False
            count, seconds = self._count, self._last - self._since
        log.warning("The database answers again: %d errors in %.1f s.", count, seconds)


_record = _Record()


class WithoutOutages(logging.Filter):
    """Drops the traceback of a task that met an outage: `report` logs it once for all."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if not is_outage(error):
            return True
        assert error is not None
        report(error)
        return False
