"""Connections that hold on to the web server without finishing a request or reading an answer."""

import http.client
import select
import socket
import time

_HEAD = b"POST /stream-pos/v1/token HTTP/1.1\r\nHost: 127.0.0.1\r\n"
_FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
HALF_BODY = _HEAD + _FORM + b"Content-Length: 1000\r\n\r\ngrant_type="
HALF_HEAD = _HEAD + b"X-Slow: "
# The largest file that anybody may have: a megabyte, more than the socket buffers take.
_LARGE = "/static/drf_spectacular_sidecar/redoc/bundles/redoc.standalone.js"
LARGE_FILES = f"GET {_LARGE} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode() * 5
_CLOSED = select.POLLRDHUP | select.POLLHUP | select.POLLERR
_LOOK_EVERY_SECONDS = 0.2


def hold(port: int, number: int, sent: bytes, seconds: float) -> int:
    """Keep so many connections that have sent this much, and reopen those that are closed.

    Return how often one was opened.
    """
    deadline, opened = time.monotonic() + seconds, 0
    held: list[socket.socket] = []
    try:
        while time.monotonic() < deadline:
            held = _still_open(held)
            new = [one for _ in range(number - len(held)) if (one := _connected(port, sent))]
            opened += len(new)
            held += new
            time.sleep(_LOOK_EVERY_SECONDS)
    finally:
        for connection in held:
            connection.close()
    return opened


def large_file_bytes(port: int) -> int:
    """Return how long the answer is that slow readers ask for; 0 if there is none."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", _LARGE)
        response = connection.getresponse()
        return len(response.read()) if response.status == 200 else 0
    finally:
        connection.close()


def _still_open(connections: list[socket.socket]) -> list[socket.socket]:
    """Return those that the server has not closed; nothing is read from them."""
    left = []
    for connection in connections:
        poll = select.poll()
        poll.register(connection, _CLOSED)
        if poll.poll(0):
            connection.close()
        else:
            left.append(connection)
    return left


def _connected(port: int, sent: bytes) -> socket.socket | None:
    """Return a connection that has sent this much; None if the server refuses or closes it."""
    connection = socket.socket()
    connection.settimeout(2)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    try:
        connection.connect(("127.0.0.1", port))
        connection.sendall(sent)
    except OSError:
        connection.close()
        return None
    return connection
