"""What becomes of an import when workers die, people edit meanwhile, or something goes wrong."""

import threading
import time
from datetime import timedelta
from typing import Any

import orjson
import pytest
from django.core.cache import caches
from django.db import DatabaseError, connection
from django.utils import timezone

from catalog import tasks
from catalog.import_export import exporter, importer
from catalog.import_jobs import heartbeat
from catalog.import_jobs import worker as import_worker
from catalog.import_jobs.heartbeat import Heartbeat
from catalog.models import CatalogImport, ItemFamily
from tests.catalog.support.import_page import changed_menu, only, page_of, press, upload, work
from tests.sandbox.support import sample_catalog
from tests.support import factories

State = CatalogImport.State


@pytest.fixture(autouse=True)
def quiet() -> Any:
    caches["shared"].clear()
    yield
    caches["shared"].clear()


@pytest.fixture
def client(browser_client: Any, owner: Any, location: Any) -> Any:
    importer.import_catalog(owner.merchant, orjson.dumps(sample_catalog.catalog()), merge=False)
    return browser_client(owner)


def progress(client: Any, asked: CatalogImport, **headers: str) -> Any:
    return client.get(f"/admin/catalog/catalogimport/{asked.pk}/progress/", **headers)


def approved(client: Any) -> CatalogImport:
    upload(client, changed_menu())
    press(client, work(), "apply")
    return only()


def age(seconds: float) -> None:
    CatalogImport.objects.update(claimed_at=timezone.now() - timedelta(seconds=seconds))


def test_a_catalog_that_changed_after_the_dry_run_shows_the_plan_anew(client, merchant):
    asked = approved(client)
    ItemFamily.objects.filter(provider_id="burger").update(price_amount=1)
    before = exporter.export(merchant)

    asked = work()

    assert asked.state == State.READY
    assert exporter.export(merchant) == before
    shown = page_of(client, asked)
    assert "The catalog was changed after this plan was made, so nothing was applied." in shown
    assert "<del>0.01 USD</del> → <ins>9.50 USD</ins>" in shown
    press(client, asked, "apply")
    assert work().state == State.DONE


def test_orders_that_take_stock_do_not_make_a_plan_old(client, merchant, location):
    """The plan is held against the catalog, not against every mark of a change."""
    asked = approved(client)
    factories.family(factories.merchant(name="Other"))
    location.name = "Downtown II"
    location.save()

    assert work().pk == asked.pk
    assert only().state == State.DONE


def test_a_worker_that_dies_leaves_all_as_it_was_and_another_goes_on(client, merchant, monkeypatch):
    asked = approved(client)
    before = exporter.export(merchant)

    def die(*args: Any) -> None:
        raise SystemExit  # Nothing of ours sees it, as with kill -9.

    with monkeypatch.context() as patch:
        patch.setattr("catalog.import_jobs.plan_digest.broken", die)  # After everything is written.
        with pytest.raises(SystemExit):
            work()
    assert exporter.export(merchant) == before
    asked.refresh_from_db()
    assert (asked.state, asked.attempts) == (State.APPLYING, 1)
    import_worker.run(asked.pk)
    assert only().state == State.APPLYING  # Perhaps it lives.

    age(heartbeat.LOST_AFTER_SECONDS + 1)
    assert work().state == State.DONE


def test_the_sweep_wakes_for_what_nobody_works_on_and_only_for_that(client, woken):
    upload(client, changed_menu())
    wake_up = ("catalog.tasks.run_import", only().pk)
    for since, is_alive, is_woken in ((None, False, True), (0, False, False), (16, True, False),
                                      (16, False, True)):  # fmt: skip
        CatalogImport.objects.update(claimed_at=None)
        if since is not None:
            age(since)
        if is_alive:
            caches["shared"].set(f"catalog-import-{only().pk}", (0, 0), 15)
        woken.clear()
        tasks.look_after_imports()
        assert (wake_up in woken) is is_woken
        caches["shared"].clear()


def test_three_deaths_are_enough(client, merchant, woken):
    asked = approved(client)
    CatalogImport.objects.update(attempts=3)
    age(60)

    import_worker.run(asked.pk)
    assert only().state == State.APPLYING
    tasks.look_after_imports()

    asked.refresh_from_db()
    assert (asked.state, asked.content, woken) == (State.FAILED, None, [])
    assert "It was begun 3 times and never came to its end" in page_of(client, asked)
    assert upload(client, changed_menu()).status_code == 302


