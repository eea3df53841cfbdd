"""Imports when workers die, people edit meanwhile, or something goes wrong."""

import threading
import time
from datetime import timedelta
from typing import Any

import orjson
import pytest
from django.core.cache import caches
from django.db import DataError, Error, InterfaceError, OperationalError, connection
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
from tests.support.markup import compact

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


def progress(client: Any, catalog_import: CatalogImport, **headers: str) -> Any:
    return client.get(f"/admin/catalog/catalogimport/{catalog_import.pk}/progress/", **headers)


def approved(client: Any) -> CatalogImport:
    upload(client, changed_menu())
    press(client, work(), "apply")
    return only()


def age(seconds: float) -> None:
    CatalogImport.objects.update(claimed_at=timezone.now() - timedelta(seconds=seconds))


def test_a_catalog_changed_after_the_dry_run_gets_a_new_plan(client, merchant):
    catalog_import = approved(client)
    ItemFamily.objects.filter(provider_id="burger").update(price_amount=1)
    before = exporter.export(merchant)

    catalog_import = work()

    assert catalog_import.state == State.READY
    assert exporter.export(merchant) == before
    shown = page_of(client, catalog_import)
    assert "The catalog changed after this plan was made, so nothing was applied." in shown
    assert "<del>0.01 USD</del>→<ins>9.50 USD</ins>" in compact(shown)
    press(client, catalog_import, "apply")
    assert work().state == State.DONE


def test_changes_outside_the_catalog_do_not_invalidate_a_plan(client, merchant, location):
    """The plan is compared with the catalog, not with every mark of a change."""
    catalog_import = approved(client)
    factories.family(factories.merchant(name="Other"))
    location.name = "Downtown II"
    location.save()

    assert work().pk == catalog_import.pk
    assert only().state == State.DONE


def test_another_worker_takes_over_from_one_that_died(client, merchant, monkeypatch):
    catalog_import = approved(client)
    before = exporter.export(merchant)

    def die(*args: Any) -> None:
        raise SystemExit  # No code of ours catches it, as with kill -9.

    with monkeypatch.context() as patch:
        patch.setattr(
            "catalog.import_jobs.plan_digest.broken", die
        )  # Called after everything is written.
        with pytest.raises(SystemExit):
            work()
    assert exporter.export(merchant) == before
    catalog_import.refresh_from_db()
    assert (catalog_import.state, catalog_import.attempts) == (State.APPLYING, 1)
    import_worker.run(catalog_import.pk)
    assert only().state == State.APPLYING  # The worker may still be alive.

    age(heartbeat.LOST_AFTER_SECONDS + 1)
    assert work().state == State.DONE


def test_the_sweep_wakes_workers_only_for_stranded_imports(client, woken):
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


def test_an_import_fails_after_three_attempts(client, merchant, woken):
    catalog_import = approved(client)
    CatalogImport.objects.update(attempts=3)
    age(60)

    import_worker.run(catalog_import.pk)
    assert only().state == State.APPLYING
    tasks.look_after_imports()

    catalog_import.refresh_from_db()
    assert (catalog_import.state, catalog_import.content, woken) == (State.FAILED, None, [])
    assert "It was attempted 3 times and never finished" in page_of(client, catalog_import)
    assert upload(client, changed_menu()).status_code == 302


@pytest.mark.parametrize("passing", [OperationalError("deadlock"), InterfaceError("closed")])
@pytest.mark.parametrize("bug", [KeyError("ours"), DataError("ours")])
def test_an_outage_is_retried_and_a_bug_fails_the_import(
    client, monkeypatch, caplog, passing: Error, bug: Exception
):
    approved(client)

    def fail(error: Exception) -> Any:
        def raise_error(*args: Any, **kwargs: Any) -> None:
            raise error

        return raise_error

    with monkeypatch.context() as patch:
        patch.setattr("catalog.import_export.importer.PlanWriter", fail(passing))
        assert work().state == State.APPLYING
    age(60)
    with monkeypatch.context() as patch:
        patch.setattr("catalog.import_export.importer.PlanWriter", fail(bug))
        assert work().state == State.FAILED
    assert "Something went wrong on our side; nothing was changed." in only().note
    assert type(bug).__name__ in caplog.text
    assert ItemFamily.objects.get(provider_id="burger").price_amount == 900


def test_a_job_that_runs_twice_imports_once(client, merchant):
    catalog_import = approved(client)
    import_worker.run(catalog_import.pk)
    ItemFamily.objects.filter(provider_id="burger").update(price_amount=1)
    age(60)

    import_worker.run(catalog_import.pk)

    assert (only().state, only().attempts) == (State.DONE, 1)
    assert ItemFamily.objects.get(provider_id="burger").price_amount == 1
    import_worker.run(999)


def test_an_import_that_was_ended_meanwhile_is_not_applied(client, merchant, monkeypatch):
    approved(client)
    before = exporter.export(merchant)
    check = import_worker.check

    def end_and_check(*args: Any) -> Any:
        CatalogImport.objects.update(state=State.FAILED)
        return check(*args)

    monkeypatch.setattr(import_worker, "check", end_and_check)
    # The update is rolled back with the import's own transaction, so it is retried later.
    assert work().state == State.APPLYING
    assert exporter.export(merchant) == before


def test_the_progress_is_polled_with_an_etag(client):
    catalog_import = approved(client)
    first = progress(client, catalog_import)
    assert first.json() == {"state": "applying", "percent": None, "text": "Waiting for a worker"}
    assert progress(client, catalog_import, HTTP_IF_NONE_MATCH=first["ETag"]).status_code == 304

    with Heartbeat(catalog_import.pk) as beat:
        beat.advance(30, 120)
        deadline = time.monotonic() + 10
        while (
            progress(client, catalog_import).json()["percent"] is None
            and time.monotonic() < deadline
        ):
            time.sleep(0.05)
        response = progress(client, catalog_import, HTTP_IF_NONE_MATCH=first["ETag"])
        assert response.json() == {
            "state": "applying", "percent": 25, "text": "30 of 120 rows written",
        }  # fmt: skip
        assert 'value="25"' in page_of(client, catalog_import)
    assert progress(client, catalog_import).json()["text"] == "Waiting for a worker"
    work()
    assert progress(client, catalog_import).json() == {
        "state": "done",
        "percent": None,
        "text": "Applied",
    }


def test_an_import_works_without_the_cache(client, settings, monkeypatch):
    def raise_error(*args: Any, **kwargs: Any) -> None:
        raise ConnectionError("unreachable")

    monkeypatch.setattr("django.core.cache.backends.filebased.FileBasedCache.set", raise_error)
    monkeypatch.setattr("django.core.cache.backends.filebased.FileBasedCache.get", raise_error)
    approved(client)
    assert work().state == State.DONE


def test_a_plan_that_nobody_applies_is_dropped_after_a_day(client):
    upload(client, changed_menu())
    catalog_import = work()
    tasks.look_after_imports()
    assert only().state == State.READY
    CatalogImport.objects.update(created_at=timezone.now() - timedelta(days=1, seconds=1))

    tasks.look_after_imports()

    catalog_import.refresh_from_db()
    assert (catalog_import.state, catalog_import.content) == (State.DROPPED, None)
    assert "Nobody applied it within a day." in page_of(client, catalog_import)


@pytest.mark.django_db(transaction=True)
def test_concurrent_workers_apply_an_import_once(client):
    catalog_import = approved(client)

    def run() -> None:
        try:
            import_worker.run(catalog_import.pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    catalog_import.refresh_from_db()
    assert (catalog_import.state, catalog_import.attempts) == (State.DONE, 1)
