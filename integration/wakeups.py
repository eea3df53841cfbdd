"""Wake a worker after a commit, without making the request wait for the broker.

A wake-up is only a hint: the workers' clocks run every task that is woken here too, so a broker
that is down, slow or empty costs a second and no event. While it is, and where there is no Redis,
PostgreSQL's NOTIFY wakes the workers.
"""

import logging
import queue
import threading
import time

from celery import current_app
from django.conf import settings
from django.db import connection, transaction

from .db import notifications

log = logging.getLogger(__name__)

_LIFE_SECONDS = 10  # An older wake-up is useless: the clocks have run since.
# Publishing costs a quarter of an order: a burst of orders wakes a worker once.
_REST_SECONDS = 0.05
# Each try on a broker that is away may take seconds.
_LEFT_ALONE_SECONDS = 5.0
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
        _publish_all(_batch())
        time.sleep(_REST_SECONDS)


def _batch() -> dict[Call, None]:
    """Take all queued wake-ups, without duplicates."""
    batch = {_waiting.get(): None}
    while not _waiting.empty():
        batch[_waiting.get()] = None
    return batch


def _publish_all(batch: dict[Call, None]) -> None:
    reached = _broker.publish(batch)
    if connection.vendor == "postgresql" and not (reached and settings.REDIS_URL):
        # A delayed one is left to the clocks.
        names = dict.fromkeys(task for task, _, after_seconds in batch if not after_seconds)
        if names:
            _sender.send(names)


class _Broker:
    """The broker, which is left alone for a while after it has failed."""

    def __init__(self) -> None:
        self._away_until = 0.0  # On the monotonic clock.
        self._lost = 0

    def publish(self, batch: dict[Call, None]) -> bool:
        """Publish the wake-ups; return False if the broker is away. Never raise."""
        if time.monotonic() < self._away_until:
            self._lost += len(batch)
            return False
        for sent, call in enumerate(batch):
            try:
                _publish(*call)
            except Exception as error:  # noqa: BLE001  # The broker's client may raise anything.
                self._went_away(error, len(batch) - sent)
                return False
        self._came_back()
        return True

    def _went_away(self, error: Exception, lost: int) -> None:
        if not self._lost:
            log.warning("The broker is away (%s); the workers' clocks do its work.", error)
        self._lost += lost
        self._away_until = time.monotonic() + _LEFT_ALONE_SECONDS

    def _came_back(self) -> None:
        if self._lost:
            log.warning("The broker is back; %d wake-ups were not published.", self._lost)
            self._lost = 0


def _publish(task: str, ids: tuple[int, ...], after_seconds: float) -> None:
    current_app.send_task(
        task,
        args=ids,
        countdown=after_seconds or None,
        expires=after_seconds + _LIFE_SECONDS,
        retry=False,
    )


_broker = _Broker()
_sender = notifications.Sender()
