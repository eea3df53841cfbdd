"""Start the child processes, restart them when they end, and stop them on exit."""

import logging
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

from .processes import Child

log = logging.getLogger(__name__)

GRACE_SECONDS = 10
_STABLE_SECONDS = 60


class Supervisor:
    """Keep the children running until SIGTERM or SIGINT."""

    def __init__(self, children: Sequence[Child], folder: Path) -> None:
        self._children = children
        self._folder = folder
        self._stopping = False
        self._due: dict[str, float] = {}
        self._started: dict[str, float] = {}

    def run(self, checks: Sequence[Callable[[], None]]) -> None:
        for signal_number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signal_number, self._stop)
        for child in self._children:
            self._start(child)
        try:
            while not self._stopping:
                for check in checks:
                    check()
                for child in self._children:
                    self._restart_if_ended(child)
                self._reset_failures()
                time.sleep(0.2)
        finally:
            self._stop_children()

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True

    def _restart_if_ended(self, child: Child) -> None:
        if not child.has_ended or self._stopping:
            return
        now = time.monotonic()
        if child.name not in self._due:
            child.failures += 1
            self._due[child.name] = now + child.restart_delay_seconds
            log.error(
                "The %s ended; restarting it in %.0f s.", child.name, child.restart_delay_seconds
            )
        elif now >= self._due[child.name]:
            del self._due[child.name]
            self._start(child)

    def _start(self, child: Child) -> None:
        self._started[child.name] = time.monotonic()
        try:
            child.start(self._folder)
        except OSError as error:  # No memory or no process left; tried again after the delay.
            child.process = None
            log.error("The %s cannot be started: %s.", child.name, error)

    def _reset_failures(self) -> None:
        stable_since = time.monotonic() - _STABLE_SECONDS
        for child in self._children:
            if not child.has_ended and self._started[child.name] < stable_since:
                child.failures = 0

    def _stop_children(self) -> None:
        running = [child.process for child in self._children if child.process is not None]
        for process in running:
            if process.poll() is None:
                process.terminate()
        deadline = time.monotonic() + GRACE_SECONDS
        for process in running:
            try:
                process.wait(timeout=max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
