"""Counts of the answers to Stream's events: kept in each web process and saved every ten seconds.

So they lack nothing while the database is away. A killed process loses ten seconds of them.
"""

import threading
import time
from collections import Counter
from datetime import UTC, datetime
from typing import NamedTuple

from django.conf import settings
from django.db import transaction

from integration.models import HandlerTally

from . import senders

HUNG_UP = 499  # The sender closed the connection before the answer.
_MOST_KEYS = 10_000


class _Key(NamedTuple):
    minute: int  # Since the epoch.
    status: int
    reason: str
    address: str


class Tally:
    """The answers of this process that are not saved yet."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[_Key] = Counter()
        self._known: set[str] = set()

    def count(self, address: str, status: int, reason: str = "") -> None:
        """Count one answer to the client with this address, or network if it is IPv6.

        `reason` says why no thread worked for it.
        """
        key = _Key(int(time.time()) // 60, status, reason, address)
        with self._lock:
            # Whatever addresses strangers invent, the memory is bounded and Stream's stay apart.
            if len(self._counts) >= _MOST_KEYS and key.address not in self._known:
                key = key._replace(address="")
            self._counts[key] += 1

    def save(self) -> None:
        """Add what was counted to the table; it is kept for the next time if that fails."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
        if not counts:
            return
        try:
            self._known = _store(counts)
        except BaseException:
            with self._lock:
                self._counts.update(counts)
            raise


@transaction.atomic
def _store(counts: Counter[_Key]) -> set[str]:
    """Write one row for each minute and kind of answer; return the addresses of senders.

    An answer to anybody else counts as foreign. Before the first authentic event everybody may be
    Stream, with a secret that differs from ours.
    """
    authentic = {key.address for key in counts if key.status < 300}
    known = senders.remember(authentic - {""})
    may_be_anybody = not known and bool(settings.STREAM_EVENTS_SECRETS)
    sums: Counter[tuple[int, int, str, bool]] = Counter()
    for key, count in counts.items():
        is_foreign = not (key.status < 300 or may_be_anybody or key.address in known)
        sums[key.minute, key.status, key.reason, is_foreign] += count
    HandlerTally.objects.bulk_create(
        HandlerTally(
            at=datetime.fromtimestamp(minute * 60, UTC),
            status=status,
            reason=reason,
            is_foreign=is_foreign,
            count=count,
        )
        for (minute, status, reason, is_foreign), count in sums.items()
    )
    return known


answers = Tally()
