"""Run jobs in threads: in order within a lane, and lanes independently of each other."""

from __future__ import annotations

import heapq
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from sandbox.errors import SandboxError

MAX_WAITING = 20_000
# Runs once; a returned number of seconds means: the same job again after that time.
Job = Callable[[], float | None]
Result = TypeVar("Result")


class Lanes:
    """A bounded number of threads and of waiting jobs."""

    def __init__(self, name: str, threads: int = 8) -> None:
        self._name = name
        self._limit = threads
        self._changed = threading.Condition()
        self._jobs: dict[str, deque[tuple[float, Job]]] = {}
        self._due: list[tuple[float, int, str]] = []  # One entry for each lane that is not busy.
        self._number = 0
        self._waiting = 0
        self._threads: list[threading.Thread] = []
        self._idle = 0
        self._is_closed = False

    def submit(self, lane: str, job: Job, *, delay_seconds: float = 0.0) -> None:
        """Run the job after those of its lane; a delay holds up the jobs behind it too."""
        with self._changed:
            if self._is_closed:
                return
            if self._waiting >= MAX_WAITING:
                raise SandboxError(f"{MAX_WAITING} jobs are waiting already.", status=503)
            self._waiting += 1
            due = time.monotonic() + delay_seconds
            jobs = self._jobs.setdefault(lane, deque())
            jobs.append((due, job))
            if len(jobs) == 1:
                self._plan(due, lane)
            if len(self._due) > self._idle and len(self._threads) < self._limit:
                thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._threads.append(thread)
                thread.start()

    def call(self, lane: str, action: Callable[[], Result], *, seconds: float) -> Result:
        """Run the action in its lane and return its result; SandboxError after `seconds`."""
        future: Future[Result] = Future()

        def job() -> None:
            try:
                future.set_result(action())
            except Exception as error:  # noqa: BLE001  # Raised again where it is awaited.
                future.set_exception(error)

        self.submit(lane, job)
        try:
            return future.result(timeout=seconds)
        except TimeoutError:
            raise SandboxError(f"There was no result within {seconds:g} s.", status=504) from None

    @property
    def waiting(self) -> int:
        return self._waiting

    def close(self) -> None:
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(timeout=2)

    def _plan(self, due: float, lane: str) -> None:
        self._number += 1
        heapq.heappush(self._due, (due, self._number, lane))
        self._changed.notify()

    def _run(self) -> None:
        while (lane := self._next()) is not None:
            job = self._jobs[lane][0][1]
            try:
                again = job()
            except SandboxError as error:
                sys.stderr.write(f"The sandbox could not finish a step: {error}\n")
                again = None
            except Exception:  # noqa: BLE001  # One bad job must not end the thread.
                traceback.print_exc()
                again = None
            self._finish(lane, job, again)

    def _next(self) -> str | None:
        """Wait for a lane whose first job is due; None at the end."""
        with self._changed:
            while not self._is_closed:
                left = self._due[0][0] - time.monotonic() if self._due else None
                if left is not None and left <= 0:
                    return heapq.heappop(self._due)[2]
                self._idle += 1
                self._changed.wait(left)
                self._idle -= 1
        return None

    def _finish(self, lane: str, job: Job, again: float | None) -> None:
        with self._changed:
            jobs = self._jobs[lane]
            jobs.popleft()
            if again is not None:
                jobs.appendleft((time.monotonic() + again, job))
            else:
                self._waiting -= 1
            if jobs:
                self._plan(jobs[0][0], lane)
            else:
                del self._jobs[lane]
