"""A lightweight webhook receiver: one process, keep-alive, records when each event arrived.

The path sets its behavior: POST /after/<seconds>/… is answered with 200 after that delay, and
/after/<seconds>/only/<location>/… delays the events of that location alone. Events are identified
by the `location_id` in their body, which most benchmarks make unique. GET / returns all arrivals,
GET /count their number, DELETE / resets both.
"""

import asyncio
import contextlib
import http.client
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from . import processes

_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
_MARK = b'"location_id":"'


class Receiver:
    """The receiver's state in its own process: arrivals by time.time, and their number."""

    def __init__(self) -> None:
        self.arrivals: dict[str, float] = {}
        self.count = 0

    def record(self, location: str) -> None:
        self.arrivals.setdefault(location, time.time())
        self.count += 1

    def answer(self, method: bytes, path: bytes, body: bytes) -> tuple[bytes, float]:
        """Return the body of the answer and the delay in seconds."""
        if method == b"POST":
            location = _location_of(body)
            self.record(location)
            _, _, seconds, *rest = path.decode().split("/")
            is_other = rest[0] == "only" and rest[1] != location
            return b"{}", 0.0 if is_other else float(seconds)
        if method == b"DELETE":
            self.arrivals, self.count = {}, 0
        content = self.count if path == b"/count" else self.arrivals
        return json.dumps(content).encode(), 0.0


def _location_of(body: bytes) -> str:
    start = body.find(_MARK) + len(_MARK)
    return body[start : body.find(b'"', start)].decode()


class _Connection(asyncio.Protocol):
    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self._unread = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._unread += data
        head, found, rest = self._unread.partition(b"\r\n\r\n")
        if not found or len(rest) < (length := _length(head)):
            return
        # No client sends a second request before the first is answered.
        self._unread = rest[length:]
        method, path, _ = head.split(b" ", 2)
        answer, seconds = self._receiver.answer(method, path, rest[:length])
        content = _ANSWER % (len(answer), answer)
        if seconds:
            asyncio.get_running_loop().call_later(seconds, self._write, content)
        else:
            self._write(content)

    def _write(self, content: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(content)


def _length(head: bytes) -> int:
    _, found, value = head.lower().partition(b"\r\ncontent-length:")
    return int(value.split(b"\r\n", 1)[0]) if found else 0


async def _serve(port_file: Path) -> None:
    receiver = Receiver()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(receiver), "127.0.0.1", 0, backlog=1024)
    new_file = port_file.with_suffix(".new")
    new_file.write_text(str(server.sockets[0].getsockname()[1]))
    new_file.replace(port_file)
    await server.serve_forever()


class RemoteReceiver:
    """The benchmark's client for the receiver process."""

    def __init__(self, port: int) -> None:
        self.port = port

    def url(self, after_seconds: float = 0, *, only: str = "") -> str:
        """Return the URL that answers events after this delay, or those of one location only."""
        place = f"/only/{only}" if only else ""
        return f"http://127.0.0.1:{self.port}/after/{after_seconds:g}{place}/webhook"

    def arrivals(self) -> dict[str, float]:
        """Return the first arrival of each event, by location_id."""
        times: dict[str, float] = self._request("GET", "/")
        return times

    def count(self) -> int:
        """Return the number of requests, including repeats."""
        number: int = self._request("GET", "/count")
        return number

    def forget(self) -> None:
        self._request("DELETE", "/")

    def _request(self, method: str, path: str) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with contextlib.closing(connection):
            connection.request(method, path)
            return json.loads(connection.getresponse().read())


@contextmanager
def receiving() -> Iterator[RemoteReceiver]:
    """Run a receiver in a separate process."""
    with TemporaryDirectory() as folder:
        port_file = Path(folder) / "port"
        with processes.running("receiver", "benchmarks.servers.receiver", str(port_file)):
            processes.wait_for("The start of the receiver", port_file.exists, 30)
            yield RemoteReceiver(int(port_file.read_text()))


if __name__ == "__main__":
    from integration.bounded.parent_death import die_with_parent

    die_with_parent()
    asyncio.run(_serve(Path(sys.argv[1])))
