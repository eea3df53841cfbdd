"""The clocks of this worker process: one thread for each round."""

import logging
import threading

from django.db import connection

from integration.db import database_time, notifications

from . import registry, round_thread, watch
from .registry import Round
from .round_thread import RoundThread

log = logging.getLogger(__name__)

# Measured by its own round in every process, because clocks differ between machines.
_MEASURE = Round(
    name="clock comparison",
    task=lambda: watch.compare_clocks("worker"),
    task_name="",
    every_seconds=5.0,
    is_elected=False,
    beats_itself=True,
)
_lock = threading.Lock()
_threads: list[RoundThread] = []
_listener: notifications.Listener | None = None


def start() -> None:
    """Start the clocks; they do not need the broker."""
    global _listener
    with _lock:
        if _threads:
            return
        _measure_first()
        _threads.extend(round_thread.start([_MEASURE, *registry.all_rounds()]))
        if connection.vendor == "postgresql":
            _listener = notifications.Listener(wake)
            _listener.start()


def _measure_first() -> None:
    """Measure before the first deadline is compared; without a database the round does it."""
    try:
        database_time.measure()
    except Exception as error:  # noqa: BLE001  # Of any kind: the round tries again and logs.
        log.info("The database's time is not known yet: %s", error)
    finally:
        connection.close()


def wake(task_names: list[str]) -> None:
    """Run the rounds that do the work of these tasks now."""
    names = {one.name for task_name in task_names for one in registry.woken_by(task_name)}
    for thread in list(_threads):
        if thread.round.name in names:
            thread.wake()


def stop() -> None:
    """End the clocks soon: runs under way end first."""
    global _listener
    for thread in _threads:
        thread.stop()
    if _listener is not None:
        _listener.stop()
    _threads.clear()
    _listener = None
