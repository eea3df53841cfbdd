"""Concurrent and dying workers announce a change exactly once (contract WH, CAT)."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection as database

from catalog import tasks
from catalog.locations import connection
from catalog.menu import availability
from catalog.models import CatalogSnapshot, Location
from catalog.snapshots import builder as snapshot_builder
from integration.models import OutboundEvent
from tests.catalog.support.catalog_events import events, rename, waiting

State = OutboundEvent.State


def test_a_worker_that_dies_between_the_edit_and_the_refresh_loses_nothing(soda, location):
    """Without a wake-up, or after one that did nothing, the sweep alone finds the mark."""
    availability.switch(location, soda, is_active=False)

    tasks.look_after_catalogs()

    assert waiting() == [("location.catalog.object.updated", "loc_downtown")] * 2


def test_a_build_that_fails_before_it_is_stored_is_repeated(soda, monkeypatch):
    rename("Cola")
    monkeypatch.setattr(CatalogSnapshot, "save", _fail)
    with pytest.raises(RuntimeError):
        tasks.look_after_catalogs()
    assert events() == []  # The event and the snapshot are stored together or not at all.
    monkeypatch.undo()

    tasks.look_after_catalogs()

    assert waiting() == [("location.catalog.updated", "loc_downtown")]


def _fail(*args, **kwargs):
    raise RuntimeError


@pytest.mark.django_db(transaction=True)
def test_concurrent_tasks_emit_one_event(soda, merchant):
    rename("Cola")
    together = Barrier(4)

    def run(task):
        together.wait(20)
        try:
            task()
        finally:
            database.close()

    refresh = lambda: tasks.refresh(merchant.pk)  # noqa: E731  # One line, used twice.
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(run, [refresh, refresh, tasks.look_after_catalogs, refresh]))

    assert events() == [State.WAITING]


@pytest.mark.django_db(transaction=True)
def test_a_location_that_is_disconnected_during_the_build_owes_nothing(soda, merchant, monkeypatch):
    rename("Cola")
    real = snapshot_builder._store

    def store_late(*args):
        connection.disconnect(Location.objects.all())
        return real(*args)

    monkeypatch.setattr(snapshot_builder, "_store", store_late)
    tasks.refresh(merchant.pk)

    assert waiting() == []


@pytest.mark.django_db(transaction=True)
def test_a_build_overtaken_by_a_newer_one_stores_nothing(soda, merchant, monkeypatch):
    rename("Cola")
    real = snapshot_builder._store

    def store_late(*args):
        monkeypatch.undo()
        rename("Fanta")
        snapshot_builder.build(merchant, list(Location.objects.all()))  # By another process.
        newer.append(CatalogSnapshot.objects.values("etag", "revision").get())
        return real(*args)

    newer = []
    monkeypatch.setattr(snapshot_builder, "_store", store_late)
    tasks.refresh(merchant.pk)

    assert [CatalogSnapshot.objects.values("etag", "revision").get()] == newer
    assert events() == [State.WAITING]
