"""Time limits of a thread's statements and of its waits for locks, by the kind of its work."""

import threading
from typing import NamedTuple

from django.conf import settings
from django.db import connections


class Limits(NamedTuple):
    """The limits of each statement of a connection."""

    lock_seconds: float
    statement_seconds: float


_thread = threading.local()


def limit_thread(kind: str) -> None:
    """Limit this thread's database work like that of its kind, from its next statement on.

    `kind` is a key of `settings.DATABASE_LIMITS`. A thread that never calls this has no limits:
    commands and migrations may take as long as they need.
    """
    if getattr(_thread, "kind", None) == kind:
        return
    if kind not in settings.DATABASE_LIMITS:
        raise ValueError(f"There are no time limits for {kind!r}.")
    _thread.kind = kind
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()  # It was opened with other limits.


def of_this_thread() -> Limits | None:
    """Return the limits for connections that this thread opens."""
    kind = getattr(_thread, "kind", None)
    return None if kind is None else settings.DATABASE_LIMITS[kind]
