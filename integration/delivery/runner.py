"""Sends everything that is due: claims, sends side by side, records, until nothing is left.

One run at a time in a process. A try that ends is recorded with whatever else ended meanwhile, and
replaced at once: nobody waits for the slowest of a batch. Nothing is sent inside a transaction.
"""

import logging
import threading
import time
from datetime import datetime

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.utils import timezone

from integration.models import Endpoint, OutboundEvent
from integration.webhooks import endpoints, expiry

from . import circuit_breaker, leases
from .results import Result, record
from .worker_pool import Job, Sending

log = logging.getLogger(__name__)

_DATABASE_ERRORS = (DatabaseError, InterfaceError)
_FORGOTTEN_AT_ONCE = 1000
_EXPIRE_EVERY_SECONDS = 0.5
_PAUSE_SECONDS = 0.5  # While the database is away.

_under_way = threading.Lock()
_called_again = threading.Event()
_winding_down = threading.Event()
_sending: Sending | None = None


def deliver_due() -> int:
    """Sends everything that is due; returns how many tries there were.

    Called while it is under way in this process, it lets that run look again instead of taking
    another of the worker's threads.
    """
    _called_again.set()
    if _sending is not None:
        _sending.poke()
    tried = 0
    while _called_again.is_set() and _under_way.acquire(blocking=False):
        try:
            tried += _Run(_the_sending()).until_nothing_is_due()
        finally:
            _under_way.release()
    return tried


def wind_down() -> None:
    """Lets a run end soon, because the process does: what is under way ends, nothing begins."""
    _winding_down.set()
    if _sending is not None:
        _sending.poke()


def forget_finished(before: datetime) -> int:
    """Deletes events that were over before then, with their attempts, a batch at a time."""
    gone = 0
    over = OutboundEvent.objects.filter(finished_at__lt=before).order_by("finished_at")
    while keys := list(over.values_list("pk", flat=True)[:_FORGOTTEN_AT_ONCE]):
        OutboundEvent.objects.filter(pk__in=keys).delete()
        gone += len(keys)
    return gone


def _the_sending() -> Sending:
    """Lives as long as the process, made in the process that uses it."""
    global _sending
    if _sending is None or _sending.connections != settings.WEBHOOK_CONNECTIONS:
        _sending = Sending()
    return _sending


class _Run:
    """From the first due event to the last."""

    def __init__(self, sending: Sending) -> None:
        self._sending = sending
        self._unrecorded: list[Result] = []
        self._unsent: list[OutboundEvent] = []
        self._tried = 0
        self._expire_at = 0.0  # On the monotonic clock.

    def until_nothing_is_due(self) -> int:
        while True:
            if _called_again.is_set():  # What is new need not wait until the old is recorded.
                _called_again.clear()
                self._claim()
            if self._record():
                self._claim()
            if self._sending.is_idle and not self._unrecorded and not self._unsent:
                return self._tried
            self._take(self._sending.gather(0.0 if self._sending.is_idle else 0.2))

    def _claim(self) -> None:
        """Takes what is due. With tries under way it goes on when the database is away."""
        if _winding_down.is_set():
            leases.give_back(job.event for job in self._sending.take_back_queued())
            return
        try:
            if time.monotonic() >= self._expire_at:
                expiry.expire_due()
                self._expire_at = time.monotonic() + _EXPIRE_EVERY_SECONDS
            self._claim_for(circuit_breaker.load())
        except _DATABASE_ERRORS:
            if self._sending.is_idle and not self._unrecorded:
                raise
            log.warning("The database is away; what is under way goes on.")
            connection.close()
            _called_again.set()  # What is due now must not wait for another call.

    def _claim_for(self, known: list[Endpoint]) -> None:
        rooms: dict[str, int] = {}
        for endpoint in known:
            room = self._sending.room(endpoint.name)
            if endpoint.stopped_at is not None or room < 1:
                continue
            if endpoints.destination(endpoint.name) is None:
                continue  # The events wait; the status page says so.
            if endpoint.probe_at is not None:
                self._claim_of_failing(endpoint, room)
            else:
                rooms[endpoint.name] = room
        self._add(leases.claim_each(rooms, besides=self._under_way()))

    def _claim_of_failing(self, endpoint: Endpoint, room: int) -> None:
        mine = self._under_way()
        self._add(leases.claim(endpoint.name, room, only_urgent=True, besides=mine))
        if circuit_breaker.take_probe(endpoint, timezone.now()):
            probe = leases.claim_for_probe(endpoint.name, besides=mine)
            if probe is None:
                circuit_breaker.probe_later(endpoint)
            else:
                self._add([probe], is_probe=True)

    def _under_way(self) -> set[int]:
        return {*self._sending.event_ids(), *(result.event.pk for result in self._unrecorded)}

    def _add(self, events: list[OutboundEvent], *, is_probe: bool = False) -> None:
        for event in events:
            destination = endpoints.destination(event.endpoint)
            if destination is None:  # Unknown since just now.
                self._unsent.append(event)
            else:
                self._sending.add([Job(event, destination, is_probe)])

    def _take(self, jobs: list[Job]) -> None:
        self._unsent += [job.event for job in jobs if job.answer is None]
        self._unrecorded += [_result(job) for job in jobs if job.answer is not None]
        self._tried += sum(job.answer is not None for job in jobs)

    def _record(self) -> bool:
        """What was sent is kept here until it can be recorded, so that it is not sent twice.

        Returns whether anything was: then others may be free to go.
        """
        if not self._unsent and not self._unrecorded:
            return False
        try:
            leases.give_back(self._unsent)
            self._unsent = []
            if self._unrecorded:
                record(self._unrecorded)
                self._unrecorded = []
            return True
        except _DATABASE_ERRORS as error:
            log.warning("Not recorded yet: %s", error)
            connection.close()
            if _winding_down.is_set():
                raise
            time.sleep(_PAUSE_SECONDS)
            return False


def _result(job: Job) -> Result:
    assert job.answer is not None
    assert job.started_at is not None
    return Result(job.event, job.answer, job.started_at, job.duration_ms, job.is_probe)
