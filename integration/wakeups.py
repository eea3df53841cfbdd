"""Wakes a worker after a commit, without making the request wait for the broker.

A wake-up is a hint, never the only way: every task that is woken here is also run by the
scheduler, so that a broker which is away, slow or empty costs seconds and no event.
"""

import logging
import queue
import threading
import time

from celery import current_app
from django.db import transaction

log = logging.getLogger(__name__)

_LIFE_SECONDS = 10  # An older wake-up is of no use: the scheduler has come by since.
# To publish takes as long as a fourth of an order: many orders at once wake the same worker once.
_REST_SECONDS = 0.05
Call = tuple[str, tuple[int, ...], float]
_waiting: queue.Queue[Call] = queue.Queue(maxsize=1000)
_lock = threading.Lock()
_thread: threading.Thread | None = None


def on_commit(task: str, *ids: int, after_seconds: float = 0) -> None:
    """Runs the named task soon after the transaction under way commits, and not if it fails.

    `after_seconds` is for moments only: long waits are rows with a due time.
    """
    # A lambda, not a partial: when a robust hook fails, Django logs its __qualname__.
    transaction.on_commit(lambda: wake(task, *ids, after_seconds=after_seconds), robust=True)


def wake(task: str, *ids: int, after_seconds: float = 0) -> None:
    """Hands the wake-up to this process's messenger thread and returns at once."""
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
    """What has gathered meanwhile, each wake-up once."""
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
    except Exception as error:  # noqa: BLE001  # Whatever the broker's client raises: the sweep will do it.
        log.warning("Nobody was woken for %s (%s); the scheduler will see to it.", task, error)
