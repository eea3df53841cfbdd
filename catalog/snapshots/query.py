"""Read the snapshot for a pull, its current revision and its bytes in one query."""

from typing import Any, Final

from django.db.models import (
    BigIntegerField,
    CharField,
    Count,
    F,
    FilteredRelation,
    Min,
    Q,
    Subquery,
)
from django.db.models.query import QuerySet

from catalog.models import CatalogSnapshot, Location
from catalog.revisions.counter import with_revision
from integration.db.compiled import CompiledQuery, ListParameter, Parameter
from integration.models import Merchant

from . import body_store

# Per process; the body of 5,000 dishes takes a third of a megabyte.
_memory = body_store.BodyCache(most_bytes=64 * 2**20, most_bodies=256)


class OnlyLocation:
    """The merchant's location, when it has exactly one."""


ONLY_LOCATION: Final = OnlyLocation()
# A location's provider_id, or the only location; None is the merchant's global catalog.
Wanted = str | OnlyLocation | None


def find(
    merchant: Merchant, wanted: Wanted, known_etags: frozenset[str] = frozenset()
) -> CatalogSnapshot | None:
    """Return the snapshot with `current_revision` and `content`, its compressed bytes.

    The content stays empty when its ETag is among the known ones.
    """
    remembered = _memory.of(merchant.pk)
    snapshot = _select(merchant, wanted, [*known_etags, *remembered])
    if snapshot is None:
        return None
    snapshot.content = b""
    if snapshot.etag not in known_etags:
        stored = snapshot.stored
        content = bytes(stored) if stored is not None else remembered.get(snapshot.etag, b"")
        _memory.add(merchant.pk, snapshot.etag, content)
        snapshot.content = content
    result: CatalogSnapshot = snapshot
    return result


def _select(merchant: Merchant, wanted: Wanted, known_etags: list[str]) -> Any:
    values: dict[str, Any] = {"merchant": merchant.pk, "known_etags": known_etags}
    if wanted is None:
        return next(_GLOBAL.objects(**values), None)
    if isinstance(wanted, OnlyLocation):
        return next(_ONLY.objects(**values), None)
    return next(_NAMED.objects(**values, provider_id=wanted), None)


_MERCHANT = Parameter("merchant", BigIntegerField())


def _snapshots() -> "QuerySet[CatalogSnapshot]":
    """Select the merchant's snapshots; `stored` are the bytes, unless their ETag is known."""
    unknown = ~Q(shared_body__etag__among=ListParameter("known_etags", CharField()))
    return (
        with_revision(CatalogSnapshot.objects.filter(merchant_id=_MERCHANT))
        .annotate(body_to_send=FilteredRelation("shared_body", condition=unknown))
        .annotate(stored=F("body_to_send__content"))
        .defer(*CatalogSnapshot.HEAVY)
        .order_by()
    )


def _of_merchant() -> "QuerySet[CatalogSnapshot]":
    return _snapshots().filter(location=None)


def _of_named_location() -> "QuerySet[CatalogSnapshot]":
    return _snapshots().filter(
        location__provider_id=Parameter("provider_id", CharField()), location__archived_at=None
    )


def _of_only_location() -> "QuerySet[CatalogSnapshot]":
    only = (
        Location.objects.filter(merchant_id=_MERCHANT, archived_at=None)
        .order_by()
        .values("merchant_id")
        .annotate(count=Count("pk"), only=Min("pk"))
        .filter(count=1)
        .values("only")
    )
    return _snapshots().filter(location_id=Subquery(only))


_GLOBAL, _ONLY, _NAMED = map(CompiledQuery, (_of_merchant, _of_only_location, _of_named_location))
