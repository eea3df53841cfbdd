"""The ASGI application: reads, limits and counts each request, and has a lane answer it."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings

from integration.failure_watch import tally
from integration.monitoring import counters
from stream_pos.web import cookies, forwarding
from stream_pos.web.api_paths import error_body, is_api
from stream_pos.web.rate_limits import RateLimit

from . import body as bodies
from . import bridge, routes
from .lanes import Lane, Shed
from .writer import write

_ALIVE = bridge.Response(200, [(b"content-type", b"application/json")], b'{"status": "alive"}')
_TEXTS = {
    408: ("request_timeout", "The request did not arrive in time."),
    429: ("too_many_requests", "Too many requests: please try again in a second."),
    500: ("server_error", "An internal error occurred and has been logged."),
    503: ("temporarily_unavailable", "The server is busy: please try again soon."),
}

Headers = list[tuple[bytes, bytes]]


class Door:
    """Answers requests of one web process; created once, on its event loop's thread."""

    def __init__(self, application: bridge.WsgiApplication) -> None:
        limits = settings.DOOR
        self._application = application
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

    async def __call__(
        self,
        scope: dict[str, Any],
        receive: bodies.Receive,
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        path = scope["path"]
        if path == "/healthz":
            await write(scope, send, _ALIVE)
            return
        begin, reason = time.monotonic(), ""
        route = routes.find(scope["method"], path)
        try:
            response = await self._respond(scope, receive, route)
        except Shed as shed:
            reason = str(shed)
            counters.REQUESTS_SHED.labels(route.lane, reason).inc()
            response = _refusal(path, 503)
        except bodies.Gone:
            _watch(scope, route, tally.HUNG_UP)
            return
        counters.REQUESTS.labels(route.name, str(response.status)).inc()
        _watch(scope, route, response.status, reason)
        await write(scope, send, response)
        counters.REQUEST_SECONDS.labels(route.name).observe(time.monotonic() - begin)

    async def _respond(
        self, scope: dict[str, Any], receive: bodies.Receive, route: routes.Route
    ) -> bridge.Response:
        headers = dict(scope["headers"])
        key = self._key(scope, headers, route)
        if key is None:
            counters.REQUESTS_SHED.labels(route.lane, "rate").inc()
            return _refusal(scope["path"], 429)
        try:
            body = await bodies.read(
                receive,
                headers,
                limit=_body_limit(route, headers),
                seconds=settings.DOOR.body_seconds,
            )
        except bodies.TooSlow:
            return _refusal(scope["path"], 408)
        except bodies.TooMany as error:
            raise Shed("uploads") from error
        return await self._work(scope, route, key, body)

    async def _work(
        self, scope: dict[str, Any], route: routes.Route, key: str, body: bodies.Body
    ) -> bridge.Response:
        def work() -> bridge.Response:
            request = bridge.environ(scope, body.content, body.length)
            response = bridge.respond(self._application, request)
            return _refusal(scope["path"], 500) if response is None else response

        try:
            response = await self._lanes[route.lane].run(key, work, scope["state"]["has_gone"])
        except asyncio.CancelledError as error:
            raise Shed("stopping") from error
        if not body.is_whole:
            response.headers.append((b"connection", b"close"))
        return response

    def _key(
        self, scope: dict[str, Any], headers: dict[bytes, bytes], route: routes.Route
    ) -> str | None:
        """Return who shares threads fairly with others; None over a rate limit."""
        address = forwarding.network(_address(scope, headers))
        if route.lane == "people":
            return (_session(headers) or address) if self._addresses.allows(address) else None
        if route.lane == "probes":
            return address
        token = headers.get(b"authorization", b"")
        if not self._stream_addresses.allows(address) or (token and not self._tokens.allows(token)):
            return None
        return _token_key(token) if token else address


def _token_key(token: bytes) -> str:
    return str(hash(token))


def _address(scope: dict[str, Any], headers: dict[bytes, bytes]) -> str:
    """Return the client's address; empty if it has none."""
    forwarded = headers.get(b"x-forwarded-for", b"").decode("latin-1")
    client = scope["client"] or ("", 0)
    return forwarding.client(client[0], forwarded)


def _watch(scope: dict[str, Any], route: routes.Route, status: int, reason: str = "") -> None:
    """Count an answer for the failure watch if it is one to Stream's events."""
    if route.name == routes.EVENTS:
        hung_up = scope["state"]["cycle"].disconnected
        address = forwarding.network(_address(scope, dict(scope["headers"])))
        tally.answers.count(address, tally.HUNG_UP if hung_up else status, reason)


def _session(headers: dict[bytes, bytes]) -> str:
    """Return the session cookie; it only separates queues, and its owner is not checked."""
    text = headers.get(b"cookie", b"").decode("latin-1")
    return cookies.value(text, settings.SESSION_COOKIE_NAME)


def _body_limit(route: routes.Route, headers: dict[bytes, bytes]) -> int:
    """Return how much is read; views answer 413 themselves to what is longer."""
    if route.lane == "people" and _session(headers):
        return int(settings.UPLOAD_MAX_BYTES)
    return int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)


def _refusal(path: str, status: int) -> bridge.Response:
    error, text = _TEXTS[status]
    headers = [(b"cache-control", b"no-store")]
    if status in (429, 503):
        headers.append((b"retry-after", b"1" if status == 429 else b"2"))
    if status == 408:
        headers.append((b"connection", b"close"))
    if is_api(path):
        content = json.dumps(error_body(path, error, text)).encode()
        return bridge.Response(status, [(b"content-type", b"application/json"), *headers], content)
    headers.append((b"content-type", b"text/plain; charset=utf-8"))
    return bridge.Response(status, headers, text.encode() + b"\n")


_BUSY = _refusal("/v1/", 503)
