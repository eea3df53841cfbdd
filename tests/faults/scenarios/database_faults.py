"""Database faults: restarts during delivery, and long outages."""

import sqlite3
import threading
import time

from django.conf import settings

from tests.faults.receivers.receiver import Exchange
from tests.faults.servers.processes import until
from tests.faults.stage.scene import Fault, Scene, all_finished
from tests.faults.stage.stand_names import EMBEDDED, OWN_SERVERS

# The lease is ten seconds.
_TIMEOUTS = {
    "STREAM_WEBHOOK_CONNECT_TIMEOUT_SECONDS": "1",
    "STREAM_WEBHOOK_READ_TIMEOUT_SECONDS": "3",
}


def _restarted(scene: Scene) -> None:
    """Crash (immediate stop) and restart the database while events are created and delivered."""

    def behave(exchange: Exchange) -> None:
        time.sleep(0.05)
        exchange.answer(200)

    scene.receiver.behave = behave
    workers = [scene.worker() for _ in range(2)]
    with scene.writer.writing(pause_seconds=0.05):
        for number in range(2 * scene.size.kills):
            scene.await_deliveries(3 * scene.size.keys)
            scene.restart_database(away_seconds=3.0 * (number % 2))
    until("the end of all events", all_finished, 90)
    if any(worker.poll() is not None for worker in workers):
        scene.problems.append("a worker ended unexpectedly")
    if not scene.writer.aborted:
        scene.problems.append("the writer was not affected")


def _away_for_long(scene: Scene) -> None:
    """Stop the database for longer than a lease, between sending and recording, with one worker."""
    received, is_stopped = threading.Event(), threading.Event()

    def behave(exchange: Exchange) -> None:
        received.set()
        is_stopped.wait(20)
        exchange.answer(200)

    scene.receiver.behave = behave
    scene.worker(**_TIMEOUTS)
    scene.write_all()
    until("the first request", received.is_set, 60)
    scene.restart_database(away_seconds=12.0, meanwhile=is_stopped.set)
    until("the end of all events", all_finished, 90)


def _locked(scene: Scene) -> None:
    """Lock the database for longer than the lock timeout and than a lease."""
    received, locked = threading.Event(), threading.Event()

    def behave(exchange: Exchange) -> None:
        received.set()
        locked.wait(20)
        exchange.answer(200)

    scene.receiver.behave = behave
    scene.worker(**_TIMEOUTS)
    scene.write_all()
    until("the first request", received.is_set, 60)
    other = sqlite3.connect(settings.DATABASES["default"]["NAME"], timeout=30, isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        locked.set()
        time.sleep(25)
        other.execute("ROLLBACK")
    finally:
        other.close()
    until("the end of all events", all_finished, 90)


FAULTS = [
    Fault("database restarted", _restarted, only_on=OWN_SERVERS),
    Fault("database away past a lease", _away_for_long, only_on=OWN_SERVERS),
    Fault("database locked past a lease", _locked, only_long=True, only_on=EMBEDDED),
]
