"""Lanes: threads with a fair, bounded queue of their own."""

import asyncio
import contextlib
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from integration.db.time_limits import limit_thread
from integration.monitoring import counters

from .bridge import Response

# To ask the kernel costs a change of threads; few clients leave sooner.
_MAY_BE_GONE_SECONDS = 0.05


class Shed(Exception):
    """The lane did not take the request up; the argument says why."""


class Work(NamedTuple):
    """Work of threads for requests of one kind, of which they take several at once if they wait."""

    answer: Callable[[list[Any]], list[Response]]
    most: int = 1


@dataclass(eq=False, slots=True)
class Job:
    """One request that waits for a thread."""

    key: str
    work: Work
    request: Any  # What `work.answer` takes.
    is_gone: Callable[[], bool]
    done: Callable[[Response | Shed], None]
    loop: asyncio.AbstractEventLoop
    due: float
    waiting_since: float
    timer: asyncio.TimerHandle | None = None
    is_over: bool = False  # Shed, or taken by a thread. Changed under the lane's lock only.

    def finish(self, outcome: Response | Shed) -> None:
        if self.timer is not None:
            self.timer.cancel()
        self.done(outcome)


class Lane:
    """Serve keys in turn; one key holds at most all threads but one."""

    def __init__(self, name: str, *, threads: int, queued: int, wait_seconds: float) -> None:
        self.name = name
        self._queued, self._wait_seconds = queued, wait_seconds
        self._most_of_key = max(1, threads - 1)
        self._waiting: OrderedDict[str, deque[Job]] = OrderedDict()
        self._working: dict[str, int] = {}
        self._count = 0
        self._free = threading.Condition(threading.Lock())
        counters.LANE_THREADS.labels(name).set(threads)
        self._busy = counters.LANE_THREADS_BUSY.labels(name)
        self._wait = counters.REQUEST_WAIT_SECONDS.labels(name)
        for number in range(threads):
            threading.Thread(target=self._run, name=f"{name}-{number}", daemon=True).start()

    def submit(
        self,
        key: str,
        work: Work,
        request: Any,
        is_gone: Callable[[], bool],
        done: Callable[[Response | Shed], None],
    ) -> None:
        """Have a thread do the work; the event loop then calls `done` with its response.

        It is called with Shed if no thread takes the work up in time.
        """
        loop = asyncio.get_running_loop()
        now = time.monotonic()
        job = Job(key, work, request, is_gone, done, loop, now + self._wait_seconds, now)
        job.timer = loop.call_later(self._wait_seconds, self._give_up, job)
        with self._free:
            reason = self.refusal(key)
            if reason is None:
                self._waiting.setdefault(key, deque()).append(job)
                self._count += 1
                self._free.notify()
        if reason is not None:
            job.finish(Shed(reason))

    def refusal(self, key: str) -> str | None:
        """Return why the queue takes no request of this key, if so."""
        if self._count >= self._queued:
            return "full"
        # With others waiting, one key fills half of the queue at most.
        others = len(self._waiting) - (key in self._waiting)
        if others and len(self._waiting.get(key, ())) >= self._queued // 2:
            return "key_full"
        return None

    def _give_up(self, job: Job) -> None:
        with self._free:
            if job.is_over:
                return
            job.is_over = True
            self._forget(job)
        job.finish(Shed("waited"))

    def _forget(self, job: Job) -> None:
        jobs = self._waiting.get(job.key)
        if jobs is not None and job in jobs:
            jobs.remove(job)
            self._count -= 1
            if not jobs:
                del self._waiting[job.key]

    def _run(self) -> None:
        limit_thread(self.name)
        while True:
            with self._free:
                while not (jobs := self._next()):
                    self._free.wait()
            self._work(jobs)
            key = jobs[0].key
            with self._free:
                self._working[key] -= 1
                if not self._working[key]:
                    del self._working[key]
                self._free.notify()  # A job of this key may have waited for the key alone.

    def _next(self) -> list[Job]:
        """Take the next job of the first key that may have another thread, and those like it."""
        for key, waiting in self._waiting.items():
            if self._working.get(key, 0) >= self._most_of_key:
                continue
            jobs = [waiting.popleft()]
            work = jobs[0].work
            while waiting and len(jobs) < work.most and waiting[0].work is work:
                jobs.append(waiting.popleft())
            self._count -= len(jobs)
            for job in jobs:
                job.is_over = True
            if waiting:
                self._waiting.move_to_end(key)
            else:
                del self._waiting[key]
            self._working[key] = self._working.get(key, 0) + 1
            return jobs
        return []

    def _work(self, jobs: list[Job]) -> None:
        now = time.monotonic()
        outcomes: list[tuple[Job, Response | Shed]] = []
        wanted = []
        for job in jobs:
            reason = self._refusal_of(job, now)
            if reason is None:
                wanted.append(job)
            else:
                outcomes.append((job, Shed(reason)))
        if wanted:
            with self._busy.track_inprogress():
                responses = jobs[0].work.answer([job.request for job in wanted])
            outcomes += zip(wanted, responses, strict=True)
        # The loop is closed when the server stops without waiting for these requests.
        with contextlib.suppress(RuntimeError):
            jobs[0].loop.call_soon_threadsafe(_finish, outcomes)

    def _refusal_of(self, job: Job, now: float) -> str | None:
        waited = now - job.waiting_since
        self._wait.observe(waited)
        if now > job.due:
            return "waited"
        return "gone" if waited > _MAY_BE_GONE_SECONDS and job.is_gone() else None


def _finish(outcomes: list[tuple[Job, Response | Shed]]) -> None:
    for job, outcome in outcomes:
        job.finish(outcome)
