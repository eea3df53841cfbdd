"""The thread of one round: it is on time, survives failures and yields to the holder."""

import logging
import threading
import time
import uuid

import pytest
from django.db import InterfaceError, connection

from integration.clocks import leases, round_thread
from integration.clocks.heartbeat import LeaseLost
from integration.clocks.keeper import Keeper
from integration.clocks.registry import Round
from integration.clocks.round_thread import RoundThread
from integration.db import outages
from tests.support.processes import until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def start():
    """Start threads of rounds as a worker does; end them afterwards."""
    threads: list[RoundThread] = []

    def start_one(one: Round) -> None:
        threads.extend(round_thread.start([one]))

    yield start_one
    for thread in threads:
        thread.stop()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()


def test_a_failing_round_goes_on_and_says_so_once_and_when_it_works(caplog, start):
    ran, works = [], threading.Event()

    def task() -> None:
        ran.append(1)
        if len(ran) < 4:
            raise ValueError("no")
        works.set()

    with caplog.at_level(logging.WARNING):
        start(Round("test", task, "", every_seconds=0.05))
        assert works.wait(10)
        # The message follows the run.
        assert until(lambda: len(caplog.records) == 2, 5)
    messages = [record.getMessage() for record in caplog.records]
    assert messages == [
        "test: the round fails; it is tried again: no",
        "test: the round works again after 3 failures.",
    ]


def test_an_outage_is_logged_once_for_all_rounds(caplog, monkeypatch):
    monkeypatch.setattr(outages, "_record", outages._Record())

    def task() -> None:
        raise InterfaceError("the connection is closed")

    for name in ("first", "second"):
        one = Round(name, task, "", every_seconds=60, is_elected=False)
        thread = RoundThread(one, Keeper([one], print))
        thread.tick()
        thread.tick()
    messages = [record.getMessage() for record in caplog.records]
    assert messages == ["The database does not answer: the connection is closed"]


def test_only_the_holder_runs_an_elected_round():
    ran: list[int] = []
    one = Round("test", lambda: ran.append(1), "", every_seconds=1)
    everywhere = Round("all", lambda: ran.append(2), "", every_seconds=1, is_elected=False)
    leases.create(["test"])
    leases.renew(["test"], holder=uuid.uuid4())
    keeper = Keeper([one, everywhere], print)
    keeper.keep()
    RoundThread(one, keeper).tick()
    assert ran == []
    RoundThread(everywhere, keeper).tick()
    assert ran == [2]
    connection.close()


def test_a_run_that_lost_its_lease_is_no_failure(caplog):
    def task() -> None:
        raise LeaseLost("test")

    one = Round("test", task, "", every_seconds=1)
    keeper = Keeper([one], print)
    keeper.keep()
    RoundThread(one, keeper).tick()
    assert [record.getMessage() for record in caplog.records] == [
        "test: another process took over; this run stops."
    ]


def test_a_wake_up_runs_the_round_before_it_is_due():
    runs = threading.Semaphore(0)
    threads = round_thread.start([Round("test", runs.release, "", every_seconds=60)])
    assert runs.acquire(timeout=10)
    threads[0].wake()
    assert runs.acquire(timeout=10)
    for thread in threads:
        thread.stop()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()
    assert leases.is_any_free(["test"])  # It gave the lease back.


def test_a_rare_round_runs_soon_after_its_holder_is_gone(start):
    """The holder was killed in its run: nothing but the end of its lease tells of it."""
    ran = threading.Event()
    leases.create(["rare"])
    leases.renew(["rare"], holder=uuid.uuid4())
    started = time.monotonic()
    start(Round("rare", ran.set, "", every_seconds=3600))
    assert ran.wait(30)
    assert leases.SECONDS - 1 < time.monotonic() - started < leases.SECONDS + 5
