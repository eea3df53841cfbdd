"""Connections that hold on to the web server without finishing a request or reading an answer."""

import contextlib
import socket
import time

_HEAD = b"POST /stream-pos/v1/token HTTP/1.1\r\nHost: 127.0.0.1\r\n"
_FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
HALF_BODY = _HEAD + _FORM + b"Content-Length: 1000\r\n\r\ngrant_type="
HALF_HEAD = _HEAD + b"X-Slow: "
_PAGE = b"GET /stream-pos/v1/openapi HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
MANY_PAGES = _PAGE * 200  # The answers exceed what the socket buffers take.


def hold(port: int, number: int, sent: bytes, seconds: float) -> None:
    """Keep this many connections that have sent this much open for this long."""
    with contextlib.ExitStack() as stack:
        for _ in range(number):
            with contextlib.suppress(OSError):  # The server may refuse or close them.
                stack.enter_context(_connected(port, sent))
        time.sleep(seconds)


def _connected(port: int, sent: bytes) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=2)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.sendall(sent)
    return connection
