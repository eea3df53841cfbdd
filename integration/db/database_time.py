"""The database's time, which counts for deadlines: processes may have wrong clocks.

The difference is measured now and then by the threads that keep the time, never in a request.
"""

import threading
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone
from django.utils.dateparse import parse_datetime

_NONE = timedelta(0)
# Less is the exchange itself; only a clock that is really wrong is corrected.
_NEGLIGIBLE = timedelta(milliseconds=250)
_SQL = {
    "postgresql": "SELECT clock_timestamp()",
    "sqlite": "SELECT strftime('%Y-%m-%d %H:%M:%f', 'now') || '+00:00'",
}
_lock = threading.Lock()
_offset = _NONE


def now() -> datetime:
    """Return the database's time, by this process's clock and the difference measured last."""
    return timezone.now() + _offset


def offset() -> timedelta:
    """Return how far the database's clock is ahead of this process's."""
    return _offset


def measure() -> timedelta:
    """Ask the database for its time; keep and return the difference."""
    global _offset
    before = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(_SQL[connection.vendor])
        (answer,) = cursor.fetchone()
    after = timezone.now()
    theirs = parse_datetime(answer) if isinstance(answer, str) else answer
    assert theirs is not None
    difference = theirs - (before + (after - before) / 2)
    # A slow answer says little: half of its duration may be an error.
    if abs(difference) <= (after - before) / 2 + _NEGLIGIBLE:
        difference = _NONE
    with _lock:
        _offset = difference
    return difference


def reset() -> None:
    """Forget what was measured."""
    global _offset
    with _lock:
        _offset = _NONE
