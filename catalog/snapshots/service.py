"""Keeps every catalog rendered and stored, and answers pulls from the stored bytes.

A pull always contains every committed edit: the stored revision is compared with the marks in
the query that reads the snapshot, and what is out of date is built anew before it is answered.
"""

from datetime import timedelta
from typing import Any

from django.db.models import F
from django.utils import timezone

from catalog.events import catalog_updated
from catalog.models import CatalogSnapshot, Location
from catalog.revisions.counter import compact, with_revision
from integration.models import Merchant

from . import build_lease
from . import builder as snapshot_builder
from . import query as snapshot_query
from .query import OnlyLocation, Wanted

_PULL_NOTED_EVERY = timedelta(seconds=10)
# A pull that builds stores equal catalogs of so many other locations, too: a few milliseconds for
# each, against a rendering at each of their pulls.
_STORED_ALONG = 30
# Of a pull: longer than a lease, so that the turn of a builder that was killed is taken over.
PATIENCE_SECONDS = 6.0
# Of a worker that was woken: it has other work, and the sweep looks again in a second.
WORKERS_PATIENCE_SECONDS = 1.0


def pull(
    merchant: Merchant, wanted: Wanted, *, known_etags: frozenset[str] = frozenset()
) -> CatalogSnapshot:
    """The up-to-date catalog for Stream, which has seen it from then on; see `up_to_date`."""
    snapshot = up_to_date(merchant, wanted, known_etags=known_etags)
    _note_pull(snapshot)
    return snapshot


def up_to_date(
    merchant: Merchant, wanted: Wanted, *, known_etags: frozenset[str] = frozenset()
) -> CatalogSnapshot:
    """The up-to-date catalog of the merchant's location, or of the merchant without one.

    Its `content` is left empty when its ETag is among the known ones. Raises
    Location.DoesNotExist when the merchant has no such location.
    """
    snapshot = snapshot_query.find(merchant, wanted, known_etags)
    if snapshot is None or not is_fresh(snapshot):
        _freshen(merchant, wanted)
        snapshot = snapshot_query.find(merchant, wanted, known_etags)
        if snapshot is None:  # Archived at this very moment.
            raise Location.DoesNotExist
    return snapshot


def stored(merchant: Merchant, wanted: Wanted) -> CatalogSnapshot | None:
    """The catalog as it was built last, fresh or not, with its `content`; None: never built."""
    return snapshot_query.find(merchant, wanted)


def is_fresh(snapshot: CatalogSnapshot) -> bool:
    """For a snapshot read by `pulled.find` or `with_revision`."""
    if snapshot.stale_at is not None and snapshot.stale_at <= timezone.now():
        return False
    current: int = snapshot.current_revision  # type: ignore[attr-defined]  # By the query.
    return snapshot.revision == current


def _freshen(merchant: Merchant, wanted: Wanted) -> None:
    """Builds the one that is wanted; of simultaneous pulls, one builds for all."""
    place = _place(merchant, wanted)

    def is_built() -> bool:
        snapshot = snapshot_query.find(merchant, wanted)
        return snapshot is not None and is_fresh(snapshot)

    with build_lease.turn(
        merchant.pk, is_built, patience_seconds=PATIENCE_SECONDS, insists=True
    ) as mine:
        if mine is not None:
            along = _out_of_date(merchant)[:_STORED_ALONG]
            snapshot_builder.build(merchant, [place], along=along)


def _place(merchant: Merchant, wanted: Wanted) -> Location | None:
    locations = Location.objects.filter(merchant=merchant, archived_at=None)
    if wanted is None:
        return None
    if isinstance(wanted, OnlyLocation):
        found = list(locations[:2])
        if len(found) != 1:
            raise Location.DoesNotExist
        return found[0]
    return locations.get(provider_id=wanted)


def refresh(merchant: Merchant, *, patience_seconds: float = WORKERS_PATIENCE_SECONDS) -> int:
    """Builds what is out of date of the merchant's catalogs; returns how many were built.

    None while somebody else builds for longer than the patience.
    """
    if not _out_of_date(merchant):
        return 0
    with build_lease.turn(
        merchant.pk,
        lambda: not _out_of_date(merchant),
        patience_seconds=patience_seconds,
        insists=False,
    ) as mine:
        places = _out_of_date(merchant) if mine else []
        if mine and places:
            snapshot_builder.build(merchant, places, after_each=mine.renew)
            compact(merchant.pk)
    return len(places)


def _out_of_date(merchant: Merchant) -> list[Location | None]:
    # The catalog of an archived location is never read again; the global one has no location.
    read = CatalogSnapshot.objects.filter(merchant=merchant, location__archived_at=None)
    snapshots = with_revision(read).select_related("location").defer(*CatalogSnapshot.HEAVY)
    stale = [snapshot.location for snapshot in snapshots if not is_fresh(snapshot)]
    locations = Location.objects.filter(merchant=merchant, archived_at=None)
    return [*stale, *locations.filter(snapshot=None)]


def _note_pull(snapshot: CatalogSnapshot) -> None:
    """Remembers what Stream has seen; seldom, unless it is something new."""
    now = timezone.now()
    is_news = snapshot.told_etag != snapshot.etag
    if not is_news and snapshot.pulled_at and now - snapshot.pulled_at < _PULL_NOTED_EVERY:
        return
    changes: dict[str, Any] = {"pulled_at": now}
    if is_news:
        changes |= {"told_etag": snapshot.etag, "told_outline": F("outline")}
        changes |= {"told_at": now, "told_revision": None}
    mine = CatalogSnapshot.objects.filter(pk=snapshot.pk)
    if not mine.filter(etag=snapshot.etag).update(**changes):
        # Something newer was stored meanwhile: what Stream holds now is neither that nor what
        # it held before.
        mine.update(told_etag="", told_outline={}, told_at=now, told_revision=None)
    if is_news and (snapshot.event_id is not None or snapshot.object_events):
        catalog_updated.settle_soon(snapshot.merchant_id)
