"""Report once that the web server is ready, and end it when it no longer answers."""

import logging
import time
from collections.abc import Callable

import requests

from .processes import Child

log = logging.getLogger(__name__)

FROZEN_SECONDS = 30.0
_INTERVAL_SECONDS = 5.0
_TIMEOUT_SECONDS = 2.0


class WebWatch:
    """Probe the web server; the supervisor starts it again after it was ended."""

    def __init__(self, url: str, child: Child, on_ready: Callable[[], None]) -> None:
        self._url = url
        self._child = child
        self._on_ready = on_ready
        self._session = requests.Session()
        self._session.trust_env = False  # A proxy from the environment cannot reach this server.
        self._announced = False
        self._process_id = 0
        self._answered_at: float | None = None
        self._next = 0.0

    def check(self) -> None:
        process = self._child.process
        if process is None or process.poll() is not None or time.monotonic() < self._next:
            return
        if process.pid != self._process_id:  # Started again: it may take its time.
            self._process_id, self._answered_at = process.pid, None
        if self._answers():
            self._answered_at = time.monotonic()
            self._next = self._answered_at + _INTERVAL_SECONDS
            if not self._announced:
                self._announced = True
                self._on_ready()
        elif self._answered_at is not None:
            self._next = time.monotonic() + 1
            if time.monotonic() - self._answered_at > FROZEN_SECONDS:
                log.error("The web server has not answered for %.0f s; ending it.", FROZEN_SECONDS)
                process.kill()

    def _answers(self) -> bool:
        try:
            url = f"{self._url}/healthz"
            answer = self._session.get(url, timeout=_TIMEOUT_SECONDS, allow_redirects=False)
        except requests.RequestException:
            return False
        return answer.status_code == 200
