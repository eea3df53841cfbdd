"""Send requests over keep-alive connections, as Stream does.

`python -m benchmarks.load.order_sender PORT PATH TOKEN FILE CONNECTIONS SECONDS [PER_SECOND]` runs
as a separate process and prints JSON. Without PER_SECOND each connection sends as fast as it is
answered; with it, that many orders are due per second and latency counts from when each was due.
"""

import json
import socket
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path

from benchmarks.results.measures import percentile

_HEAD = (
    "POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{header}\r\n"
    "Content-Type: application/json\r\nAccept: application/json\r\nContent-Length: {length}\r\n\r\n"
)
_TIMEOUT_SECONDS = 60
Request = tuple[str, bytes]  # A header line, and the body.


@dataclass(frozen=True)
class Sent:
    """The result of a run; latency in milliseconds, from due time to the end of the answer."""

    count: int
    per_second: float
    median_ms: float
    p99_ms: float


class Sender:
    """One connection."""

    def __init__(self, port: int, path: str) -> None:
        self._port, self._path = port, path
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=_TIMEOUT_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, header: str, body: bytes) -> None:
        """Send the body and wait until it is accepted; AssertionError for any other answer."""
        names = {"path": self._path, "port": self._port, "header": header, "length": len(body)}
        self._socket.sendall(_HEAD.format(**names).encode() + body)
        answer = self._socket.recv(1 << 16)
        while (end := answer.find(b"\r\n\r\n")) < 0:
            answer += self._socket.recv(1 << 16)
        head = answer[:end].lower()
        whole = end + 4 + int(head.split(b"\r\ncontent-length:", 1)[1].split(b"\r\n", 1)[0])
        while len(answer) < whole:
            answer += self._socket.recv(1 << 16)
        assert head.startswith((b"http/1.1 200 ", b"http/1.1 201 ")), answer


def send_all(
    senders: list[Sender], requests: list[Request], seconds: float, per_second: float | None
) -> Sent:
    """Send the requests until time is up or all are sent."""
    started = time.perf_counter()
    indexes = count()  # next() is atomic across threads.

    def run(sender: Sender) -> list[float]:
        return list(_latencies(sender, requests, indexes, started, seconds, per_second))

    with ThreadPoolExecutor(len(senders)) as executor:
        waits = [wait for part in executor.map(run, senders) for wait in part]
    elapsed = time.perf_counter() - started
    return Sent(len(waits), len(waits) / elapsed, percentile(waits, 0.5), percentile(waits, 0.99))


def _latencies(
    sender: Sender,
    requests: list[Request],
    indexes: "count[int]",
    started: float,
    seconds: float,
    per_second: float | None,
) -> Iterator[float]:
    while (index := next(indexes)) < len(requests):
        due = time.perf_counter()
        if per_second is not None:
            due = started + index / per_second
            time.sleep(max(due - time.perf_counter(), 0))
        if due > started + seconds:
            return
        sender.send(*requests[index])
        yield (time.perf_counter() - due) * 1000


def main(arguments: list[str]) -> Sent:
    port, path, token, file, connections, seconds, *per_second = arguments
    header = f"Authorization: Bearer {token}"
    requests = [(header, body) for body in Path(file).read_bytes().splitlines()]
    senders = [Sender(int(port), path) for _ in range(int(connections))]
    pace = float(per_second[0]) if per_second else None
    return send_all(senders, requests, float(seconds), pace)


if __name__ == "__main__":
    from integration.bounded.parent_death import die_with_parent

    die_with_parent()
    print(json.dumps(asdict(main(sys.argv[1:]))))
