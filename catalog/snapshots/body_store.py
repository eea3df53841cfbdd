"""The stored catalog bodies. Equal catalogs of a merchant share one.

A snapshot refers to its body by a foreign key. The body that Stream was last told of is kept as
well, so that staff can see what differs; any other body is deleted after the next build. A writer
locks the body's row until the snapshot that refers to it is committed; locked rows are not deleted.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable

from django.db import connection, transaction

from catalog.models import CatalogBody, CatalogSnapshot


def get_or_create(merchant_id: int, etag: str, make: Callable[[], bytes]) -> CatalogBody:
    """Return the body with that ETag, creating it if needed; call it inside a transaction."""
    bodies = CatalogBody.objects.select_for_update(no_key=True).defer("content")
    while True:
        body = bodies.filter(merchant_id=merchant_id, etag=etag).first()
        if body is not None:
            return body
        new_body = CatalogBody(merchant_id=merchant_id, etag=etag, content=make())
        # If another worker stores the same body meanwhile, its row is used.
        CatalogBody.objects.bulk_create([new_body], ignore_conflicts=True)


def find(merchant_id: int, etag: str) -> bytes | None:
    """Return the gzipped JSON, or None if it is not kept."""
    bodies = CatalogBody.objects.filter(merchant_id=merchant_id, etag=etag)
    content = bodies.values_list("content", flat=True).first()
    return None if content is None else bytes(content)


def etags(merchant_id: int) -> set[str]:
    return set(CatalogBody.objects.filter(merchant_id=merchant_id).values_list("etag", flat=True))


@transaction.atomic
def delete_unused(merchant_id: int) -> None:
    """Delete the merchant's bodies that no snapshot refers to and that Stream was not told of."""
    snapshots = CatalogSnapshot.objects.filter(merchant_id=merchant_id)
    told_etags = snapshots.values("told_etag").union(snapshots.values("event_etag"))
    unused = CatalogBody.objects.filter(merchant_id=merchant_id, snapshots=None)
    unused = unused.exclude(etag__in=told_etags)
    keys = list(unused.values_list("pk", flat=True))
    if not keys:
        return
    rows = CatalogBody.objects.filter(pk__in=keys)
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True)
    locked = list(rows.values_list("pk", flat=True))
    # Filtered again: a snapshot may have taken the body before it was locked here.
    CatalogBody.objects.filter(pk__in=locked, snapshots=None).delete()


class BodyCache:
    """Bodies that this process sent lately; safe to cache, as an ETag's body never changes."""

    def __init__(self, *, most_bytes: int, most_bodies: int) -> None:
        self._most_bytes, self._most_bodies = most_bytes, most_bodies
        self._held: OrderedDict[tuple[int, str], bytes] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def of(self, merchant_id: int) -> dict[str, bytes]:
        """Return the merchant's bodies by ETag."""
        with self._lock:
            return {
                etag: body for (owner, etag), body in self._held.items() if owner == merchant_id
            }

    def add(self, merchant_id: int, etag: str, body: bytes) -> None:
        """Store the body as the most recently used; evict the oldest to make room."""
        with self._lock:
            self._bytes += len(body) - len(self._held.pop((merchant_id, etag), b""))
            self._held[merchant_id, etag] = body
            while self._bytes > self._most_bytes or len(self._held) > self._most_bodies:
                _, oldest = self._held.popitem(last=False)
                self._bytes -= len(oldest)
