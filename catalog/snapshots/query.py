"""Reads the snapshot that a pull asks for, its revision and its bytes: one query."""

from itertools import islice
from typing import Any, Final

from django.db.models.query import RawQuerySet

from catalog.models import CatalogSnapshot
from integration.models import Merchant

from . import body_store

# For each process; a body of 5,000 dishes has a third of a megabyte.
_memory = body_store.Memory(most_bytes=64 * 2**20, most_bodies=256)
_MOST_KNOWN = 50  # ETags of the caller's that are named in the statement.


class OnlyLocation:
    """The merchant's location, when it has exactly one."""


ONLY_LOCATION: Final = OnlyLocation()
# A location's provider_id, or the only location; None is the merchant's global catalog.
Wanted = str | OnlyLocation | None

# By hand: to write this statement takes Django longer than all the rest of a pull.
_STATEMENT = """
SELECT s.id, s.merchant_id, s.location_id, s.revision, s.stale_at, s.etag, s.size, s.built_at,
  s.told_etag, s.event_id, s.object_events, s.pulled_at, b.content AS stored,
  CAST(COALESCE((SELECT SUM(m.weight) FROM catalog_catalogmark m
    WHERE m.merchant_id = s.merchant_id {marks}), 0) AS bigint) AS current_revision
FROM catalog_catalogsnapshot s {location}
LEFT JOIN catalog_catalogbody b ON b.id = s.shared_body_id AND b.etag NOT IN ({known})
WHERE s.merchant_id = %s AND {which}
"""
_OF_ONE = "AND (m.location_id IS NULL OR m.location_id = s.location_id)"
_LOCATION = "JOIN catalog_location l ON l.id = s.location_id AND l.archived_at IS NULL"
_ONLY = """l.provider_id = (SELECT MIN(o.provider_id) FROM catalog_location o
  WHERE o.merchant_id = %s AND o.archived_at IS NULL GROUP BY o.merchant_id HAVING COUNT(*) = 1)"""


def find(
    merchant: Merchant, wanted: Wanted, known_etags: frozenset[str] = frozenset()
) -> CatalogSnapshot | None:
    """The snapshot with `current_revision` and `content`, its compressed bytes.

    The content is left empty when its ETag is among the known ones.
    """
    remembered = _memory.of(merchant.pk)
    # A statement takes only so many; of what is not named here, the bytes are read for nothing.
    rows = _rows(merchant, wanted, [*islice(known_etags, _MOST_KNOWN), *remembered])
    for snapshot in rows:
        stored: Any = snapshot.stored  # type: ignore[attr-defined]  # By the statement.
        content = b""
        if snapshot.etag not in known_etags:
            content = bytes(stored) if stored is not None else remembered.get(snapshot.etag, b"")
            _memory.add(merchant.pk, snapshot.etag, content)
        snapshot.content = content  # type: ignore[attr-defined]  # For the answer.
        return snapshot
    return None


def _rows(merchant: Merchant, wanted: Wanted, known: list[str]) -> "RawQuerySet[CatalogSnapshot]":
    parameters: list[Any] = [*(known or [""]), merchant.pk]
    if wanted is None:
        parts = {"marks": "", "location": "", "which": "s.location_id IS NULL"}
    elif isinstance(wanted, OnlyLocation):
        parts = {"marks": _OF_ONE, "location": _LOCATION, "which": _ONLY}
        parameters.append(merchant.pk)
    else:
        parts = {"marks": _OF_ONE, "location": _LOCATION, "which": "l.provider_id = %s"}
        parameters.append(wanted)
    statement = _STATEMENT.format(known=", ".join(["%s"] * len(known or [""])), **parts)
    return CatalogSnapshot.objects.raw(statement, parameters)
