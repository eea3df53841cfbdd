"""Keeps every catalog rendered and stored, and answers pulls from the stored bytes.

A pull always contains every committed edit: the stored revision is compared with the marks in
the query that reads the snapshot, and what is out of date is built anew before it is answered.
"""

import gc
import gzip
import hashlib
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import orjson
from django.db import connection, transaction
from django.db.models import BinaryField, Case, Count, F, Min, Subquery, Value, When
from django.utils import timezone

from integration.models import Merchant

from . import announcing, menu_data, outlines, wire
from .menu_data import Offers
from .models import CatalogSnapshot, Location
from .outlines import Outline
from .revisions import compact, revision_of, with_revision

_PULL_NOTED_EVERY = timedelta(seconds=10)
_building: dict[int, threading.Lock] = defaultdict(threading.Lock)


# A location's provider_id, or the query that finds it; None is the merchant's global catalog.
Wanted = str | Subquery | None


def only_location_of(merchant: Merchant) -> Subquery:
    """The provider_id of the merchant's location, when it has exactly one; otherwise none."""
    locations = Location.objects.filter(merchant=merchant, archived_at=None).order_by()
    one = locations.values("merchant").annotate(count=Count("pk")).filter(count=1)
    return Subquery(one.annotate(only=Min("provider_id")).values("only"))


def pull(
    merchant: Merchant, location_id: Wanted, *, known_etags: frozenset[str] = frozenset()
) -> CatalogSnapshot:
    """The up-to-date catalog of the merchant's location, or of the merchant without one.

    Its `content` is left empty when its ETag is among the known ones. Raises
    Location.DoesNotExist when the merchant has no such location.
    """
    snapshot = _find(merchant, location_id, known_etags)
    if snapshot is None or not is_fresh(snapshot):
        with _building[merchant.pk]:  # Of simultaneous pulls in this process, one builds.
            snapshot = _find(merchant, location_id, known_etags)
            if snapshot is None or not is_fresh(snapshot):
                snapshot = _build_for(merchant, location_id, known_etags)
    _note_pull(snapshot)
    return snapshot


def is_fresh(snapshot: CatalogSnapshot) -> bool:
    """For a snapshot read by `with_revision`."""
    if snapshot.stale_at is not None and snapshot.stale_at <= timezone.now():
        return False
    current: int = snapshot.current_revision  # type: ignore[attr-defined]  # By with_revision.
    return snapshot.revision == current


def refresh(merchant: Merchant) -> int:
    """Builds what is out of date of the merchant's catalogs; returns how many were built."""
    # The catalog of an archived location is never read again; the global one has no location.
    read = CatalogSnapshot.objects.filter(merchant=merchant, location__archived_at=None)
    snapshots = with_revision(read).select_related("location").defer(*CatalogSnapshot.HEAVY)
    stale = [snapshot for snapshot in snapshots if not is_fresh(snapshot)]
    locations = Location.objects.filter(merchant=merchant, archived_at=None)
    new = list(locations.filter(snapshot=None))
    wanted = [one.location for one in stale] + list(new)
    if wanted:
        build(merchant, wanted)
        compact(merchant.pk)
    return len(wanted)


def build(merchant: Merchant, locations: list[Location | None]) -> None:
    """Renders and stores the catalogs of these locations; None stands for the global one."""
    with _no_cyclic_garbage_collection():
        _build(merchant, locations)


def _build(merchant: Merchant, locations: list[Location | None]) -> None:
    now = timezone.now()
    everywhere = list(Location.objects.filter(merchant=merchant, archived_at=None))
    with _consistent_read():
        # Read before the menu: an edit that commits meanwhile leaves the result out of date.
        revisions = {location: revision_of(merchant.pk, _key(location)) for location in locations}
        needed = everywhere if None in locations else [one for one in locations if one]
        offers, stale_at = menu_data.read_offers(needed, now)
        menu = menu_data.read_menu(merchant)
    before = CatalogSnapshot.objects.filter(merchant=merchant)
    stored: dict[int | None, str] = dict(before.values_list("location_id", "etag"))
    for location in locations:
        known_etag = stored.get(_key(location), "")
        rendered = _rendered(menu, offers, location, known_etag=known_etag)
        _store(merchant, location, rendered, revisions[location], stale_at)


