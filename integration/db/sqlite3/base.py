"""The database backend that a `sqlite://` DATABASE_URL selects."""

from typing import Any

from django.db.backends.sqlite3 import base

from integration.db import time_limits


class DatabaseWrapper(base.DatabaseWrapper):
    """Waits for a lock no longer than the kind of its thread may."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        new: Any = super().get_new_connection(conn_params)
        limits = time_limits.of_this_thread()
        if limits is not None:
            new.execute(f"PRAGMA busy_timeout={int(limits.lock_seconds * 1000)}")
        return new
