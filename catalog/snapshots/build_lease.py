"""Whose turn it is to build a merchant's catalogs: one at a time, in all processes together.

A turn is a row that says until when it is held. No transaction stays open and no connection has to
be the same, so it works on SQLite and behind a pooler, and who is killed holds it for moments only.
It saves work and decides nothing: two builds at once store the same, or the newer one.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.utils import timezone

from catalog.models import CatalogBuild

LEASE = timedelta(seconds=5)  # Renewed with each catalog that a long build has stored.
_LOOK_EVERY_SECONDS = 0.02


class Turn:
    """The right to build for this merchant; without a lease, for want of patience."""

    def __init__(self, merchant_id: int, held_until: datetime | None) -> None:
        self._mine = CatalogBuild.objects.filter(merchant_id=merchant_id)
        self._held_until = held_until

    def renew(self) -> None:
        if self._held_until is not None:
            until = timezone.now() + LEASE
            renewed = self._mine.filter(held_until=self._held_until).update(held_until=until)
            self._held_until = until if renewed else None  # None: somebody took it over.

    def end(self) -> None:
        if self._held_until is not None:
            self._mine.filter(held_until=self._held_until).update(held_until=timezone.now())


@contextmanager
def turn(
    merchant_id: int, is_needless: Callable[[], bool], *, patience_seconds: float, insists: bool
) -> Iterator[Turn | None]:
    """Waits for the turn; gives None when somebody else has meanwhile built what was needed.

    After the patience, who insists gets it without a lease, so that nobody waits for ever; the
    others get None.
    """
    deadline = time.monotonic() + patience_seconds
    held_until = _claim(merchant_id)
    while held_until is None and time.monotonic() < deadline:
        time.sleep(_LOOK_EVERY_SECONDS)
        if is_needless():
            yield None
            return
        held_until = _claim(merchant_id)
    if held_until is None and not insists:
        yield None
        return
    mine = Turn(merchant_id, held_until)
    try:
        # Once more: the last builder may have ended between our look and our turn.
        yield None if is_needless() else mine
    finally:
        mine.end()


def _claim(merchant_id: int) -> datetime | None:
    """Until when the turn is ours; None when it is somebody else's."""
    now = timezone.now()
    free = CatalogBuild.objects.filter(merchant_id=merchant_id, held_until__lte=now)
    if free.update(held_until=now + LEASE):
        return now + LEASE
    _, is_first = CatalogBuild.objects.get_or_create(
        merchant_id=merchant_id, defaults={"held_until": now + LEASE}
    )
    return now + LEASE if is_first else None
