"""Pull a catalog over keep-alive connections, as Stream does.

`python -m benchmarks.load.puller PORT PATH LOCATION TOKEN CONNECTIONS SECONDS` runs as a separate
process and prints the number of pulls per second.
"""

import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

_REQUEST = (
    "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n"
    "X-Provider-Location-Id: {location}\r\nAccept: application/json\r\n"
    "Accept-Encoding: gzip\r\n\r\n"
)
_TIMEOUT_SECONDS = 120


class Pulled(NamedTuple):
    """One answer with its raw content; times in milliseconds since the request."""

    first_byte_ms: float
    whole_ms: float
    head: bytes
    content: bytes


class Puller:
    """One connection that pulls one location's catalog."""

    def __init__(self, port: int, path: str, location: str, token: str) -> None:
        request = _REQUEST.format(path=path, port=port, token=token, location=location)
        self._request = request.encode()
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=_TIMEOUT_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def pull(self) -> Pulled:
        requested = time.perf_counter()
        self._socket.sendall(self._request)
        answer = bytearray(self._socket.recv(1 << 18))
        first_byte = time.perf_counter()
        while (end := answer.find(b"\r\n\r\n")) < 0:
            answer += self._socket.recv(1 << 18)
        head = bytes(answer[:end]).lower()
        assert head.startswith(b"http/1.1 200 "), head
        whole = end + 4 + int(head.split(b"\r\ncontent-length:", 1)[1].split(b"\r\n", 1)[0])
        while len(answer) < whole:
            answer += self._socket.recv(1 << 18)
        waits = [(at - requested) * 1000 for at in (first_byte, time.perf_counter())]
        return Pulled(waits[0], waits[1], head, bytes(answer[end + 4 :]))

    def close(self) -> None:
        self._socket.close()


def main(pullers: list[Puller], seconds: float) -> float:
    """Return the pulls per second over all connections."""
    started = time.perf_counter()

    def pull(puller: Puller) -> int:
        count = 0
        while time.perf_counter() < started + seconds:
            puller.pull()
            count += 1
        return count

    with ThreadPoolExecutor(len(pullers)) as executor:
        count = sum(executor.map(pull, pullers))
    return count / (time.perf_counter() - started)


if __name__ == "__main__":
    from integration.bounded.parent_death import die_with_parent

    die_with_parent()
    _, port, path, location, token, connections, seconds = sys.argv
    pullers = [Puller(int(port), path, location, token) for _ in range(int(connections))]
    print(main(pullers, float(seconds)))
