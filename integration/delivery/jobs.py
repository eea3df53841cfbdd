"""One claimed event on its way: sent if its lease and its deadline allow it."""

import logging
import time
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings

from integration.db import database_time
from integration.models import OutboundEvent
from integration.webhooks import endpoints, expiry
from integration.webhooks.endpoints import Destination

from . import leases
from .transport import Answer, Exchange, Withheld

log = logging.getLogger(__name__)

TOO_SLOW = Answer(error="The answer took too long.", may_have_arrived=True)


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
    def lane(self) -> str:
        """The queue it stands in: jobs of other lanes do not wait for it."""
        endpoint = self.event.endpoint
        is_divided = endpoints.rules(endpoint).is_divided
        return f"{endpoint}/{self.event.merchant_id}" if is_divided else endpoint

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
