"""The delivery run: claims due events, sends them in parallel and records the results.

A process has one run at a time. Finished attempts are recorded together and replaced at once, so
no event waits for the slowest of a batch. Nothing is sent inside a transaction.
"""

import threading
import time
from datetime import datetime
from functools import partial

from django.conf import settings
from django.db import Error, connection

from integration.clocks import heartbeat
from integration.db import batches, database_time, outages
from integration.models import Endpoint, OutboundEvent
from integration.webhooks import endpoints, expiry

from . import circuit_breaker, leases
from .jobs import Job
from .lease_keeper import LeaseKeeper
from .results import Result, record
from .worker_pool import DeliveryPool

# The run's name in /readyz: the process that runs it reports its progress, however it was woken.
ROUND = "deliveries"

_EXPIRE_EVERY_SECONDS = 0.5
_PAUSE_SECONDS = 0.5  # While the database is unreachable.

_running = threading.Lock()
_run_requested = threading.Event()
_winding_down = threading.Event()
_pool: DeliveryPool | None = None


def deliver_due() -> int:
    """Send everything that is due; return the number of attempts.

    While a run is under way in this process, a call makes that run look again instead of occupying
    another of the worker's threads.
    """
    _run_requested.set()
    if _pool is not None:
        _pool.poke()
    attempts = 0
    while _run_requested.is_set() and _running.acquire(blocking=False):
        try:
            attempts += _Run(_get_pool()).until_nothing_is_due()
        finally:
            _running.release()
    return attempts


def wind_down() -> None:
    """End the run soon, before the process ends: attempts under way finish, none begins."""
    _winding_down.set()
    if _pool is not None:
        _pool.poke()


def delete_finished(before: datetime) -> int:
    """Delete events that ended before that time, with their attempts, a batch at a time."""
    ended = OutboundEvent.objects.filter(finished_at__lt=before).order_by("finished_at")
    return batches.delete(ended, step=heartbeat.step)


def _get_pool() -> DeliveryPool:
    """Return the pool of this process; workers fork, so it is created on first use."""
    global _pool
    if _pool is None or _pool.connections != settings.WEBHOOK_CONNECTIONS:
        _pool = DeliveryPool()
    return _pool


class _Run:
    """One run, from the first due event to the last."""

    def __init__(self, pool: DeliveryPool) -> None:
        self._pool = pool
        self._unrecorded: list[Result] = []
        self._unsent: list[OutboundEvent] = []
        self._attempts = 0
        self._expire_at = 0.0  # On the monotonic clock.
        self._keeper = LeaseKeeper(pool, lambda: [result.event for result in self._unrecorded])

    def until_nothing_is_due(self) -> int:
        try:
            return self._until_nothing_is_due()
        finally:
            self._keeper.stop()

    def _until_nothing_is_due(self) -> int:
        while True:
            if _run_requested.is_set():  # New events need not wait until old ones are recorded.
                _run_requested.clear()
                self._claim()
            if self._record():
                self._claim()
            heartbeat.beat(ROUND)
            if self._pool.is_idle and not self._unrecorded and not self._unsent:
                return self._attempts
            self._keeper.start()
            self._take(self._pool.gather(0.0 if self._pool.is_idle else 0.2))

    def _claim(self) -> None:
        """Claim what is due. With attempts under way, an unreachable database is not an error."""
        if _winding_down.is_set():
            leases.release(job.event for job in self._pool.take_back_queued())
            return
        try:
            if time.monotonic() >= self._expire_at:
                expiry.expire_due()
                self._expire_at = time.monotonic() + _EXPIRE_EVERY_SECONDS
            self._claim_for(circuit_breaker.load_endpoints())
        except Error as error:
            if self._pool.is_idle and not self._unrecorded:
                raise
            outages.report(error)  # Attempts under way continue.
            connection.close()
            _run_requested.set()  # What is due now must not wait for the next call.

    def _claim_for(self, known: list[Endpoint]) -> None:
        rooms: dict[str, int] = {}
        for endpoint in known:
            room = self._pool.room(endpoint.name)
            if endpoint.stopped_at is not None or room < 1:
                continue
            if endpoints.destination(endpoint.name) is None:
                continue  # The events wait; the status page says so.
            if endpoints.rules(endpoint.name).is_divided:
                self._claim_divided(endpoint.name, room)
            elif endpoint.probe_at is not None:
                self._claim_of_failing(endpoint, room)
            else:
                rooms[endpoint.name] = room
        self._add(leases.claim_each(rooms, excluding=self._under_way()))

    def _claim_divided(self, name: str, room: int) -> None:
        room_of = partial(self._pool.room_of_merchant, name)
        under_way = self._under_way()
        self._add(leases.claim_divided(name, room, room_of, excluding=under_way))

    def _claim_of_failing(self, endpoint: Endpoint, room: int) -> None:
        under_way = self._under_way()
        self._add(leases.claim(endpoint.name, room, only_urgent=True, excluding=under_way))
        reserved = circuit_breaker.take_probe(endpoint, database_time.now())
        if reserved is not None:
            probe = leases.claim_for_probe(endpoint.name, excluding=under_way)
            if probe is None:
                circuit_breaker.probe_later(endpoint)
            else:
                self._add([probe], probe_until=reserved)

    def _under_way(self) -> set[int]:
        return {*self._pool.event_ids(), *(result.event.pk for result in self._unrecorded)}

    def _add(self, events: list[OutboundEvent], *, probe_until: datetime | None = None) -> None:
        for event in events:
            destination = endpoints.destination(event.endpoint)
            if destination is None:  # Its address has just been removed.
                self._unsent.append(event)
            else:
                self._pool.add([Job(event, destination, probe_until)])

    def _take(self, jobs: list[Job]) -> None:
        self._unsent += [job.event for job in jobs if job.answer is None]
        self._unrecorded += [_result(job) for job in jobs if job.answer is not None]
        self._attempts += sum(job.answer is not None for job in jobs)

    def _record(self) -> bool:
        """Record finished attempts; they are kept until that succeeds, so none is sent twice.

        Return True if anything was recorded: other events may be free to go then.
        """
        if not self._unsent and not self._unrecorded:
            return False
        try:
            leases.release(self._unsent)
            self._unsent = []
            if self._unrecorded:
                record(self._unrecorded)
                self._unrecorded = []
            return True
        except Error as error:
            outages.report(error)
            connection.close()
            if _winding_down.is_set():
                raise
            time.sleep(_PAUSE_SECONDS)
            return False


def _result(job: Job) -> Result:
    assert job.answer is not None
    assert job.started_at is not None
    return Result(job.event, job.answer, job.started_at, job.duration_ms, job.is_probe)