def test_a_collision_is_tried_again_and_a_mistake_of_ours_is_failed(client, monkeypatch, caplog):
    approved(client)

    def fail(error: Exception) -> Any:
        def raise_it(*args: Any, **kwargs: Any) -> None:
            raise error

        return raise_it

    with monkeypatch.context() as patch:
        patch.setattr("catalog.import_export.importer.Applier", fail(DatabaseError("deadlock")))
        assert work().state == State.APPLYING
    age(60)
    with monkeypatch.context() as patch:
        patch.setattr("catalog.import_export.importer.Applier", fail(KeyError("ours")))
        assert work().state == State.FAILED
    assert "Something went wrong on our side, and nothing was changed." in only().note
    assert "KeyError" in caplog.text
    assert ItemFamily.objects.get(provider_id="burger").price_amount == 900


def test_a_task_that_runs_twice_does_it_once(client, merchant):
    asked = approved(client)
    tasks.run_import(asked.pk)
    ItemFamily.objects.filter(provider_id="burger").update(price_amount=1)
    age(60)

    tasks.run_import(asked.pk)

    assert (only().state, only().attempts) == (State.DONE, 1)
    assert ItemFamily.objects.get(provider_id="burger").price_amount == 1
    tasks.run_import(999)


def test_what_was_ended_meanwhile_is_not_applied(client, merchant, monkeypatch):
    approved(client)
    before = exporter.export(merchant)
    check = import_worker.check

    def end_and_check(*args: Any) -> Any:
        CatalogImport.objects.update(state=State.FAILED)
        return check(*args)

    monkeypatch.setattr(import_worker, "check", end_and_check)
    # The update is in the import's own transaction and rolled back with it: so it is taken up anew.
    assert work().state == State.APPLYING
    assert exporter.export(merchant) == before


def test_the_progress_is_polled_with_an_etag(client):
    asked = approved(client)
    first = progress(client, asked)
    assert first.json() == {"state": "applying", "percent": None, "text": "Waiting for a worker"}
    assert progress(client, asked, HTTP_IF_NONE_MATCH=first["ETag"]).status_code == 304

    with Heartbeat(asked.pk) as beat:
        beat.advance(30, 120)
        deadline = time.monotonic() + 10
        while progress(client, asked).json()["percent"] is None and time.monotonic() < deadline:
            time.sleep(0.05)
        told = progress(client, asked, HTTP_IF_NONE_MATCH=first["ETag"])
        assert told.json() == {
            "state": "applying", "percent": 25, "text": "30 of 120 rows are written",
        }  # fmt: skip
        assert 'value="25"' in page_of(client, asked)
    assert progress(client, asked).json()["text"] == "Waiting for a worker"
    work()
    assert progress(client, asked).json() == {"state": "done", "percent": None, "text": "Applied"}


def test_a_cache_that_is_away_stops_no_import(client, settings, monkeypatch):
    def away(*args: Any, **kwargs: Any) -> None:
        raise ConnectionError("away")

    monkeypatch.setattr("django.core.cache.backends.filebased.FileBasedCache.set", away)
    monkeypatch.setattr("django.core.cache.backends.filebased.FileBasedCache.get", away)
    approved(client)
    assert work().state == State.DONE


def test_a_plan_that_nobody_decides_about_is_forgotten_after_a_day(client):
    upload(client, changed_menu())
    asked = work()
    tasks.look_after_imports()
    assert only().state == State.READY
    CatalogImport.objects.update(created_at=timezone.now() - timedelta(days=1, seconds=1))

    tasks.look_after_imports()

    asked.refresh_from_db()
    assert (asked.state, asked.content) == (State.DROPPED, None)
    assert "Nobody decided about it for a day." in page_of(client, asked)


@pytest.mark.django_db(transaction=True)
def test_two_workers_that_are_told_at_once_apply_it_once(client):
    asked = approved(client)

    def run() -> None:
        try:
            import_worker.run(asked.pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    asked.refresh_from_db()
    assert (asked.state, asked.attempts) == (State.DONE, 1)
