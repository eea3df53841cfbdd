"""A raw socket server, for answers that no HTTP server would give."""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator

Behave = Callable[[socket.socket], None]

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


class RawServer:
    """Runs `behave` for each connection in its own thread, then closes the connection."""

    def __init__(
        self,
        behave: Behave,
        context: ssl.SSLContext | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self.behave = behave
        self.requests: list[bytes] = []
        self.accepted = 0
        self.stopping = threading.Event()
        self._context = context
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, port), family=family)
        self._open: list[socket.socket] = []
        self.port = self._listener.getsockname()[1]
        self.url = f"{'https' if context else 'http'}://127.0.0.1:{self.port}/hook"
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self) -> None:
        self.stopping.set()
        # Closing alone does not wake a thread that accepts or receives.
        for sock in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()

    def request(self, connection: socket.socket) -> bytes:
        """Read the next whole request; return nothing if the client has gone."""
        received = b""
        while b"\r\n\r\n" not in received:
            piece = connection.recv(65_536)
            if not piece:
                return b""
            received += piece
        head, _, body = received.partition(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        while len(body) < length:
            body += connection.recv(65_536)
        self.requests.append(head + b"\r\n\r\n" + body)
        return self.requests[-1]

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.accepted += 1
                self._open.append(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError):
            if self._context is not None:
                connection = self._context.wrap_socket(connection, server_side=True)
                self._open.append(connection)
            self.behave(connection)
        connection.close()


def serving(*answers: bytes) -> Iterator[RawServer]:
    """Serve the answers in turn on each connection, repeating the last one."""
    server = RawServer(lambda connection: None)
    server.behave = answering(server, *answers)
    yield server
    server.stop()


def answering(server: RawServer, *answers: bytes) -> Behave:
    def behave(connection: socket.socket) -> None:
        left = list(answers)
        while server.request(connection):
            connection.sendall(left[0] if len(left) == 1 else left.pop(0))

    return behave


def dripping(server: RawServer, beginning: bytes, drop: bytes) -> Behave:
    """Send the beginning, then one drop at a time without end."""

    def behave(connection: socket.socket) -> None:
        server.request(connection)
        connection.sendall(beginning)
        while not server.stopping.wait(0.05):
            connection.sendall(drop)

    return behave


def silent(server: RawServer) -> Behave:
    """Accept the connection and send nothing."""
    return lambda connection: server.stopping.wait(60) and None


def eventually(condition: Callable[[], bool], seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()


def sent_headers(request: bytes) -> dict[str, str]:
    """Return the headers of a request; assert that none is repeated."""
    lines = request.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")[1:]
    pairs = [line.split(": ", 1) for line in lines]
    assert len({name.lower() for name, _ in pairs}) == len(pairs)
    return {name: value for name, value in pairs}  # noqa: C416  # dict() of lists has no type.
