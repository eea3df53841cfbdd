"""A fake of Stream's webhook endpoint: a real HTTP server on a local port."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Received:
    path: str
    headers: dict[str, str]
    body: bytes
    at: float


Behave = Callable[[BaseHTTPRequestHandler], None]


def answer(status: int, body: bytes = b"{}", **headers: str) -> Behave:
    def behave(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return behave


def never(handler: BaseHTTPRequestHandler) -> None:
    """Read the request and send nothing."""
    time.sleep(3)


def endless(handler: BaseHTTPRequestHandler) -> None:
    """Send a good status, then an endless body."""
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(b"x" * 65_536)


def broken_off(handler: BaseHTTPRequestHandler) -> None:
    """Send a good status and a body that ends too early."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b"x" * 10)
    handler.close_connection = True


def stalling(handler: BaseHTTPRequestHandler) -> None:
    """Send a good status and the beginning of a body, then nothing."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b"x" * 10)
    time.sleep(3)


def dripping(handler: BaseHTTPRequestHandler) -> None:
    """Send a good status, then a body one byte at a time."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    for _ in range(1000):
        handler.wfile.write(b"x")
        time.sleep(0.1)


@dataclass
class Receiver:
    """Answers with `behave` and keeps the requests."""

    received: list[Received] = field(default_factory=list)
    behave: Behave = field(default_factory=lambda: answer(200))

    def start(self) -> None:
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}/pos/tests/webhook"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def wait_for(self, count: int, *, seconds: float) -> list[Received]:
        deadline = time.monotonic() + seconds
        while len(self.received) < count and time.monotonic() < deadline:
            time.sleep(0.02)
        return self.received

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.received.append(
                    Received(self.path, dict(self.headers.items()), body, time.monotonic())
                )
                receiver.behave(self)

            do_GET = do_POST  # noqa: N815  # The name is the library's.

            def log_message(self, *args: Any) -> None:
                pass

        return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128  # A whole pool connects at once; five would break connections.

    def handle_error(self, *args: Any) -> None:
        """Ignore clients that hang up, as some tests intend."""
