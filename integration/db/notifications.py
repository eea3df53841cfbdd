"""PostgreSQL's LISTEN and NOTIFY: wakes workers without a broker."""

import logging
import threading
from collections.abc import Callable, Iterable
from typing import Any

import psycopg
from django.db import connection

log = logging.getLogger(__name__)

_CHANNEL = "stream_pos_wake"
_RECONNECT_SECONDS = 2.0
_LOOK_UP_SECONDS = 1.0  # How often a listener looks whether it is to stop.


def connect() -> "psycopg.Connection[Any]":
    """Open a connection of the caller's own, in autocommit, to the default database."""
    parameters = connection.get_connection_params()
    wanted = ("host", "port", "dbname", "user", "password", "sslmode", "options")
    known = {key: parameters[key] for key in wanted if key in parameters}
    return psycopg.connect(**known, autocommit=True, connect_timeout=3)


class Sender:
    """Sends one notification for each batch, over a connection that it keeps."""

    def __init__(self) -> None:
        self._connection: psycopg.Connection[Any] | None = None

    def send(self, names: Iterable[str]) -> None:
        """Wake the workers for these tasks; a lost notification costs a second."""
        try:
            if self._connection is None or self._connection.closed:
                self._connection = connect()
            self._connection.execute("SELECT pg_notify(%s, %s)", [_CHANNEL, " ".join(names)])
        except (psycopg.Error, OSError):
            if self._connection is not None:
                self._connection.close()
            self._connection = None


class Listener(threading.Thread):
    """Calls `on_wake` with the names of the tasks, and reconnects for as long as it runs."""

    def __init__(self, on_wake: Callable[[list[str]], None]) -> None:
        super().__init__(name="listen", daemon=True)
        self._on_wake = on_wake
        self._stopping = threading.Event()
        self.is_listening = threading.Event()

    def stop(self) -> None:
        self._stopping.set()

    def run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._listen()
            except (psycopg.Error, OSError) as error:
                # The clocks report the database; without notifications they only run later.
                log.info("Notifications are interrupted: %s", error)
            self.is_listening.clear()
            self._stopping.wait(_RECONNECT_SECONDS)

    def _listen(self) -> None:
        with connect() as own:
            own.execute(f"LISTEN {_CHANNEL}")
            self.is_listening.set()
            while not self._stopping.is_set():
                for notice in own.notifies(timeout=_LOOK_UP_SECONDS, stop_after=1):
                    self._on_wake(notice.payload.split())
