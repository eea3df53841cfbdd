"""The state that an import is left in when its process is ended."""

import pytest

from catalog import tasks
from catalog.import_jobs import bounded_job
from catalog.models import CatalogImport
from integration.bounded.process import OutOfBounds

State = CatalogImport.State


@pytest.fixture
def job(merchant, owner):
    return CatalogImport.objects.create(
        merchant=merchant, user=owner, file_name="menu.csv", file_format="csv", content=b"type"
    )


@pytest.fixture
def ended(monkeypatch):
    def end(function, import_id, *, limits):
        raise OutOfBounds(f"The file needs more than {limits.memory_mb} MB of memory.")

    monkeypatch.setattr("integration.bounded.process.run", end)


def test_an_import_whose_process_is_ended_fails_with_a_sentence(job, ended):
    tasks.run_import(job.pk)

    job.refresh_from_db()
    assert (job.state, job.content) == (State.FAILED, None)
    assert job.note == (
        "The file needs more than 512 MB of memory. Nothing was changed. Try a smaller file, or"
        " import this one again."
    )


def test_two_imports_run_at_once_and_the_third_waits(job, ended):
    with bounded_job.turns.take(), bounded_job.turns.take():
        tasks.run_import(job.pk)

    job.refresh_from_db()
    assert job.state == State.CHECKING


def test_an_import_that_is_over_stays_as_it_is(job, ended):
    CatalogImport.objects.update(state=State.DONE, note="3 added.")

    tasks.run_import(job.pk)

    job.refresh_from_db()
    assert (job.state, job.note) == (State.DONE, "3 added.")
