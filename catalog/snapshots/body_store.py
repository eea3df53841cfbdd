"""The stored bodies of catalogs. Equal catalogs of a merchant share one.

A snapshot refers to its body by a foreign key. What Stream was last told of is kept, too, so that
staff can be shown what differs; any other body is removed after the next build. Whoever takes a
body holds its row until the snapshot that refers to it is committed, and what is held is not
removed.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable

from django.db import connection, transaction

from catalog.models import CatalogBody, CatalogSnapshot


def keep(merchant_id: int, etag: str, make: Callable[[], bytes]) -> CatalogBody:
    """The body with that ETag, made if there is none; to be called in a transaction."""
    there = CatalogBody.objects.select_for_update(no_key=True).defer("content")
    while True:
        body = there.filter(merchant_id=merchant_id, etag=etag).first()
        if body is not None:
            return body
        made = CatalogBody(merchant_id=merchant_id, etag=etag, content=make())
        # Another worker may store the same at this very moment; then its row is taken.
        CatalogBody.objects.bulk_create([made], ignore_conflicts=True)


def find(merchant_id: int, etag: str) -> bytes | None:
    """The JSON, compressed with gzip, or None when it is not kept."""
    found = CatalogBody.objects.filter(merchant_id=merchant_id, etag=etag)
    content = found.values_list("content", flat=True).first()
    return None if content is None else bytes(content)


def etags(merchant_id: int) -> set[str]:
    return set(CatalogBody.objects.filter(merchant_id=merchant_id).values_list("etag", flat=True))


@transaction.atomic
def forget_unused(merchant_id: int) -> None:
    """Removes the merchant's bodies that no snapshot refers to, and of which Stream knows none."""
    mine = CatalogSnapshot.objects.filter(merchant_id=merchant_id)
    told = mine.values("told_etag").union(mine.values("event_etag"))
    unused = CatalogBody.objects.filter(merchant_id=merchant_id, snapshots=None)
    unused = unused.exclude(etag__in=told)
    keys = list(unused.values_list("pk", flat=True))
    if not keys:
        return
    rows = CatalogBody.objects.filter(pk__in=keys)
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True)
    held = list(rows.values_list("pk", flat=True))
    # Asked again: a snapshot may have taken it before it was locked here.
    CatalogBody.objects.filter(pk__in=held, snapshots=None).delete()


class Memory:
    """Bodies that this process has sent lately: what an ETag stands for never changes."""

    def __init__(self, *, most_bytes: int, most_bodies: int) -> None:
        self._most_bytes, self._most_bodies = most_bytes, most_bodies
        self._held: OrderedDict[tuple[int, str], bytes] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def of(self, merchant_id: int) -> dict[str, bytes]:
        """The merchant's bodies by ETag."""
        with self._lock:
            return {
                etag: body for (owner, etag), body in self._held.items() if owner == merchant_id
            }

    def add(self, merchant_id: int, etag: str, body: bytes) -> None:
        """Remembers it as the one that was used last; the oldest ones make room."""
        with self._lock:
            self._bytes += len(body) - len(self._held.pop((merchant_id, etag), b""))
            self._held[merchant_id, etag] = body
            while self._bytes > self._most_bytes or len(self._held) > self._most_bodies:
                _, oldest = self._held.popitem(last=False)
                self._bytes -= len(oldest)
