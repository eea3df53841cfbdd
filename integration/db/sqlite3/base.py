"""The database backend that a `sqlite://` DATABASE_URL selects."""

from typing import Any

from django.db.backends.sqlite3 import base

from integration.db import time_limits

# Its one lock is for everything and is not handed on in turn: a few writers in a row are no fault.
_LEAST_SECONDS = 1.0


class DatabaseWrapper(base.DatabaseWrapper):
    """Waits for a lock no longer than the kind of its thread may, but for a second."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        new: Any = super().get_new_connection(conn_params)
        limits = time_limits.of_this_thread()
        if limits is not None:
            seconds = max(limits.lock_seconds, _LEAST_SECONDS)
            new.execute(f"PRAGMA busy_timeout={int(seconds * 1000)}")
        return new
