"""The lease on building a merchant's catalogs: one builder at a time across all processes.

A lease is a row that holds its expiry. It needs no open transaction and no fixed connection, so it
works on SQLite and behind a connection pooler, and the lease of a killed process soon expires.
It only saves work: two simultaneous builds store the same catalog, or the newer one.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from catalog.models import CatalogBuild
from integration.db import database_time

LEASE = timedelta(seconds=5)  # Renewed after each catalog that a long build stores.
_POLL_SECONDS = 0.02


class Lease:
    """The right to build for a merchant; `held_until` is None if the wait for the lease ran out."""

    def __init__(self, merchant_id: int, held_until: datetime | None) -> None:
        self._row = CatalogBuild.objects.filter(merchant_id=merchant_id)
        self._held_until = held_until

    def renew(self) -> None:
        if self._held_until is not None:
            until = database_time.now() + LEASE
            renewed = self._row.filter(held_until=self._held_until).update(held_until=until)
            self._held_until = until if renewed else None  # None: another builder took it over.

    def end(self) -> None:
        if self._held_until is not None:
            self._row.filter(held_until=self._held_until).update(held_until=database_time.now())


@contextmanager
def acquire(
    merchant_id: int, is_needless: Callable[[], bool], *, patience_seconds: float, insists: bool
) -> Iterator[Lease | None]:
    """Wait for the lease; yield None if another builder has meanwhile built what was needed.

    After `patience_seconds` a caller that insists builds without a lease, so that no caller waits
    forever; others get None.
    """
    deadline = time.monotonic() + patience_seconds
    held_until = _claim_row(merchant_id)
    while held_until is None and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
        if is_needless():
            yield None
            return
        held_until = _claim_row(merchant_id)
    if held_until is None and not insists:
        yield None
        return
    lease = Lease(merchant_id, held_until)
    try:
        # Checked again: the last builder may have finished just before the lease was acquired.
        yield None if is_needless() else lease
    finally:
        lease.end()


def _claim_row(merchant_id: int) -> datetime | None:
    """Take the lease if it is free; return its expiry, or None if another builder holds it."""
    now = database_time.now()
    free = CatalogBuild.objects.filter(merchant_id=merchant_id, held_until__lte=now)
    if free.update(held_until=now + LEASE):
        return now + LEASE
    _, is_first = CatalogBuild.objects.get_or_create(
        merchant_id=merchant_id, defaults={"held_until": now + LEASE}
    )
    return now + LEASE if is_first else None
