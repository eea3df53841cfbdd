"""Connections: deadlines and limits for requests whose headers or body are incomplete."""

import asyncio
import logging
import select
from collections import defaultdict
from typing import Any

from django.conf import settings
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from integration.api import networks
from stream_pos.web import forwarding

from . import writer
from .bridge import Response
from .lingering import LingeringTransport

_HEADER_BYTES = 32_768
_CONNECTIONS = 2_000
_SWEEP_SECONDS = 0.5
# Also a client that has closed its side only is gone, as for uvicorn. Linux alone can tell.
_GONE = getattr(select, "POLLRDHUP", 0)
_log = logging.getLogger("stream_pos.door.requests")
_log.setLevel(logging.ERROR)  # Anybody can send invalid requests, as many as they like.
_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-length: 0\r\nconnection: close\r\n\r\n"
)


class Connections:
    """The connections of this process, oldest first; used on the event loop only."""

    def __init__(self) -> None:
        self.reading: dict[Connection, None] = {}
        self.idle: dict[Connection, None] = {}
        self._by_network: defaultdict[str, dict[Connection, None]] = defaultdict(dict)
        self._is_sweeping = False

    def begin(self, connection: "Connection") -> None:
        """Note that a request of this connection is incomplete, and close what is too much."""
        if connection in self.reading:
            return
        connection.reading_since = connection.loop.time()
        self.idle.pop(connection, None)
        self.reading[connection] = None
        own = self._by_network[connection.network]
        own[connection] = None
        if len(own) > settings.DOOR.unfinished_per_address and not connection.is_exempt:
            oldest = next(iter(own))
            # Of many quick requests that arrive at once, none is late yet.
            if connection.reading_since - oldest.reading_since > settings.DOOR.body_seconds / 10:
                oldest.abort()
        if len(self.reading) + len(self.idle) > _CONNECTIONS:
            next(iter(self.idle or self.reading)).abort()
        if not self._is_sweeping:
            self._is_sweeping = True
            connection.loop.call_later(_SWEEP_SECONDS, self._sweep, connection.loop)

    def complete(self, connection: "Connection") -> None:
        self._forget(connection)
        self.idle[connection] = None

    def end(self, connection: "Connection") -> None:
        self._forget(connection)
        self.idle.pop(connection, None)

    def _forget(self, connection: "Connection") -> None:
        self.reading.pop(connection, None)
        own = self._by_network.get(connection.network)
        if own is not None:
            own.pop(connection, None)
            if not own:
                del self._by_network[connection.network]

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        """Close connections whose headers are late, or the body of an answered request.

        Bodies that are wanted have deadlines of their own.
        """
        latest = loop.time() - settings.DOOR.body_seconds
        for connection in list(self.reading):
            if connection.reading_since > latest:
                break
            if connection.is_unwatched():
                connection.abort()
        self._is_sweeping = bool(self.reading)
        if self._is_sweeping:
            loop.call_later(_SWEEP_SECONDS, self._sweep, loop)


_connections = Connections()


