"""Pulls a catalog over kept connections, as Stream does.

`python -m benchmarks.load.puller PORT PATH LOCATION TOKEN CONNECTIONS SECONDS` is a process of its
own and prints how many pulls were answered in a second.
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
    """One answer; its content as it was sent, and the milliseconds since it was asked for."""

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
        asked = time.perf_counter()
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
        waits = [(at - asked) * 1000 for at in (first_byte, time.perf_counter())]
        return Pulled(waits[0], waits[1], head, bytes(answer[end + 4 :]))

    def close(self) -> None:
        self._socket.close()


def main(pullers: list[Puller], seconds: float) -> float:
    """Pulls a second, of all connections together."""
    began = time.perf_counter()

    def pull(puller: Puller) -> int:
        count = 0
        while time.perf_counter() < began + seconds:
            puller.pull()
            count += 1
        return count

    with ThreadPoolExecutor(len(pullers)) as executor:
        count = sum(executor.map(pull, pullers))
    return count / (time.perf_counter() - began)


if __name__ == "__main__":
    from stream_pos.runtime.parent_death import die_with_parent

    die_with_parent()
    _, port, path, location, token, connections, seconds = sys.argv
    of = (int(port), path, location, token)
    print(main([Puller(*of) for _ in range(int(connections))], float(seconds)))  # Its answer.
