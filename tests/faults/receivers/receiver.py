"""A receiver that can misbehave in every way and records all requests.

It uses plain sockets, because no HTTP server can send the answers needed here, and verifies both
signatures with its own code, not the product's.
"""

import base64
import contextlib
import hashlib
import hmac
import json
import socket
import ssl
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

SECRET = "the secret of the fault suite"


@dataclass(frozen=True)
class Request:
    """An event as received; `nth` counts its arrivals from 1."""

    event_id: str
    key: str
    sequence: int
    nth: int
    is_signed: bool


class Exchange:
    """A request waiting for its answer."""

    def __init__(self, receiver: "Receiver", connection: socket.socket, request: Request) -> None:
        self.receiver = receiver
        self.connection = connection
        self.request = request
        self.is_last = False  # Close the connection afterwards.

    def accept(self) -> None:
        """Record the acceptance; call before sending the first byte of a 2xx."""
        self.receiver.record_accepted(self.request)

    def answer(self, status: int, body: bytes = b"{}", headers: str = "") -> None:
        if 200 <= status < 300:
            self.accept()
        body = b"" if status == 204 else body
        length = "" if status == 204 else f"Content-Length: {len(body)}\r\n"
        head = f"HTTP/1.1 {status} Status\r\n{length}{headers}\r\n"
        self.connection.sendall(head.encode() + body)

    def begin(self, status: int, headers: str = "Content-Length: 1000\r\n") -> None:
        """Send a head; the body is left to the caller."""
        if 200 <= status < 300:
            self.accept()
        self.is_last = True
        self.connection.sendall(f"HTTP/1.1 {status} Status\r\n{headers}\r\n".encode())

    def reset(self) -> None:
        """Close the connection with a RST."""
        self.is_last = True
        reset(self.connection)


Behavior = Callable[[Exchange], None]


def healthy(exchange: Exchange) -> None:
    exchange.answer(200)


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


class Receiver:
    """A receiver on a fixed port; while it is down, the port is kept and refuses connections."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._socket = _bound(0)
        self.port = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/pos/faults/webhook"
        self.stopping = threading.Event()
        self.clear()

    def clear(self) -> None:
        """Reset to a healthy receiver without any requests."""
        self.behave: Behavior = healthy
        # Called with each new connection; returns False if it has closed the connection itself.
        self.greet: Callable[[socket.socket], bool] = lambda connection: True
        self.context: Callable[[], ssl.SSLContext | None] = lambda: None
        self.requests: list[Request] = []
        self.accepted: list[Request] = []
        self.connections = self.failed_handshakes = self.busy = 0
        self._counts: Counter[str] = Counter()

    def up(self) -> None:
        self.stopping.clear()
        self._socket.listen(256)
        threading.Thread(target=self._accept, args=(self._socket,), daemon=True).start()

    def down(self) -> None:
        """Close all connections and refuse new ones."""
        self.stopping.set()
        with self._lock:
            sockets = [self._socket, *self._open]
            self._open.clear()
        for open_socket in sockets:
            with contextlib.suppress(OSError):  # Closing alone does not wake its thread.
                open_socket.shutdown(socket.SHUT_RDWR)
            open_socket.close()
        self._socket = _bound(self.port)

    def close(self) -> None:
        self.down()
        self._socket.close()

    def record_accepted(self, request: Request) -> None:
        with self._lock:
            self.accepted.append(request)

    def is_quiet(self, seconds: float = 0.3) -> bool:
        """Check that nothing arrives or is answered within this time."""
        deadline, before = time.monotonic() + seconds, (len(self.requests), len(self.accepted))
        while time.monotonic() < deadline:
            if self.busy or before != (len(self.requests), len(self.accepted)):
                return False
            time.sleep(0.02)
        return True

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with self._lock:
                    self.connections += 1
                    self._open.add(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        plain = connection
        with contextlib.suppress(OSError, ValueError, KeyError):
            context = self.context()
            if context is not None:
                connection = self._secured(connection, context)
            if self.greet(connection):
                self._answer_all(connection)
        with self._lock:
            self._open.discard(plain)
        connection.close()

    def _secured(self, connection: socket.socket, context: ssl.SSLContext) -> socket.socket:
        connection.settimeout(5)
        try:
            return context.wrap_socket(connection, server_side=True)
        except OSError:
            with self._lock:
                self.failed_handshakes += 1
            raise

    def _answer_all(self, connection: socket.socket) -> None:
        is_last = False
        while not is_last and (received := _read(connection)) is not None:
            head, body = received
            with self._lock:
                self.busy += 1
            try:
                exchange = Exchange(self, connection, self.record(head, body))
                self.behave(exchange)
                is_last = exchange.is_last
            finally:
                with self._lock:
                    self.busy -= 1

    def record(self, head: dict[str, str], body: bytes) -> Request:
        """Record a request; for receivers of other bodies to replace."""
        subject = json.loads(body)["object"]
        event_id = head["webhook-id"]
        with self._lock:
            self._counts[event_id] += 1
            request = Request(
                event_id,
                # Set by the writer; the product's own events only have a location.
                subject.get("key", subject.get("location_id", "")),
                subject.get("sequence", 0),
                self._counts[event_id],
                is_signed(head, body),
            )
            self.requests.append(request)
        return request


def _bound(port: int) -> socket.socket:
    """Return a bound socket that is not listening: it refuses connections and keeps the port."""
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind(("127.0.0.1", port))
    return bound


def _read(connection: socket.socket) -> tuple[dict[str, str], bytes] | None:
    """Read the next complete request; None if the sender disconnects before its end."""
    received = b""
    while b"\r\n\r\n" not in received:
        piece = connection.recv(65_536)
        if not piece:
            return None
        received += piece
    raw, _, body = received.partition(b"\r\n\r\n")
    lines = raw.decode("latin-1").split("\r\n")[1:]
    head = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    while len(body) < int(head["content-length"]):
        piece = connection.recv(65_536)
        if not piece:
            return None
        body += piece
    return head, body


def is_signed(head: dict[str, str], body: bytes) -> bool:
    stream_signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    signed_content = f"{head['webhook-id']}.{head['webhook-timestamp']}.".encode() + body
    standard = base64.b64encode(hmac.new(SECRET.encode(), signed_content, hashlib.sha256).digest())
    return hmac.compare_digest(
        head["stream-webhook-signature"], stream_signature
    ) and hmac.compare_digest(head["webhook-signature"], f"v1,{standard.decode()}")
