"""The database backend that a `postgres://` DATABASE_URL selects."""

import logging
import select
import threading
import time
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg.pq import TransactionStatus

from integration.db import time_limits

# For this long after a query, a connection counts as usable while nothing unsolicited has arrived:
# a server that stops announces it, and when one dies, its operating system closes the connection.
# A network that drops packets silently is detected by the query after that.
_TRUSTED_SECONDS = 10
_MAXIMUM_CURSORS = 100
# A process that is frozen in a transaction would keep its row locks until it goes on.
_IDLE_IN_TRANSACTION_SECONDS = 10

log = logging.getLogger(__name__)
_checked = threading.Event()  # A pooler treats all connections of a process alike.


class DatabaseWrapper(base.DatabaseWrapper):
    """Checks connections without a query, and reuses the cursors of frequent statements."""

    _checked_at: float
    _cursors: dict[str, "psycopg.Cursor[Any]"]

    def get_connection_params(self) -> dict[str, Any]:
        """Add the time limits of this thread, which thus cost no round trip."""
        params: dict[str, Any] = super().get_connection_params()
        limits = time_limits.of_this_thread()
        if limits is not None:
            params["options"] = " ".join(
                [
                    str(params.get("options", "")),
                    f"-c lock_timeout={int(limits.lock_seconds * 1000)}",
                    f"-c statement_timeout={int(limits.statement_seconds * 1000)}",
                    f"-c idle_in_transaction_session_timeout={_IDLE_IN_TRANSACTION_SECONDS * 1000}",
                ]
            ).strip()
        return params

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        new = super().get_new_connection(conn_params)
        if time_limits.of_this_thread() is not None and not _checked.is_set():
            _checked.set()
            _warn_without_limits(new)
        self._checked_at, self._cursors = time.monotonic(), {}
        return new

    def is_usable(self) -> bool:
        """Check before each request (CONN_HEALTH_CHECKS); a query costs as much as the token's."""
        is_trusted = time.monotonic() - self._checked_at < _TRUSTED_SECONDS
        if is_trusted and not self.errors_occurred:
            return not self._has_something_to_read()
        self._checked_at = time.monotonic()
        return self._is_writable()

    def _is_writable(self) -> bool:
        """Ask the server; a connection to one that was demoted must be replaced."""
        if self.connection is None:
            return False
        try:
            row = self.connection.execute("SHOW transaction_read_only").fetchone()
        except psycopg.Error:
            return False
        return bool(row[0] == "off")

    def reusable_cursor(self, statement: str) -> Any:
        """Return a cursor for this statement alone, which takes its values separately.

        It need not be closed. See `integration.db.statements`.
        """
        self.close_if_health_check_failed()
        self.ensure_connection()
        cursor: Any = self._cursors.get(statement)
        if cursor is None:
            if len(self._cursors) >= _MAXIMUM_CURSORS:
                self._cursors.clear()
            cursor = self._cursors[statement] = psycopg.Cursor(self.connection)
        if self.queries_logged:
            return self.make_debug_cursor(cursor)
        return self.make_cursor(cursor)

    def abandon_pipeline(self) -> None:
        """End the transaction of a pipeline that failed: without COMMIT it stays open.

        The statements behind the failed one were skipped. If psycopg was about to prepare one of
        them, it takes it for prepared all the same, and each later use of it fails. Only psycopg's
        own rollback, of a transaction, makes it forget what it has prepared.
        """
        try:
            if self.connection.info.transaction_status == TransactionStatus.IDLE:
                self.connection.execute("BEGIN", prepare=False)
            self.connection.rollback()
        except psycopg.Error:  # The connection is gone, or in an unknown state.
            self.close()

    def _has_something_to_read(self) -> bool:
        if self.connection is None or self.connection.closed:
            return True
        poll = select.poll()
        poll.register(self.connection.fileno(), select.POLLIN)
        return bool(poll.poll(0))


def _warn_without_limits(new: "psycopg.Connection[Any]") -> None:
    """Say if the limits had no effect, as behind a pooler that drops a client's options."""
    row = new.execute("SHOW lock_timeout").fetchone()
    new.rollback()
    if row == ("0",):
        log.warning(
            "The database applies no time limits: a pooler dropped them. Set them there"
            " (docs/production.md, “A connection pooler”)."
        )
