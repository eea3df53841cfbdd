"""A webhook receiver that costs little: one process, keep-alive, notes when each event came.

The address says how it behaves: POST /after/<seconds>/… is answered 200 after that time. An event
is known by the `location_id` in its body, which the benchmarks make unique. GET / tells all
arrivals, GET /count how many there were, DELETE / forgets them.
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
    """The receiver as its process sees it: what came, and when (as of time.time)."""

    def __init__(self) -> None:
        self.arrivals: dict[str, float] = {}
        self.count = 0

    def note(self, body: bytes) -> None:
        start = body.find(_MARK) + len(_MARK)
        self.arrivals.setdefault(body[start : body.find(b'"', start)].decode(), time.time())
        self.count += 1

    def answer(self, method: bytes, path: bytes, body: bytes) -> tuple[bytes, float]:
        """The answer's body, and after how many seconds it is given."""
        if method == b"POST":
            self.note(body)
            return b"{}", float(path.split(b"/")[2])
        if method == b"DELETE":
            self.arrivals, self.count = {}, 0
        content = self.count if path == b"/count" else self.arrivals
        return json.dumps(content).encode(), 0.0


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
        # Nobody sends a second request before the first is answered.
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
    written = port_file.with_suffix(".new")
    written.write_text(str(server.sockets[0].getsockname()[1]))
    written.replace(port_file)
    await server.serve_forever()


class RemoteReceiver:
    """The receiver as the benchmarks see it."""

    def __init__(self, port: int) -> None:
        self.port = port

    def url(self, after_seconds: float = 0) -> str:
        """Where events are posted that are answered after this time."""
        return f"http://127.0.0.1:{self.port}/after/{after_seconds:g}/webhook"

    def arrivals(self) -> dict[str, float]:
        """When each event came first, by its location_id."""
        found: dict[str, float] = self._ask("GET", "/")
        return found

    def count(self) -> int:
        """How many requests came, repeats too."""
        found: int = self._ask("GET", "/count")
        return found

    def forget(self) -> None:
        self._ask("DELETE", "/")

    def _ask(self, method: str, path: str) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with contextlib.closing(connection):
            connection.request(method, path)
            return json.loads(connection.getresponse().read())


@contextmanager
def receiving() -> Iterator[RemoteReceiver]:
    """A receiver in a process of its own."""
    with TemporaryDirectory() as folder:
        port_file = Path(folder) / "port"
        with processes.running("receiver", "benchmarks.servers.receiver", str(port_file)):
            processes.wait_for("The start of the receiver", port_file.exists, 30)
            yield RemoteReceiver(int(port_file.read_text()))


if __name__ == "__main__":
    from stream_pos.runtime.parent_death import die_with_parent

    die_with_parent()
    asyncio.run(_serve(Path(sys.argv[1])))
