"""Sends orders over kept connections, as Stream does.

`python -m benchmarks.load.order_sender PORT PATH TOKEN FILE CONNECTIONS SECONDS [PER_SECOND]` is a
process of its own. Without PER_SECOND each connection sends as quickly as it is answered; with it
so many are due each second, and one that leaves late waits since it was due. Prints JSON.
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
    "POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n"
    "Content-Type: application/json\r\nAccept: application/json\r\nContent-Length: {length}\r\n\r\n"
)
_TIMEOUT_SECONDS = 60


@dataclass(frozen=True)
class Sent:
    """What became of the orders; milliseconds from when each was due to the end of its answer."""

    count: int
    per_second: float
    median_ms: float
    p99_ms: float


class Sender:
    """One connection."""

    def __init__(self, port: int, path: str, token: str) -> None:
        self._head = _HEAD.replace("{length}", "{{length}}").format(
            path=path, port=port, token=token
        )
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=_TIMEOUT_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, body: bytes) -> None:
        """Returns when it is accepted; anything else is an AssertionError."""
        self._socket.sendall(self._head.format(length=len(body)).encode() + body)
        answer = self._socket.recv(1 << 16)
        while (end := answer.find(b"\r\n\r\n")) < 0:
            answer += self._socket.recv(1 << 16)
        head = answer[:end].lower()
        whole = end + 4 + int(head.split(b"\r\ncontent-length:", 1)[1].split(b"\r\n", 1)[0])
        while len(answer) < whole:
            answer += self._socket.recv(1 << 16)
        assert head.startswith(b"http/1.1 200 "), answer


def send_all(
    senders: list[Sender], bodies: list[bytes], seconds: float, per_second: float | None
) -> Sent:
    """Until the time is over, or all are sent."""
    began = time.perf_counter()
    places = count()  # Taking the next one is one step, whatever thread does it.

    def of_one(sender: Sender) -> list[float]:
        return list(_waits(sender, bodies, places, began, seconds, per_second))

    with ThreadPoolExecutor(len(senders)) as executor:
        waits = [wait for some in executor.map(of_one, senders) for wait in some]
    took = time.perf_counter() - began
    return Sent(len(waits), len(waits) / took, percentile(waits, 0.5), percentile(waits, 0.99))


def _waits(
    sender: Sender,
    bodies: list[bytes],
    places: "count[int]",
    began: float,
    seconds: float,
    per_second: float | None,
) -> Iterator[float]:
    while (place := next(places)) < len(bodies):
        due = time.perf_counter()
        if per_second is not None:
            due = began + place / per_second
            time.sleep(max(due - time.perf_counter(), 0))
        if due > began + seconds:
            return
        sender.send(bodies[place])
        yield (time.perf_counter() - due) * 1000


def main(arguments: list[str]) -> Sent:
    port, path, token, file, connections, seconds, *per_second = arguments
    bodies = Path(file).read_bytes().splitlines()
    senders = [Sender(int(port), path, token) for _ in range(int(connections))]
    pace = float(per_second[0]) if per_second else None
    return send_all(senders, bodies, float(seconds), pace)


if __name__ == "__main__":
    from stream_pos.runtime.parent_death import die_with_parent

    die_with_parent()
    print(json.dumps(asdict(main(sys.argv[1:]))))  # Its answer.
