"""The sandbox's HTTP/1.1 server on 127.0.0.1: bounded and robust against malformed requests."""

from __future__ import annotations

import sys
import threading
import traceback
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any
from urllib.parse import urlsplit

from sandbox.config import SandboxConfig
from sandbox.core import Sandbox
from sandbox.errors import SandboxError

from .router import Router, body_limit
from .web import Reply, Request, check_host, json_reply, single_values

SOCKET_TIMEOUT_SECONDS = 30
MAX_DISCARDED_BYTES = 16 * 1024 * 1024


class SandboxServer(ThreadingHTTPServer):
    """Binds in the constructor, which raises OSError if the port is in use.

    With port 0 the system chooses one, recorded in `sandbox.config`.
    """

    daemon_threads = True
    request_queue_size = 128  # A POS delivers in bursts; the default of 5 would stall them.

    def __init__(self, config: SandboxConfig) -> None:
        super().__init__(("127.0.0.1", config.port), Handler)
        self.sandbox = Sandbox(replace(config, port=self.server_port))
        self.router = Router(self.sandbox)
        self._thread = threading.Thread(target=self._serve, name="sandbox", daemon=True)
        self._poll_seconds = 0.25

    def start(self, *, poll_seconds: float = 0.25) -> None:
        """Serve in the background until `stop`, which takes up to `poll_seconds`."""
        self._poll_seconds = poll_seconds
        self._thread.start()

    def stop(self) -> None:
        self.sandbox.close()
        if self._thread.is_alive():
            self.shutdown()
            self._thread.join()
        self.server_close()

    def _serve(self) -> None:
        self.serve_forever(self._poll_seconds)

    def server_bind(self) -> None:
        """Bind without the base class's lookup of our host name, which can take seconds."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.socket.getsockname()[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore disconnected peers instead of printing a traceback."""
        if not isinstance(sys.exception(), (OSError, EOFError)):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    server: SandboxServer
    protocol_version = "HTTP/1.1"
    server_version = "StreamSandbox"
    sys_version = ""
    timeout = SOCKET_TIMEOUT_SECONDS
    disable_nagle_algorithm = True  # Headers and body are two writes.

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_PUT(self) -> None:
        self._answer()

    def do_PATCH(self) -> None:
        self._answer()

    def do_DELETE(self) -> None:
        self._answer()

    def do_OPTIONS(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: Any) -> None:
        """Stay silent: the page and the API show the requests, without codes in URLs."""

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer requests the base class refuses: too long, not HTTP, or an unknown method."""
        self.close_connection = True
        # Otherwise malformed requests are taken for HTTP/0.9.
        self.request_version = self.protocol_version
        self._write(json_reply({"error": message or "This is not an HTTP request."}, code))

    def _answer(self) -> None:
        try:
            reply = self.server.router.handle(self._request())
        except SandboxError as error:
            reply = json_reply(error.as_json(), error.status)
        except Exception:  # noqa: BLE001  # The outermost boundary: answer 500 rather than nothing.
            traceback.print_exc()
            reply = json_reply({"error": "The sandbox failed; see its output."}, 500)
        self._write(reply)

    def _request(self) -> Request:
        # Until the body is read, the next bytes do not start a request.
        self.close_connection = True
        check_host(self.headers)
        try:
            parts = urlsplit(self.path)
        except ValueError:
            raise SandboxError("The URL is malformed.") from None
        body = self._body(body_limit(parts.path))
        self.close_connection = self.headers.get("Connection", "").lower() == "close" or (
            self.request_version != "HTTP/1.1"
        )
        return Request(self.command, parts.path, single_values(parts.query), self.headers, body)

    def _body(self, limit: int) -> bytes:
        if "Transfer-Encoding" in self.headers:
            raise SandboxError("Send the body with a Content-Length.", status=411)
        lengths = self.headers.get_all("Content-Length") or ["0"]
        if len(lengths) != 1 or not (lengths[0].isascii() and lengths[0].isdigit()):
            raise SandboxError("The Content-Length is not a number.")
        length = int(lengths[0]) if len(lengths[0]) < 19 else 10**18
        if length > limit:
            self._discard(length)
            raise SandboxError(f"The body is over {limit // 1024} kB.", status=413)
        body = self.rfile.read(length)
        if len(body) < length:
            raise SandboxError("The body is incomplete.")
        return body

    def _discard(self, length: int) -> None:
        """Read the rest of the body: closing on unread bytes would lose our answer in a reset."""
        rest = min(length, MAX_DISCARDED_BYTES)
        while rest > 0 and (chunk := self.rfile.read(min(rest, 64 * 1024))):
            rest -= len(chunk)

    def _write(self, reply: Reply) -> None:
        if not reply.status:  # The silence of a receiver that is to fail.
            self.close_connection = True
            return
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "same-origin")
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)
