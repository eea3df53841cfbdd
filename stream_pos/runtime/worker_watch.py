"""End a worker that stands still: on SQLite it may hold the lock that every order needs."""

import logging
import time

from . import pulse
from .processes import Child

log = logging.getLogger(__name__)

FROZEN_SECONDS = 15.0
# Time that passes between two checks counts no longer than this: it was the supervisor that slept.
_MOST_PER_CHECK = 3.0


class WorkerWatch:
    """Follow the worker's pulse; the supervisor starts it again after it was ended."""

    def __init__(self, child: Child) -> None:
        self._child = child
        self._process_id = 0
        self._has_beaten = False
        self._silent_seconds = 0.0
        self._checked_at = time.monotonic()

    def check(self) -> None:
        now = time.monotonic()
        passed, self._checked_at = min(now - self._checked_at, _MOST_PER_CHECK), now
        process = self._child.process
        if process is None or process.poll() is not None:
            return
        if process.pid != self._process_id:  # Started again: it may take its time.
            self._process_id, self._has_beaten = process.pid, False
        if self._child.pulse is not None and pulse.is_felt(self._child.pulse):
            self._has_beaten, self._silent_seconds = True, 0.0
            return
        self._silent_seconds += passed
        if self._has_beaten and self._silent_seconds > FROZEN_SECONDS:
            log.error("The %s has stood still for %.0f s; ending it.", self._child.name,
                      FROZEN_SECONDS)  # fmt: skip
            process.kill()
            process.wait()
