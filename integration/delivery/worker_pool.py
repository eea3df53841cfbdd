"""The thread pool of one process, shared among the endpoints it sends to."""

import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

from django.conf import settings

from integration.webhooks import endpoints

from .jobs import Job

log = logging.getLogger(__name__)

_GRACE_SECONDS = 2  # For an aborted attempt to return; a name look-up cannot be aborted.
_SLOW_SECONDS = 2
_LINGER_SECONDS = 0.004
_SOON_SECONDS = 0.1
_Jobs = TypeVar("_Jobs", bound=Collection[Any])
_MAX_GATHERED = 200  # Recorded in one transaction.


class DeliveryPool:
    """Queued and running jobs; a thread that finishes one takes the next by itself.

    Jobs stand in lanes: one for each endpoint, or one for each merchant of a divided endpoint.
    """

    def __init__(self) -> None:
        self.connections = settings.WEBHOOK_CONNECTIONS
        self._threads = 3 * self.connections
        self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="deliver")
        self._lock = threading.Lock()
        self._queued: dict[str, deque[Job]] = {}
        self._running: dict[str, set[Job]] = {}
        self._ended: set[Job] = set()  # Not gathered yet.
        self._left_behind = 0  # Threads stuck in an abandoned attempt.
        self._done: queue.SimpleQueue[Job | None] = queue.SimpleQueue()

    @property
    def is_idle(self) -> bool:
        with self._lock:
            busy = any(self._queued.values()) or any(self._running.values())
            return not busy and self._done.empty()

    def room(self, endpoint: str) -> int:
        """Return how many more events of the endpoint to claim: one queued for each being sent."""
        with self._lock:
            return 2 * self._share(endpoint) - self._held(endpoint)

    def room_of_merchant(self, endpoint: str, merchant_id: int) -> int:
        """Return how many more events of the merchant to claim for a divided endpoint."""
        lane = f"{endpoint}/{merchant_id}"
        with self._lock:
            return 2 * self._lane_share(lane) - self._held(lane)

    def _held(self, name: str) -> int:
        return sum(len(jobs) for jobs in (*self._under(name, self._queued), *self._begun(name)))

    def _begun(self, name: str) -> list[set[Job]]:
        return self._under(name, self._running)

    @staticmethod
    def _under(name: str, groups: "dict[str, _Jobs]") -> "list[_Jobs]":
        """Return the groups of the lane, or of all lanes of the endpoint."""
        return [jobs for lane, jobs in groups.items() if name in (lane, _endpoint_of(lane))]

    def jobs(self) -> list[Job]:
        """Return the jobs queued, running, or ended and not gathered yet."""
        with self._lock:
            groups = [*self._queued.values(), *self._running.values(), self._ended]
            return [job for group in groups for job in group]

    def event_ids(self) -> set[int]:
        return {job.event.pk for job in self.jobs()}

    def add(self, jobs: Iterable[Job]) -> None:
        with self._lock:
            for job in jobs:
                self._queued.setdefault(job.lane, deque()).append(job)
            free = self._threads - sum(map(len, self._running.values())) - self._left_behind
            while free > 0 and (begun := self._next()) is not None:
                self._pool.submit(self._work, begun)
                free -= 1

    def gather(self, seconds: float) -> list[Job]:
        """Return finished jobs, waiting up to `seconds` for the first; hanging ones count too.

        Others that end a moment later are included, so that all are recorded together.
        """
        finished: list[Job] = []
        with suppress(queue.Empty):
            first = self._done.get(timeout=seconds)
            if first is None:
                return self._late()
            finished += self._gathered(first)
            until = time.monotonic() + _LINGER_SECONDS
            while len(finished) < _MAX_GATHERED and self._more_ends_soon():
                finished += self._gathered(
                    self._done.get(timeout=max(0.0, until - time.monotonic()))
                )
        return finished + self._late()

    def _more_ends_soon(self) -> bool:
        """Return True if lingering is worthwhile: not for a receiver that hangs."""
        limit = time.monotonic() - _SOON_SECONDS
        with self._lock:
            begun = (job.began for running in self._running.values() for job in running)
            return not self._done.empty() or any(began > limit for began in begun)

    def _gathered(self, job: Job | None) -> list[Job]:
        if job is None:
            return []
        with self._lock:
            self._ended.discard(job)
        return [job]

    def poke(self) -> None:
        """Wake a waiting `gather`."""
        self._done.put(None)

    def take_back_queued(self) -> list[Job]:
        """Remove and return the jobs that no thread has begun."""
        with self._lock:
            jobs = [job for queued in self._queued.values() for job in queued]
            self._queued.clear()
            return jobs

    def _work(self, job: Job) -> None:
        following: Job | None = job
        while following is not None:
            job = following
            job.run()
            with self._lock:
                if job.is_abandoned:
                    self._left_behind -= 1
                else:
                    self._ended.add(job)
                    self._done.put(job)
                    self._end(job)
                following = self._next()

    def _end(self, job: Job) -> None:
        running = self._running.get(job.lane, set())
        running.discard(job)
        if not running:
            self._running.pop(job.lane, None)

    def _next(self) -> Job | None:
        """Begin the next job of the lane with the fewest threads; None if there is none."""
        eligible = [
            (len(self._running.get(lane, ())), lane)
            for lane, jobs in self._queued.items()
            if jobs and self._has_thread_for(lane)
        ]
        if not eligible:
            return None
        _, lane = min(eligible)
        job = self._queued[lane].popleft()
        if not self._queued[lane]:
            del self._queued[lane]
        self._running.setdefault(lane, set()).add(job)
        job.began = time.monotonic()
        return job

    def _has_thread_for(self, lane: str) -> bool:
        endpoint = _endpoint_of(lane)
        if sum(map(len, self._begun(endpoint))) >= self._share(endpoint):
            return False
        return len(self._running.get(lane, ())) < self._lane_share(lane)

    def _late(self) -> list[Job]:
        """Abort attempts that are out of time; return stand-ins for those that do not stop."""
        late = []
        now = time.monotonic()
        with self._lock:
            for job in [job for running in self._running.values() for job in running]:
                over = now - job.began - job.seconds_allowed()
                if over > 0:
                    job.exchange.abort()
                if over > _GRACE_SECONDS:
                    job.is_abandoned = True
                    self._end(job)
                    self._left_behind += 1
                    late.append(job.as_too_slow(int((now - job.began) * 1000)))
        return late

    def _share(self, endpoint: str) -> int:
        """Return the endpoint's share of threads: fewer among many, few while it is slow."""
        active = {_endpoint_of(lane) for lane in (*self._queued, *self._running)} | {endpoint}
        share = max(2, min(self.connections, 2 * self.connections // len(active)))
        is_slow = not endpoints.rules(endpoint).is_divided and self._is_slow(endpoint)
        if len(active) > 1 and is_slow:
            share = max(2, min(share, self.connections // 4))
        return share

    def _lane_share(self, lane: str) -> int:
        """Return the lane's part of its endpoint's share: of a merchant, a quarter at most."""
        endpoint = _endpoint_of(lane)
        share = self._share(endpoint)
        if lane == endpoint:
            return share
        return max(1, share // (16 if self._is_slow(lane) else 4))

    def _is_slow(self, lane: str) -> bool:
        limit = time.monotonic() - _SLOW_SECONDS
        return any(job.began < limit for job in self._running.get(lane, ()))


def _endpoint_of(lane: str) -> str:
    return lane.partition("/")[0]
