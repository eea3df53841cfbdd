"""The database backend: what DATABASE_URL's `postgres://` stands for."""

import select
import time
from typing import Any

import psycopg
from django.db.backends.postgresql import base

# So long it is enough that nothing has come from the server unasked: one that stops says so, and
# one that dies has its connection closed by the machine. A network that swallows everything is
# found out by the question afterwards.
_TRUSTED_SECONDS = 10
_MOST_KEPT = 100


class DatabaseWrapper(base.DatabaseWrapper):
    """Looks at a connection instead of asking over it, and keeps the cursors of some statements."""

    _asked_at: float
    _cursors: dict[str, "psycopg.Cursor[Any]"]

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        made = super().get_new_connection(conn_params)
        self._asked_at, self._cursors = time.monotonic(), {}
        return made

    def is_usable(self) -> bool:
        """Before each request (CONN_HEALTH_CHECKS). A question takes as long as finding a token."""
        was_asked = time.monotonic() - self._asked_at < _TRUSTED_SECONDS
        if was_asked and not self.errors_occurred:
            return not self._has_something_to_read()
        is_usable: bool = super().is_usable()
        self._asked_at = time.monotonic()
        return is_usable

    def reusable_cursor(self, statement: str) -> Any:
        """A cursor for this one statement alone, with the values beside it; see
        `integration.db.statements`. It need not be closed.
        """
        self.close_if_health_check_failed()
        self.ensure_connection()
        kept: Any = self._cursors.get(statement)
        if kept is None:
            if len(self._cursors) >= _MOST_KEPT:
                self._cursors.clear()
            kept = self._cursors[statement] = psycopg.Cursor(self.connection)
        return self.make_debug_cursor(kept) if self.queries_logged else self.make_cursor(kept)

    def _has_something_to_read(self) -> bool:
        if self.connection is None or self.connection.closed:
            return True
        poll = select.poll()
        poll.register(self.connection.fileno(), select.POLLIN)
        return bool(poll.poll(0))
