"""Lanes: threads with a fair, bounded queue of their own."""

import asyncio
import contextlib
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass

from integration.db.time_limits import limit_thread
from integration.monitoring import counters

from .bridge import Response


class Shed(Exception):
    """The lane did not take the request up; the argument says why."""


@dataclass(eq=False, slots=True)
class Job:
    """One request that waits for a thread."""

    key: str
    work: Callable[[], Response]
    is_gone: Callable[[], bool]
    answer: "asyncio.Future[Response]"
    due: float
    waiting_since: float
    is_over: bool = False  # Shed, or taken by a thread. Changed under the lane's lock only.


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

    async def run(
        self, key: str, work: Callable[[], Response], is_gone: Callable[[], bool]
    ) -> Response:
        """Wait for a thread's response; raise Shed if none takes the request in time."""
        loop = asyncio.get_running_loop()
        now = time.monotonic()
        job = Job(key, work, is_gone, loop.create_future(), now + self._wait_seconds, now)
        with self._free:
            reason = self.refusal(key)
            if reason is not None:
                raise Shed(reason)
            self._waiting.setdefault(key, deque()).append(job)
            self._count += 1
            self._free.notify()
        timer = loop.call_later(self._wait_seconds, self._give_up, job)
        try:
            return await job.answer
        finally:
            timer.cancel()

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
        _fail(job, Shed("waited"))

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
                while (job := self._next()) is None:
                    self._free.wait()
            self._work(job)
            with self._free:
                self._working[job.key] -= 1
                if not self._working[job.key]:
                    del self._working[job.key]
                self._free.notify()  # A job of this key may have waited for the key alone.

    def _next(self) -> Job | None:
        """Take the next job of the first key that may have another thread."""
        for key, jobs in self._waiting.items():
            if self._working.get(key, 0) >= self._most_of_key:
                continue
            job = jobs.popleft()
            self._count -= 1
            job.is_over = True
            if jobs:
                self._waiting.move_to_end(key)
            else:
                del self._waiting[key]
            self._working[key] = self._working.get(key, 0) + 1
            return job
        return None

    def _work(self, job: Job) -> None:
        now = time.monotonic()
        self._wait.observe(now - job.waiting_since)
        loop = job.answer.get_loop()
        if job.is_gone():
            _call(loop, lambda: _fail(job, Shed("gone")))
        elif now > job.due:
            _call(loop, lambda: _fail(job, Shed("waited")))
        else:
            with self._busy.track_inprogress():
                response = job.work()
            _call(loop, lambda: _finish(job, response))


def _call(loop: asyncio.AbstractEventLoop, done: Callable[[], None]) -> None:
    # The loop is closed when the server stops without waiting for this request.
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(done)


def _finish(job: Job, response: Response) -> None:
    if not job.answer.done():
        job.answer.set_result(response)


def _fail(job: Job, error: Shed) -> None:
    if not job.answer.done():
        job.answer.set_exception(error)
