"""Render catalogs and store each together with the event its change owes to Stream."""

import gc
import gzip
import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple

import orjson
from django.db import transaction

from catalog.events import catalog_updated, fingerprint
from catalog.events.fingerprint import Outline
from catalog.menu import loader as menu_loader
from catalog.menu.loader import Offers
from catalog.models import CatalogSnapshot, Location
from catalog.revisions.counter import revision_of
from integration.db import database_time
from integration.db.consistency import consistent_read
from integration.models import Merchant

from . import body_store
from . import serializer as catalog_serializer

Place = Location | None  # None stands for the merchant's global catalog.


def build(
    merchant: Merchant,
    places: list[Place],
    *,
    along: Sequence[Place] = (),
    after_each: Callable[[], None] = lambda: None,
) -> None:
    """Render and store the catalogs of these places; equal catalogs are rendered once.

    Places in `along` are stored only if their catalog was rendered anyway. `after_each` is called
    after each catalog that was rendered and stored.
    """
    with no_cyclic_garbage_collection():
        _build(merchant, list(dict.fromkeys([*places, *along])), set(places), after_each)
    body_store.delete_unused(merchant.pk)


def _build(
    merchant: Merchant, places: list[Place], requested: set[Place], after_each: Callable[[], None]
) -> None:
    now = database_time.now()
    everywhere = list(Location.objects.filter(merchant=merchant, archived_at=None))
    with consistent_read():
        # Read before the menu, so that an edit committed meanwhile leaves the result stale.
        revisions = {place: revision_of(merchant.pk, _key(place)) for place in places}
        needed = everywhere if None in places else [place for place in places if place]
        offers, stale_at = menu_loader.read_offers(needed, now)
        menu = menu_loader.read_menu(merchant)
    before = CatalogSnapshot.objects.filter(merchant=merchant)
    stored: dict[int | None, str] = dict(before.values_list("location_id", "etag"))
    for place_offers, equal in _equal_places(places, offers):
        if requested.isdisjoint(equal):
            continue
        known = {stored.get(place.pk, "") for place in equal if place}
        rendered = _rendered(menu, place_offers, known, body_store.etags(merchant.pk))
        for place in equal:
            _store(merchant, place, rendered, revisions[place], stale_at)
        after_each()


def _equal_places(
    places: list[Place], offers: dict[int, Offers]
) -> list[tuple[Offers, list[Place]]]:
    """Group the places with the same offers, whose catalogs are therefore equal."""
    groups: dict[frozenset[object], tuple[Offers, list[Place]]] = {}
    for place in places:
        place_offers = (
            menu_loader.global_offers(offers.values()) if place is None else offers[place.pk]
        )
        groups.setdefault(place_offers.overlay(), (place_offers, []))[1].append(place)
    return list(groups.values())


class Rendered(NamedTuple):
    """A catalog's bytes; compressed unless they are stored already."""

    etag: str
    content: bytes
    compressed: bytes | None
    outline: Outline

    def body(self) -> bytes:
        return self.compressed or _compressed(self.content)


def _rendered(
    menu: menu_loader.MenuData, offers: Offers, known: set[str], in_store: set[str]
) -> Rendered:
    """Render and compress the catalog outside the storing transaction, which others wait for.

    The outline is left empty if every location among the places already has this catalog.
    """
    catalog = catalog_serializer.catalog(menu, offers)
    content = orjson.dumps(catalog)
    etag = hashlib.sha256(content).hexdigest()
    compressed = None if etag in in_store else _compressed(content)
    outline = {} if known <= {etag} else fingerprint.outline(catalog, etag)
    return Rendered(etag, content, compressed, outline)


def _compressed(content: bytes) -> bytes:
    return gzip.compress(content, compresslevel=6, mtime=0)


def _store(
    merchant: Merchant,
    place: Place,
    rendered: Rendered,
    revision: int,
    stale_at: datetime | None,
) -> None:
    """Store the catalog together with the event its change owes to Stream."""
    with transaction.atomic():
        # Locked and reread: the location may have been disconnected or archived since the build
        # began. Orders, which only refer to it, do not wait for this lock.
        rows = Location.objects.select_for_update(no_key=True)
        location = rows.get(pk=place.pk) if place else None
        snapshot = _locked(merchant, location)
        if snapshot.revision > revision:
            return  # Another builder stored a newer one meanwhile.
        if snapshot.etag != rendered.etag:
            snapshot.etag = rendered.etag
            snapshot.shared_body = body_store.get_or_create(
                merchant.pk, rendered.etag, rendered.body
            )
            # Events never concern the global catalog.
            snapshot.outline = rendered.outline if location else {}
            snapshot.size = len(rendered.content)
            snapshot.built_at = database_time.now()
        snapshot.revision = revision
        snapshot.stale_at = stale_at
        if location is not None:
            catalog_updated.announce(snapshot, location)
        snapshot.save()


def _locked(merchant: Merchant, location: Place) -> CatalogSnapshot:
    CatalogSnapshot.objects.bulk_create(
        [CatalogSnapshot(merchant=merchant, location=location)], ignore_conflicts=True
    )
    rows = CatalogSnapshot.objects.select_for_update()
    return rows.get(merchant=merchant, location=location)


def _key(place: Place) -> int | None:
    return place.pk if place else None


@contextmanager
def no_cyclic_garbage_collection() -> Iterator[None]:
    """Disable the collector: with hundreds of thousands of dicts it costs as much as the build."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
