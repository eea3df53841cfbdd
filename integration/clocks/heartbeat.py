"""Signs of life from inside a run that may take long."""

import threading
import time

from django.db import DatabaseError, InterfaceError

from . import leases

_EVERY_SECONDS = 2.0
_last: dict[str, float] = {}  # Per round, on the monotonic clock.
_current = threading.local()


def set_current(name: str | None, lease_seconds: float = 0.0) -> None:
    """Say which round this thread runs."""
    _current.round = (name, lease_seconds)


def step() -> None:
    """Record progress of the round that this thread runs, if it runs one, and keep its lease."""
    name, lease_seconds = getattr(_current, "round", (None, 0.0))
    if name is not None and _is_time(name):
        leases.take(name, lease_seconds)
        leases.beat(name)


def beat(name: str) -> None:
    """Record progress of the named round, from any thread. An unreachable database is no error."""
    if not _is_time(name):
        return
    try:
        leases.beat(name)
    except (DatabaseError, InterfaceError):
        _last.pop(name, None)  # The run itself reports the database; the next step tries again.


def _is_time(name: str) -> bool:
    now = time.monotonic()
    if now - _last.get(name, -_EVERY_SECONDS) < _EVERY_SECONDS:
        return False
    _last[name] = now
    return True
