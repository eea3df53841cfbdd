"""A receiver that can misbehave in every way, and notes everything that came.

Bare sockets, because no HTTP server gives the answers that are needed here. It checks both
signatures by itself, not with the product's code.
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
    """One event as it came; `nth` counts how often it came, from 1."""

    event_id: str
    key: str
    sequence: int
    nth: int
    is_signed: bool


class Visit:
    """One request that waits for its answer."""

    def __init__(self, receiver: "Receiver", connection: socket.socket, request: Request) -> None:
        self.receiver = receiver
        self.connection = connection
        self.request = request
        self.is_last = False  # The connection is closed afterwards.

    def accept(self) -> None:
        """To be called before the first byte of a 2xx is sent."""
        self.receiver.note_accepted(self.request)

    def answer(self, status: int, body: bytes = b"{}", headers: str = "") -> None:
        if 200 <= status < 300:
            self.accept()
        body = b"" if status == 204 else body
        length = "" if status == 204 else f"Content-Length: {len(body)}\r\n"
        head = f"HTTP/1.1 {status} Said\r\n{length}{headers}\r\n"
        self.connection.sendall(head.encode() + body)

    def begin(self, status: int, headers: str = "Content-Length: 1000\r\n") -> None:
        """A head whose body the caller sends, or does not."""
        if 200 <= status < 300:
            self.accept()
        self.is_last = True
        self.connection.sendall(f"HTTP/1.1 {status} Said\r\n{headers}\r\n".encode())

    def reset(self) -> None:
        """Closes it so that the other side gets a RST."""
        self.is_last = True
        reset(self.connection)


Behave = Callable[[Visit], None]


def healthy(visit: Visit) -> None:
    visit.answer(200)


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


class Receiver:
    """Listens on one port for its whole life; while it is down the port is kept, and refuses."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._socket = _bound(0)
        self.port = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/pos/faults/webhook"
        self.stopping = threading.Event()
        self.forget()

    def forget(self) -> None:
        """Healthy, and nothing has come yet."""
        self.behave: Behave = healthy
        # Called with each new connection; False: it has dealt with the connection itself.
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
        """Every connection ends; new ones are refused."""
        self.stopping.set()
        with self._lock:
            ended = [self._socket, *self._open]
            self._open.clear()
        for one in ended:
            with contextlib.suppress(OSError):  # Closing alone does not wake its thread.
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._socket = _bound(self.port)

    def close(self) -> None:
        self.down()
        self._socket.close()

    def note_accepted(self, request: Request) -> None:
        with self._lock:
            self.accepted.append(request)

    def is_quiet(self, seconds: float = 0.3) -> bool:
        """Whether nothing comes or is answered for so long."""
        until, seen = time.monotonic() + seconds, (len(self.requests), len(self.accepted))
        while time.monotonic() < until:
            if self.busy or seen != (len(self.requests), len(self.accepted)):
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
        while not is_last and (found := _read(connection)) is not None:
            head, body = found
            with self._lock:
                self.busy += 1
            try:
                visit = Visit(self, connection, self._note(head, body))
                self.behave(visit)
                is_last = visit.is_last
            finally:
                with self._lock:
                    self.busy -= 1

    def _note(self, head: dict[str, str], body: bytes) -> Request:
        said = json.loads(body)["object"]
        event_id = head["webhook-id"]
        with self._lock:
            self._counts[event_id] += 1
            request = Request(
                event_id,
                # The writer says them; the product's own events say of which location they are.
                said.get("key", said["location_id"]),
                said.get("sequence", 0),
                self._counts[event_id],
                _is_signed(head, body),
            )
            self.requests.append(request)
        return request


def _bound(port: int) -> socket.socket:
    """Bound and not listening: connections are refused, and nobody else gets the port."""
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    one.bind(("127.0.0.1", port))
    return one


def _read(connection: socket.socket) -> tuple[dict[str, str], bytes] | None:
    """The next whole request; None when the sender went away before its end."""
    got = b""
    while b"\r\n\r\n" not in got:
        piece = connection.recv(65_536)
        if not piece:
            return None
        got += piece
    raw, _, body = got.partition(b"\r\n\r\n")
    lines = raw.decode("latin-1").split("\r\n")[1:]
    head = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    while len(body) < int(head["content-length"]):
        piece = connection.recv(65_536)
        if not piece:
            return None
        body += piece
    return head, body


def _is_signed(head: dict[str, str], body: bytes) -> bool:
    own = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    signed = f"{head['webhook-id']}.{head['webhook-timestamp']}.".encode() + body
    standard = base64.b64encode(hmac.new(SECRET.encode(), signed, hashlib.sha256).digest())
    return hmac.compare_digest(head["stream-webhook-signature"], own) and hmac.compare_digest(
        head["webhook-signature"], f"v1,{standard.decode()}"
    )
