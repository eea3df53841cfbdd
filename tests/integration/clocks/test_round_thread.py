"""The thread of one round: it is on time, survives failures and yields to the holder."""

import logging
import threading
import uuid

import pytest
from django.db import connection

from integration.clocks import leases
from integration.clocks.registry import Round
from integration.clocks.round_thread import RoundThread

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_failing_round_goes_on_and_says_so_once_and_when_it_works(caplog):
    ran, works = [], threading.Event()

    def task() -> None:
        ran.append(1)
        if len(ran) < 4:
            raise ValueError("no")
        works.set()

    thread = RoundThread(Round("test", task, "", every_seconds=0.05))
    with caplog.at_level(logging.WARNING):
        thread.start()
        assert works.wait(10)
        thread.stop()
        thread.join(10)
    messages = [record.getMessage() for record in caplog.records]
    assert messages == [
        "test: the round fails; it is tried again: no",
        "test: the round works again after 3 failures.",
    ]


def test_only_the_holder_runs_an_elected_round():
    ran: list[int] = []
    leases.take("test", 60, holder=uuid.uuid4())
    RoundThread(Round("test", lambda: ran.append(1), "", every_seconds=1)).tick()
    assert ran == []
    RoundThread(Round("all", lambda: ran.append(2), "", every_seconds=1, is_elected=False)).tick()
    assert ran == [2]
    connection.close()


def test_a_wake_up_runs_the_round_before_it_is_due():
    runs = threading.Semaphore(0)
    thread = RoundThread(Round("test", runs.release, "", every_seconds=60))
    thread.start()
    assert runs.acquire(timeout=10)
    thread.wake()
    assert runs.acquire(timeout=10)
    thread.stop()
    thread.join(10)
    assert not thread.is_alive()
    assert leases.take("test", 1, holder=uuid.uuid4())  # It gave the lease back.