class Connection(HttpToolsProtocol):
    """One connection; its requests are counted until they have arrived as a whole."""

    network = ""
    is_exempt = False
    awaits_headers = True
    reading_since = 0.0
    answer: Response | None = None  # Sent as soon as the request is complete, without a task.
    _head_bytes = 0
    _is_receiving = False
    _unstarted: RequestResponseCycle | None = None
    _unsent: RequestResponseCycle | None = None  # Its response waits for the client to read.
    _deadline: asyncio.TimerHandle | None = None

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.logger = _log

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # As uvicorn's.
        self._descriptor = transport.get_extra_info("socket").fileno()
        super().connection_made(LingeringTransport(transport, self._has_unread))  # type: ignore[arg-type]  # It delegates the rest.
        address = self.client[0] if self.client else ""
        self.network = networks.network(address)
        self.is_exempt = forwarding.is_trusted(address)
        _connections.begin(self)

    def connection_lost(self, exc: Exception | None) -> None:
        _connections.end(self)
        if self._unsent is not None:
            self._give_up(self._unsent)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return  # Lingering: the rest of a request that was answered.
        self._is_receiving = True
        super().data_received(data)
        self._is_receiving = False
        if self._unstarted is not None:
            cycle, self._unstarted = self._unstarted, None
            super()._start_asgi_task(cycle, self.app)
        if self.awaits_headers and self in _connections.reading:
            self._head_bytes += len(data)
            if self._head_bytes > _HEADER_BYTES:
                self._refuse_headers()

    def on_message_begin(self) -> None:
        self.awaits_headers, self._head_bytes, self.answer = True, 0, None
        _connections.begin(self)
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self.awaits_headers = False
        if sum(len(name) + len(value) for name, value in self.headers) > _HEADER_BYTES:
            self._refuse_headers()
            return
        if self._is_simple():
            path = self.url.partition(b"?")[0].decode("latin-1")
            self.answer = self.app.at_once(self.parser.get_method().decode(), path, self.headers)
            if self.answer is not None:
                return
        super().on_headers_complete()
        # A task that reads these starts in the next round of the event loop.
        self.scope["state"] |= {"cycle": self.cycle, "connection": self}

    def on_body(self, body: bytes) -> None:
        if self.cycle is not None:
            super().on_body(body)

    def on_message_complete(self) -> None:
        _connections.complete(self)
        if self.answer is not None:
            self.transport.write(writer.whole(self.answer, self.server_state.default_headers))
            self._unset_keepalive_if_required()
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )
        elif self.cycle is not None:
            super().on_message_complete()
            if self._unstarted is not None:
                cycle, self._unstarted = self._unstarted, None
                self.app.answer(self, cycle)

    def respond(self, cycle: RequestResponseCycle, response: Response) -> None:
        """Send the response; drop the connection if its client does not take it in time."""
        if cycle.disconnected or self.transport.is_closing():
            self._give_up(cycle)
        elif response.file is not None:
            task = self.loop.create_task(writer.write_file(cycle, response, response.file))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)
        else:
            cycle.response_started = True
            self.transport.writelines(writer.parts(cycle, response))
            if self.flow.write_paused:
                seconds = writer.seconds(len(response.content))
                self._unsent = cycle
                self._deadline = self.loop.call_later(seconds, self.transport.abort)
            else:
                _complete(cycle)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._unsent is not None:
            cycle = self._unsent
            self._forget_unsent()
            _complete(cycle)

    def timeout_keep_alive_handler(self) -> None:
        if self.transport.get_write_buffer_size():
            self.abort()  # Otherwise closing would wait for a client that does not read.
        else:
            super().timeout_keep_alive_handler()

    def is_unwatched(self) -> bool:
        """Tell whether nobody waits for the rest of the incomplete request."""
        is_answered = self.cycle is None or self.cycle.response_complete
        return (self.awaits_headers or is_answered) and not self.transport.is_closing()

    def has_gone(self) -> bool:
        """Tell, in any thread, whether the client has closed: asks the kernel, not the loop."""
        if self.transport.is_closing():
            return True
        poll = select.poll()
        poll.register(self._descriptor, _GONE)
        return bool(poll.poll(0))

    def abort(self) -> None:
        self.transport.abort()
        _connections.end(self)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        """Start a task only for a body that comes in pieces."""
        if not cycle.more_body:
            self.app.answer(self, cycle)
        elif self._is_receiving:
            self._unstarted = cycle  # Its body may be in what is being read.
        else:
            super()._start_asgi_task(cycle, app)

    def _give_up(self, cycle: RequestResponseCycle) -> None:
        """End an exchange whose client has gone; uvicorn does so for the last one only."""
        if cycle is self._unsent:
            self._forget_unsent()
        cycle.disconnected = True
        cycle.message_event.set()

    def _forget_unsent(self) -> None:
        self._unsent = None
        if self._deadline is not None:
            self._deadline.cancel()

    def _is_simple(self) -> bool:
        """Tell whether an answer may be sent as soon as the request is complete, and no more."""
        return (
            (self.cycle is None or self.cycle.response_complete)
            and not self.expect_100_continue
            and self.parser.get_http_version() == "1.1"
            and self.parser.should_keep_alive()
        )

    def _has_unread(self) -> bool:
        return self in _connections.reading

    def _refuse_headers(self) -> None:
        self.transport.write(_TOO_LARGE)
        self.transport.close()


def _complete(cycle: RequestResponseCycle) -> None:
    """Do what uvicorn does after the last piece of a response."""
    cycle.response_complete = True
    cycle.message_event.set()
    if not cycle.keep_alive:
        cycle.transport.close()
    cycle.on_response()
