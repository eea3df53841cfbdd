"""The thread pool of one process, shared among the endpoints it sends to."""

import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings

from integration.db import database_time
from integration.models import OutboundEvent
from integration.webhooks import expiry
from integration.webhooks.endpoints import Destination

from . import leases
from .transport import Answer, Exchange, Withheld

log = logging.getLogger(__name__)

TOO_SLOW = Answer(error="The answer took too long.")
_GRACE_SECONDS = 2  # For an aborted attempt to return; a name look-up cannot be aborted.
_SLOW_SECONDS = 2
_LINGER_SECONDS = 0.004
_SOON_SECONDS = 0.1
_MAX_GATHERED = 200  # Recorded in one transaction.


@dataclass(eq=False)
class Job:
    """One claimed event to be sent."""

    event: OutboundEvent
    destination: Destination
    probe_until: datetime | None = None  # A probe: how long its reservation lasts.
    exchange: Exchange = field(init=False)
    held_until: float = field(init=False)  # On the monotonic clock, which never jumps.
    began: float = 0.0  # On the monotonic clock.
    started_at: datetime | None = None  # None: it was not sent.
    answer: Answer | None = None
    duration_ms: int = 0
    is_abandoned: bool = False

    def __post_init__(self) -> None:
        self.held_until = time.monotonic() + min(
            self._lease_seconds(), leases.LEASE.total_seconds()
        )
        self.exchange = Exchange(
            self.destination,
            event_id=str(self.event.public_id),
            body=self.event.body,
            may_send=self.may_send,
        )

    @property
    def is_probe(self) -> bool:
        return self.probe_until is not None

    def run(self) -> None:
        """Send the event, unless it has expired or its lease is too short."""
        now = database_time.now()
        if expiry.has_expired(self.event, now) or not self.may_send():
            return
        self.started_at = now
        try:
            answer = self.exchange.run()
        except Withheld:
            return
        except Exception as error:  # Our own fault counts as a failed attempt.
            log.exception("Sending %s failed unexpectedly.", self.event)
            answer = Answer(error=f"{type(error).__name__}: {error}"[:200])
        self.duration_ms = int((time.monotonic() - self.began) * 1000)
        self.answer = answer

    def as_too_slow(self, took_ms: int) -> "Job":
        """Return a stand-in for an abandoned job, whose own thread may still write to it."""
        stand_in = Job(self.event, self.destination, self.probe_until)
        stand_in.started_at, stand_in.answer = self.started_at or database_time.now(), TOO_SLOW
        stand_in.duration_ms = took_ms
        return stand_in

    def may_send(self) -> bool:
        """Return True if the lease lasts beyond its next renewal.

        A process that was frozen finds its leases over, and drops what another may have taken.
        """
        left = min(self.held_until - time.monotonic(), self._lease_seconds())
        return left >= leases.renewal_seconds()

    def extend(self, held_until: float, leased_until: datetime) -> None:
        """Note that the lease was renewed."""
        self.held_until, self.event.leased_until = held_until, leased_until

    def _lease_seconds(self) -> float:
        leased_until = self.event.leased_until
        return (leased_until - database_time.now()).total_seconds() if leased_until else 0.0

    def seconds_allowed(self) -> float:
        """Return the longest it may take: one read timeout for the head, one for the body."""
        connect_seconds, read_seconds = settings.WEBHOOK_TIMEOUT_SECONDS
        allowed = float(connect_seconds + 2 * read_seconds)
        if self.event.is_urgent and self.event.expires_at is not None and self.started_at:
            left = (self.event.expires_at - self.started_at).total_seconds()
            allowed = min(allowed, max(left, 0.1))
        return allowed


class DeliveryPool:
    """Queued and running jobs; a thread that finishes one takes the next by itself."""

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
            held = len(self._queued.get(endpoint, ())) + len(self._running.get(endpoint, ()))
            return 2 * self._share(endpoint) - held

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
                self._queued.setdefault(job.event.endpoint, deque()).append(job)
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
                    self._running[job.event.endpoint].discard(job)
                following = self._next()

    def _next(self) -> Job | None:
        """Begin the next job of the endpoint with the fewest threads; None if there is none."""
        eligible = [
            (len(self._running.get(name, ())), name)
            for name, jobs in self._queued.items()
            if jobs and len(self._running.get(name, ())) < self._share(name)
        ]
        if not eligible:
            return None
        _, name = min(eligible)
        job = self._queued[name].popleft()
        self._running.setdefault(name, set()).add(job)
        job.began = time.monotonic()
        return job

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
                    self._running[job.event.endpoint].discard(job)
                    self._left_behind += 1
                    late.append(job.as_too_slow(int((now - job.began) * 1000)))
        return late

    def _share(self, endpoint: str) -> int:
        """Return the endpoint's share of threads: fewer among many, few while it is slow."""
        active = {name for name, jobs in self._queued.items() if jobs}
        active |= {name for name, jobs in self._running.items() if jobs} | {endpoint}
        share = max(2, min(self.connections, 2 * self.connections // len(active)))
        if len(active) > 1 and self._is_slow(endpoint):
            share = max(2, min(share, self.connections // 4))
        return share

    def _is_slow(self, endpoint: str) -> bool:
        limit = time.monotonic() - _SLOW_SECONDS
        return any(job.began < limit for job in self._running.get(endpoint, ()))
