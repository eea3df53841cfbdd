"""The application: limits each request and has a lane answer it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from io import BytesIO
from typing import Any, NamedTuple

from django.conf import settings
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from integration.api import networks
from integration.api.conditional import WAS_SOUGHT
from integration.monitoring import counters
from stream_pos.web import cookies
from stream_pos.web.rate_limits import RateLimit

from . import body as bodies
from . import bridge, refusals, routes
from .exchange import Exchange
from .lanes import Lane, Shed, Work
from .protocol import Connection

log = logging.getLogger(__name__)
_ALIVE = bridge.Response(200, [(b"content-type", b"application/json")], b'{"status": "alive"}')
_BUSY = refusals.make("/v1/", 503)

Headers = list[tuple[bytes, bytes]]


# Returns a stored answer to a request with these headers; None: Django must answer.
Stored = Callable[[dict[str, Any], dict[bytes, bytes]], bridge.Response | None]


class Request(NamedTuple):
    """A request as direct work takes it; the names of headers are in lower case."""

    headers: dict[bytes, bytes]
    body: bytes


# Returns the answer to each of some requests; None: Django must answer.
Answer = Callable[[list[Request]], list[bridge.Response | None]]


class Direct(NamedTuple):
    """Work of threads that needs no Django, for several requests at once if they wait."""

    answer: Answer
    most: int


class Door:
    """Answers requests of one web process; created once, on its event loop's thread."""

    def __init__(
        self,
        application: bridge.WsgiApplication,
        direct: Mapping[tuple[str, str], Direct] | None = None,
        stored: Mapping[str, Stored] | None = None,
    ) -> None:
        """`direct` answers requests of some methods and paths before the application is asked.

        `stored`, by the name of a route, may answer before that, too.
        """
        limits = settings.DOOR
        self._application = application
        self._django = Work(self._respond)
        self._direct = {
            path: Work(partial(self._answer_directly, work.answer), work.most)
            for path, work in (direct or {}).items()
        }
        self._stored = stored or {}
        self._lanes = {
            name: Lane(
                name,
                threads=threads,
                queued=routes.QUEUED[name],
                wait_seconds=limits.wait_seconds,
            )
            for name, threads in routes.THREADS.items()
        }
        self._tokens = RateLimit(limits.token_per_second, seconds=1)
        self._stream_addresses = RateLimit(limits.token_per_second, seconds=1)
        self._addresses = RateLimit(limits.address_per_second, seconds=1)

    def at_once(self, method: str, path: str, headers: Headers) -> bridge.Response | None:
        """Return the answer if it needs neither thread nor body: 503 to Stream, or /healthz."""
        if path == "/healthz" and method == "GET":
            return _ALIVE
        route = routes.find(method, path)
        if route.lane not in ("orders", "stream") or method == "HEAD":
            return None
        token = next((value for name, value in headers if name == b"authorization"), None)
        if token is None:
            return None
        reason = self._lanes[route.lane].refusal(_token_key(token))
        if reason is None:
            return None
        counters.REQUESTS_SHED.labels(route.lane, reason).inc()
        counters.REQUESTS.labels(route.name, "503").inc()
        return _BUSY

    def answer(self, connection: Connection, cycle: RequestResponseCycle) -> None:
        """Have a request answered that has arrived whole, as most do; it needs no task."""
        exchange = Exchange(connection, cycle)
        # A server that stops waits for these, and cancels them in the end.
        connection.tasks.add(exchange)  # type: ignore[arg-type]  # It has what is used of a task.
        try:
            key = self._admit(exchange)
            if key is not None:
                body = bodies.Body(BytesIO(cycle.body), len(cycle.body))
                self._work(exchange, key, body)
        except Exception:
            log.exception("A request failed at the door.")
            exchange.finish(refusals.make(exchange.scope["path"], 500))

    async def __call__(
        self,
        scope: dict[str, Any],
        receive: bodies.Receive,
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        """Read a body that comes in pieces, and have the request answered."""
        exchange = Exchange(scope["state"]["connection"], scope["state"]["cycle"])
        key = self._admit(exchange)
        if key is not None:
            await self._read(exchange, key, receive)
        cycle = exchange.cycle
        while not (cycle.response_complete or cycle.disconnected):
            try:
                await cycle.message_event.wait()
            except asyncio.CancelledError:
                exchange.cancel()
            cycle.message_event.clear()

    async def _read(self, exchange: Exchange, key: str, receive: bodies.Receive) -> None:
        try:
            body = await bodies.read(
                receive,
                exchange.headers,
                limit=_body_limit(exchange),
                seconds=settings.DOOR.body_seconds,
            )
        except bodies.TooSlow:
            exchange.finish(refusals.make(exchange.scope["path"], 408))
        except bodies.TooMany:
            exchange.finish(Shed("uploads"))
        except bodies.Gone:
            exchange.hang_up()
        else:
            self._work(exchange, key, body)

    def _admit(self, exchange: Exchange) -> str | None:
        """Return the key under which a lane may answer; None if the request is answered."""
        path = exchange.scope["path"]
        if path == "/healthz":
            exchange.send(_ALIVE)
            return None
        key = self._key(exchange)
        if key is None:
            counters.REQUESTS_SHED.labels(exchange.route.lane, "rate").inc()
            exchange.finish(refusals.make(path, 429))
        return key

    def _work(self, exchange: Exchange, key: str, body: bodies.Body) -> None:
        lane = self._lanes[exchange.route.lane]
        work = self._django
        stored = self._stored.get(exchange.route.name)
        request: Any = (exchange.scope, exchange.headers, body, stored)
        direct = self._direct.get((exchange.scope["method"], exchange.scope["path"]))
        if direct is not None and body.is_whole:
            work = direct
        lane.submit(key, work, request, exchange.connection.has_gone, exchange.finish)

    def _answer_directly(self, answer: Answer, requests: list[Any]) -> list[bridge.Response]:
        asked = [Request(headers, body.content.read()) for _, headers, body, _ in requests]
        answers = answer(asked)
        for position, (request, response) in enumerate(zip(requests, answers, strict=True)):
            if response is None:
                request[2].content.seek(0)
                [answers[position]] = self._respond([request])
        return [response for response in answers if response is not None]

    def _respond(self, requests: list[Any]) -> list[bridge.Response]:
        """Return the stored response or that of the WSGI application, in a lane's thread."""
        [(scope, headers, body, stored)] = requests
        response = stored(scope, headers) if stored is not None else None
        if response is None:
            environ = bridge.environ(scope, body.content, body.length)
            if stored is not None:
                environ[WAS_SOUGHT] = True
            response = bridge.respond(self._application, environ)
        if response is None:
            response = refusals.make(scope["path"], 500)
        if not body.is_whole:
            response.headers.append((b"connection", b"close"))
        return [response]

    def _key(self, exchange: Exchange) -> str | None:
        """Return who shares threads fairly with others; None over a rate limit."""
        address = networks.network(exchange.address())
        if exchange.route.lane == "people":
            if not self._addresses.allows(address):
                return None
            return _session(exchange.headers) or address
        if exchange.route.lane == "probes":
            return address
        token = exchange.headers.get(b"authorization", b"")
        if not self._stream_addresses.allows(address) or (token and not self._tokens.allows(token)):
            return None
        return _token_key(token) if token else address


def _token_key(token: bytes) -> str:
    return str(hash(token))


def _session(headers: dict[bytes, bytes]) -> str:
    """Return the session cookie; it only separates queues, and its owner is not checked."""
    text = headers.get(b"cookie", b"").decode("latin-1")
    return cookies.value(text, settings.SESSION_COOKIE_NAME)


def _body_limit(exchange: Exchange) -> int:
    """Return how much is read; views answer 413 themselves to what is longer."""
    if exchange.route.lane == "people" and _session(exchange.headers):
        return int(settings.UPLOAD_MAX_BYTES)
    return int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
