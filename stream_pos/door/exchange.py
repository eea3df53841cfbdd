"""One request and its answer, which is counted and sent once."""

import time
from typing import Any

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from integration.api import networks
from integration.failure_watch import tally
from integration.monitoring import counters
from stream_pos.web import forwarding

from . import refusals, routes
from .bridge import Response
from .lanes import Shed
from .protocol import Connection


class Exchange:
    """A request that is being answered; used on the event loop only."""

    def __init__(self, connection: Connection, cycle: RequestResponseCycle) -> None:
        self.connection, self.cycle = connection, cycle
        self.scope: dict[str, Any] = cycle.scope  # type: ignore[assignment]  # A TypedDict.
        self.headers: dict[bytes, bytes] = dict(self.scope["headers"])
        self.route = routes.find(self.scope["method"], self.scope["path"])
        self._begin = time.monotonic()
        self._is_over = False

    def address(self) -> str:
        """Return the client's address; empty if it has none."""
        client = self.scope["client"] or ("", 0)
        forwarded = self.headers.get(b"x-forwarded-for", b"")
        return forwarding.client(client[0], forwarded.decode("latin-1"))

    def finish(self, outcome: Response | Shed) -> None:
        """Count and send the answer; only the first one counts."""
        if self._is_over:
            return
        reason = ""
        if isinstance(outcome, Shed):
            reason = str(outcome)
            counters.REQUESTS_SHED.labels(self.route.lane, reason).inc()
            outcome = refusals.make(self.scope["path"], 503)
        counters.REQUESTS.labels(self.route.name, str(outcome.status)).inc()
        self._watch(tally.HUNG_UP if self.cycle.disconnected else outcome.status, reason)
        self.send(outcome)
        counters.REQUEST_SECONDS.labels(self.route.name).observe(time.monotonic() - self._begin)

    def send(self, response: Response) -> None:
        """Send an answer that is not counted."""
        self._end()
        self.connection.respond(self.cycle, response)

    def hang_up(self) -> None:
        """Note that the client left before its request was whole."""
        self._watch(tally.HUNG_UP)
        self._end()

    def cancel(self, msg: str = "") -> None:
        """Answer 503 soon, because the server stops; called as if this were a task."""
        self.connection.loop.call_soon(self.finish, Shed("stopping"))

    def _end(self) -> None:
        self._is_over = True
        self.connection.tasks.discard(self)

    def _watch(self, status: int, reason: str = "") -> None:
        """Count an answer for the failure watch if it is one to Stream's events."""
        if self.route.name == routes.EVENTS:
            tally.answers.count(networks.network(self.address()), status, reason)
