"""Wake a worker after a commit, without making the request wait for the broker.

A wake-up is only a hint: the scheduler runs every task that is woken here too, so a broker that is
down, slow or empty costs seconds and no event.
"""

import logging
import queue
import threading
import time

from celery import current_app
from django.db import transaction

log = logging.getLogger(__name__)

_LIFE_SECONDS = 10  # An older wake-up is useless: the scheduler has run since.
# Publishing costs a quarter of an order: a burst of orders wakes a worker once.
_REST_SECONDS = 0.05
Call = tuple[str, tuple[int, ...], float]
_waiting: queue.Queue[Call] = queue.Queue(maxsize=1000)
_lock = threading.Lock()
_thread: threading.Thread | None = None


def on_commit(task: str, *ids: int, after_seconds: float = 0) -> None:
    """Run the named task soon after the current transaction commits, and not if it fails.

    `after_seconds` is for short delays only: long waits are rows with a due time.
    """
    # A lambda, not a partial: when a robust hook fails, Django logs its __qualname__.
    transaction.on_commit(lambda: wake(task, *ids, after_seconds=after_seconds), robust=True)


def wake(task: str, *ids: int, after_seconds: float = 0) -> None:
    """Hand the wake-up to this process's publisher thread and return at once."""
    try:
        _waiting.put_nowait((task, ids, after_seconds))
    except queue.Full:
        return
    _ensure_thread()


def _ensure_thread() -> None:
    global _thread
    with _lock:
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(target=_run, name="wake", daemon=True)
            _thread.start()


def _run() -> None:
    while True:
        for call in _batch():
            _publish(*call)
        time.sleep(_REST_SECONDS)


def _batch() -> dict[Call, None]:
    """Take all queued wake-ups, without duplicates."""
    batch = {_waiting.get(): None}
    while not _waiting.empty():
        batch[_waiting.get()] = None
    return batch


def _publish(task: str, ids: tuple[int, ...], after_seconds: float) -> None:
    try:
        current_app.send_task(
            task,
            args=ids,
            countdown=after_seconds or None,
            expires=after_seconds + _LIFE_SECONDS,
            retry=False,
        )
    except Exception as error:  # noqa: BLE001  # The broker's client may raise anything; the scheduler covers it.
        log.warning("No worker was woken for %s (%s); the scheduler will run it.", task, error)
