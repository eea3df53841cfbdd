"""The thread that renews the leases of the events a run holds, whatever holds up the run itself.

A process that is dead or frozen renews nothing, so others have its events within one lease.
"""

import threading
import time
from collections.abc import Callable
from datetime import datetime

from django.db import DatabaseError, InterfaceError, connection

from integration.db import database_time, outages, time_limits
from integration.models import OutboundEvent

from . import circuit_breaker, leases
from .jobs import Job
from .worker_pool import DeliveryPool

_AGAIN_SECONDS = 0.5  # After a failure: whoever is first when the database is back has the event.


class LeaseKeeper:
    """The keeper of one run; its thread and connection exist only while the run holds events."""

    def __init__(self, pool: DeliveryPool, unrecorded: Callable[[], list[OutboundEvent]]) -> None:
        """Keep the events of the pool, and those that have ended and are not recorded yet."""
        self._pool = pool
        self._unrecorded = unrecorded
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread unless it runs."""
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="event leases", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        self._stopping.set()

    def _run(self) -> None:
        time_limits.limit_thread("clocks")
        try:
            wait = leases.renewal_seconds()
            while not self._stopping.wait(wait):
                wait = leases.renewal_seconds() if self._renews() else _AGAIN_SECONDS
        finally:
            connection.close()

    def _renews(self) -> bool:
        """Renew all leases; return False if the database cannot be reached."""
        try:
            self.renew()
        except (DatabaseError, InterfaceError) as error:
            outages.report(error)
            connection.close()
            return False
        return True

    def renew(self) -> None:
        """Renew the leases and the reservations of probes; jobs that lost theirs are left alone."""
        asked_at, until = time.monotonic(), database_time.now() + leases.LEASE
        jobs = self._pool.jobs()
        events = [*(job.event for job in jobs), *self._unrecorded()]
        if not events:
            return
        held_ids = leases.renew(events, until)
        held = [job for job in jobs if job.event.pk in held_ids]
        for job in held:
            job.extend(asked_at + leases.LEASE.total_seconds(), until)
        _renew_probes(held, until)


def _renew_probes(jobs: list[Job], until: datetime) -> None:
    probes = {job.event.endpoint: job for job in jobs if job.probe_until is not None}
    if not probes:
        return
    reserved = {name: job.probe_until for name, job in probes.items() if job.probe_until}
    circuit_breaker.renew_probes(reserved, until)
    for job in probes.values():
        job.probe_until = until
