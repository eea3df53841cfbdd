"""Keep every catalog rendered and stored, and answer pulls from the stored bytes.

A pull always contains every committed edit: the query that reads the snapshot compares its
revision with the marks, and a stale catalog is rebuilt before the response.
"""

from datetime import timedelta
from typing import Any

from django.db.models import F

from catalog.events import catalog_updated
from catalog.models import CatalogSnapshot, Location
from catalog.revisions.counter import compact, with_revision
from integration.db import database_time
from integration.models import Merchant

from . import build_lease
from . import builder as snapshot_builder
from . import query as snapshot_query
from .query import OnlyLocation, Wanted

_PULL_NOTED_EVERY = timedelta(seconds=10)
# A pull that builds also stores the equal catalogs of this many other locations: a few
# milliseconds each, instead of a rendering at each of their pulls.
_STORED_ALONG = 30
# For pulls: longer than a lease, so that the lease of a killed builder expires in time.
PATIENCE_SECONDS = 6.0
# For a woken worker: it has other work, and the sweep looks again within a second.
WORKER_PATIENCE_SECONDS = 1.0


def pull(
    merchant: Merchant, wanted: Wanted, *, known_etags: frozenset[str] = frozenset()
) -> CatalogSnapshot:
    """Return the up-to-date catalog and record that Stream has read it; see `up_to_date`."""
    snapshot = up_to_date(merchant, wanted, known_etags=known_etags)
    note_pull(snapshot)
    return snapshot


def find_with_token(
    token_checksum: str, wanted: Wanted, *, known_etags: frozenset[str] = frozenset()
) -> CatalogSnapshot | None:
    """Return the up-to-date catalog of the merchant of a good token, with one query.

    The caller checks the annotations about the token; see the query. None: the token is not good,
    there is no such location, or its catalog must be built.
    """
    snapshot = snapshot_query.find_with_token(token_checksum, wanted, known_etags)
    return snapshot if snapshot is not None and is_fresh(snapshot) else None


def up_to_date(
    merchant: Merchant, wanted: Wanted, *, known_etags: frozenset[str] = frozenset()
) -> CatalogSnapshot:
    """Return the up-to-date catalog of the merchant's location or, without one, of the merchant.

    Its `content` is left empty if its ETag is among the known ones. Raise Location.DoesNotExist
    if the merchant has no such location.
    """
    snapshot = snapshot_query.find(merchant, wanted, known_etags)
    if snapshot is None or not is_fresh(snapshot):
        _freshen(merchant, wanted)
        snapshot = snapshot_query.find(merchant, wanted, known_etags)
        if snapshot is None:  # The location was archived meanwhile.
            raise Location.DoesNotExist
    return snapshot


def stored(merchant: Merchant, wanted: Wanted) -> CatalogSnapshot | None:
    """Return the catalog as last built, fresh or stale, with its `content`; None if never built."""
    return snapshot_query.find(merchant, wanted)


def is_fresh(snapshot: CatalogSnapshot) -> bool:
    """Check a snapshot read by `snapshots.query.find` or `with_revision`."""
    if snapshot.stale_at is not None and snapshot.stale_at <= database_time.now():
        return False
    current: int = snapshot.current_revision  # type: ignore[attr-defined]  # Annotated by the query.
    return snapshot.revision == current


def _freshen(merchant: Merchant, wanted: Wanted) -> None:
    """Build the requested catalog; of simultaneous pulls, one builds for all."""
    place = _place(merchant, wanted)

    def is_built() -> bool:
        snapshot = snapshot_query.find(merchant, wanted)
        return snapshot is not None and is_fresh(snapshot)

    with build_lease.acquire(
        merchant.pk, is_built, patience_seconds=PATIENCE_SECONDS, insists=True
    ) as lease:
        if lease is not None:
            along = _out_of_date(merchant)[:_STORED_ALONG]
            snapshot_builder.build(merchant, [place], along=along)


def _place(merchant: Merchant, wanted: Wanted) -> Location | None:
    locations = Location.objects.filter(merchant=merchant, archived_at=None)
    if wanted is None:
        return None
    if isinstance(wanted, OnlyLocation):
        candidates = list(locations[:2])
        if len(candidates) != 1:
            raise Location.DoesNotExist
        return candidates[0]
    return locations.get(provider_id=wanted)


def refresh(merchant: Merchant, *, patience_seconds: float = WORKER_PATIENCE_SECONDS) -> int:
    """Build the merchant's stale catalogs; return their number.

    Build none if another builder holds the lease for longer than `patience_seconds`.
    """
    if not _out_of_date(merchant):
        return 0
    with build_lease.acquire(
        merchant.pk,
        lambda: not _out_of_date(merchant),
        patience_seconds=patience_seconds,
        insists=False,
    ) as lease:
        places = _out_of_date(merchant) if lease else []
        if lease and places:
            snapshot_builder.build(merchant, places, after_each=lease.renew)
            compact(merchant.pk)
    return len(places)


def _out_of_date(merchant: Merchant) -> list[Location | None]:
    # The catalog of an archived location is never read again; the global one has no location.
    snapshots = CatalogSnapshot.objects.filter(merchant=merchant, location__archived_at=None)
    annotated = with_revision(snapshots).select_related("location").defer(*CatalogSnapshot.HEAVY)
    stale = [snapshot.location for snapshot in annotated if not is_fresh(snapshot)]
    locations = Location.objects.filter(merchant=merchant, archived_at=None)
    return [*stale, *locations.filter(snapshot=None)]


def note_pull(snapshot: CatalogSnapshot) -> None:
    """Record what Stream has read: at once if it is new, otherwise at most every 10 seconds."""
    now = database_time.now()
    is_news = snapshot.told_etag != snapshot.etag
    if not is_news and snapshot.pulled_at and now - snapshot.pulled_at < _PULL_NOTED_EVERY:
        return
    changes: dict[str, Any] = {"pulled_at": now}
    if is_news:
        changes |= {"told_etag": snapshot.etag, "told_outline": F("outline")}
        changes |= {"told_at": now, "told_revision": None}
    row = CatalogSnapshot.objects.filter(pk=snapshot.pk)
    if not row.filter(etag=snapshot.etag).update(**changes):
        # A newer catalog was stored meanwhile: Stream now holds neither that nor the one before.
        row.update(told_etag="", told_outline={}, told_at=now, told_revision=None)
    if is_news and (snapshot.event_id is not None or snapshot.object_events):
        catalog_updated.settle_on_commit(snapshot.merchant_id)
