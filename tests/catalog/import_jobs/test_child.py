"""Imports in their real process, from the upload to the objects in the database."""

import os
import signal
import threading
import time

import pytest
from django.db import connection

from catalog import tasks
from catalog.models import CatalogImport, ItemFamily
from tests.catalog.support import random_catalogs
from tests.catalog.support.import_page import only, press, upload
from tests.catalog.support.puller_process import database_url
from tests.sandbox.support import sample_catalog
from tests.support.database_locks import locked
from tests.support.processes import command_of, descendants, until

pytestmark = pytest.mark.django_db(transaction=True)
State = CatalogImport.State
# Each cell takes the memory of a pointer.
MUCH_MEMORY = ("type,id\n" + ("tax" + ",a" * 38 + "\n") * 250_000).encode()


@pytest.fixture(autouse=True)
def same_database(monkeypatch):
    """Let the process use the database of the test."""
    monkeypatch.setenv("DATABASE_URL", database_url())


@pytest.fixture
def client(browser_client, owner, location):
    return browser_client(owner)


def work(woken) -> CatalogImport:
    """Run the import that was woken last, as a worker does."""
    name, import_id = [call for call in woken if call[0] == "catalog.tasks.run_import"][-1]
    assert name == tasks.run_import.name
    tasks.run_import(import_id)
    return only()


def test_an_upload_is_checked_and_applied(client, woken):
    upload(client, sample_catalog.catalog())

    planned = work(woken)

    assert (planned.state, planned.note) == (State.READY, "")
    assert not ItemFamily.objects.exists()
    press(client, planned, "apply")
    done = work(woken)
    assert (done.state, done.content) == (State.DONE, None)
    assert done.note == "Added: 23, changed: 0, removed (archived): 0, switched off: 0."
    assert ItemFamily.objects.get(provider_id="burger").price_amount == 900


def test_a_file_that_takes_more_memory_than_allowed_fails_alone(client, woken, settings):
    settings.IMPORT_MEMORY_MB = 192
    upload(client, MUCH_MEMORY, name="menu.csv")

    failed = work(woken)

    assert (failed.state, failed.content) == (State.FAILED, None)
    assert failed.note.startswith("The file needs more than 192 MB of memory. Nothing was changed.")
    upload(client, sample_catalog.catalog())
    CatalogImport.objects.filter(pk=failed.pk).delete()
    assert work(woken).state == State.READY


def test_a_file_that_takes_longer_than_allowed_fails(client, woken, settings):
    settings.IMPORT_SECONDS = 1
    upload(client, random_catalogs.make(5_000, seed=1))

    failed = work(woken)

    assert (failed.state, failed.content) == (State.FAILED, None)
    assert failed.note.startswith("The file needs more than 1 seconds. Nothing was changed.")


def test_an_import_whose_process_is_killed_has_failed_and_changed_nothing(client, woken):
    upload(client, random_catalogs.make(5_000, seed=1))
    press(client, work(woken), "apply")
    killer = threading.Thread(target=_kill_when_claimed)
    killer.start()

    failed = work(woken)

    killer.join()
    assert failed.state == State.FAILED
    assert failed.note.startswith("The process that read the file was ended. Nothing was changed.")
    assert not ItemFamily.objects.exists()


def _kill_when_claimed():
    try:
        assert until(CatalogImport.objects.filter(attempts=1).exists, 60)
    finally:
        connection.close()
    (child,) = [
        pid for pid in descendants(os.getpid()) if "catalog.import_jobs.child" in command_of(pid)
    ]
    os.kill(child, signal.SIGKILL)


def test_the_statements_are_limited_like_those_of_tasks(client, woken, monkeypatch):
    monkeypatch.setenv("DATABASE_LOCK_SECONDS", "tasks=0.5")
    upload(client, sample_catalog.catalog())
    (import_id,) = CatalogImport.objects.values_list("pk", flat=True)

    with locked("catalog_catalogimport"):
        held_up = _seconds(lambda: tasks.run_import(import_id))

    assert (only().state, only().attempts) == (State.CHECKING, 0)
    free = _seconds(lambda: work(woken))
    assert only().state == State.READY
    # A connection without limits waits for twenty seconds.
    assert held_up < free + 18


def _seconds(run):
    began = time.monotonic()
    run()
    return time.monotonic() - began