class Rendered(NamedTuple):
    """A catalog's bytes; compressed when they are others than those that were stored."""

    etag: str
    content: bytes
    compressed: bytes | None
    outline: Outline | None

    def body(self) -> bytes:
        return self.compressed or _compressed(self.content)


def _rendered(
    menu: menu_data.MenuData,
    offers: dict[int, Offers],
    location: Location | None,
    *,
    known_etag: str,
) -> Rendered:
    """Compresses before the transaction that stores it: others would wait for that."""
    place = menu_data.global_offers(offers.values()) if location is None else offers[location.pk]
    catalog = wire.catalog(menu, place)
    content = orjson.dumps(catalog)
    etag = hashlib.sha256(content).hexdigest()
    if etag == known_etag:
        return Rendered(etag, content, None, None)
    # Of the global catalog no event speaks.
    outline = None if location is None else outlines.outline(catalog, etag)
    return Rendered(etag, content, _compressed(content), outline)


def _compressed(content: bytes) -> bytes:
    return gzip.compress(content, compresslevel=6, mtime=0)


def _store(
    merchant: Merchant,
    location: Location | None,
    rendered: Rendered,
    revision: int,
    stale_at: datetime | None,
) -> None:
    """Stores the catalog, and with it the event that its change owes to Stream."""
    with transaction.atomic():
        if location is not None:
            # Locked, and read anew: it may have been disconnected or archived since the build
            # began. Orders, which only refer to it, do not wait for this lock.
            location = Location.objects.select_for_update(no_key=True).get(pk=location.pk)
        snapshot = _locked(merchant, location)
        if snapshot.revision > revision:
            return  # Somebody built a newer one meanwhile.
        if snapshot.etag != rendered.etag:
            snapshot.etag = rendered.etag
            snapshot.body = rendered.body()
            snapshot.outline = rendered.outline or {}
            snapshot.size = len(rendered.content)
            snapshot.built_at = timezone.now()
        snapshot.revision = revision
        snapshot.stale_at = stale_at
        if location is not None:
            announcing.announce(snapshot, location)
        snapshot.save()


def _locked(merchant: Merchant, location: Location | None) -> CatalogSnapshot:
    CatalogSnapshot.objects.bulk_create(
        [CatalogSnapshot(merchant=merchant, location=location)], ignore_conflicts=True
    )
    # A deferred body is saved only if it was assigned anew.
    rows = CatalogSnapshot.objects.select_for_update().defer("body")
    return rows.get(merchant=merchant, location=location)


def _find(
    merchant: Merchant, location_id: Wanted, known_etags: frozenset[str]
) -> CatalogSnapshot | None:
    rows = with_revision(CatalogSnapshot.objects.filter(merchant=merchant))
    rows = rows.defer(*CatalogSnapshot.HEAVY)
    if location_id is None:
        rows = rows.filter(location=None)
    else:
        rows = rows.filter(location__provider_id=location_id, location__archived_at=None)
    unknown: Any = F("body")
    if known_etags:
        known = When(etag__in=known_etags, then=Value(b"", output_field=BinaryField()))
        unknown = Case(known, default=F("body"), output_field=BinaryField())
    return rows.annotate(content=unknown).first()


def _build_for(
    merchant: Merchant, location_id: Wanted, known_etags: frozenset[str]
) -> CatalogSnapshot:
    location = None
    if location_id is not None:
        mine = Location.objects.filter(merchant=merchant, archived_at=None)
        location = mine.get(provider_id=location_id)
    build(merchant, [location])
    snapshot = _find(merchant, location_id, known_etags)
    if snapshot is None:  # Archived at this very moment.
        raise Location.DoesNotExist
    return snapshot


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
        announcing.settle_soon(snapshot.merchant_id)


def _key(location: Location | None) -> int | None:
    return location.pk if location else None


@contextmanager
def _consistent_read() -> Iterator[None]:
    """All queries inside see the same state of the database, without keeping writers out."""
    if connection.in_atomic_block:  # The caller's transaction decides.
        yield
        return
    if connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
        return
    # Django begins every transaction of SQLite as a writer's; a reader's must be begun by hand.
    with connection.cursor() as cursor:
        cursor.execute("BEGIN DEFERRED")
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")


@contextmanager
def _no_cyclic_garbage_collection() -> Iterator[None]:
    """Hundreds of thousands of live dicts make the collector cost as much as the build."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
