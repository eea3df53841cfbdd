"""Many impatient clients in one thread, so that they leave the processors to the service.

`python -m tests.faults.service.flood` reads a plan as JSON and writes the answers as JSON.
"""

import collections
import json
import selectors
import socket
import subprocess
import sys
import time
from typing import Any, NamedTuple

from tests.faults.servers.processes import ROOT

from .load import NO_ANSWER

NUMBER = "#######"  # As long as each number, so that the request's length stays right.
_CLOSED = b""


class Plan(NamedTuple):
    """What to send: in the request, NUMBER stands for the number of the call."""

    port: int
    rate: float
    seconds: float
    patience_seconds: float
    connections: int
    request: str
    first_number: int


class Answer(NamedTuple):
    """The answer to a call; the seconds count from when it was due."""

    number: int
    status: int
    seconds: float
    retry_after: str | None
    is_dropped: bool  # The server closed the connection instead of answering.


def run(plan: Plan) -> tuple[float, list[Answer]]:
    """Send the calls from a process of its own; return its processor time and the answers."""
    command = [sys.executable, "-m", "tests.faults.service.flood"]
    done = subprocess.run(
        command,
        input=json.dumps(plan._asdict()).encode(),
        stdout=subprocess.PIPE,
        check=True,
        timeout=plan.seconds + 60,
        cwd=ROOT,
    )
    processor_seconds, answers = json.loads(done.stdout)
    return processor_seconds, [Answer(*answer) for answer in answers]


class Client:
    """One kept-alive connection, with at most one call on its way."""

    def __init__(self, port: int, selector: selectors.BaseSelector) -> None:
        self._port, self._selector = port, selector
        self.number: int | None = None
        self._socket: socket.socket | None = None

    def send(self, number: int, request: bytes) -> bool:
        """Send on the kept connection, or on a new one; return whether that was possible."""
        self.number, self._received = number, b""
        for _ in range(2):  # The server may have closed the kept one a moment ago.
            try:
                self._connected().sendall(request)
            except OSError:
                self.close()
            else:
                return True
        return False

    def receive(self) -> bytes | None:
        """Return the whole answer, b"" when the server closed the connection, else None."""
        assert self._socket is not None
        try:
            data = self._socket.recv(65_536)
        except BlockingIOError:
            return None
        except OSError:
            data = _CLOSED
        self._received += data
        if data == _CLOSED:
            self.close()
            return _CLOSED
        return self._received if _is_whole(self._received) else None

    def close(self) -> None:
        if self._socket is not None:
            self._selector.unregister(self._socket)
            self._socket.close()
            self._socket = None

    def _connected(self) -> socket.socket:
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port))
            self._socket.setblocking(False)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._selector.register(self._socket, selectors.EVENT_READ, self)
        return self._socket


class Flood:
    """An open loop: calls become due at a fixed rate; each has its patience from then on."""

    def __init__(self, plan: Plan) -> None:
        self.answers: list[Answer] = []
        self._plan = plan
        self._selector = selectors.DefaultSelector()
        clients = [Client(plan.port, self._selector) for _ in range(plan.connections)]
        self._free = collections.deque(clients)
        self._sent: collections.deque[tuple[int, Client]] = collections.deque()
        self._request = plan.request.encode()
        self._begin = 0.0

    def run(self) -> None:
        self._begin, number = time.monotonic(), 0
        count = int(self._plan.rate * self._plan.seconds)
        while number < count or self._sent:
            for key, _ in self._selector.select(0.001):
                self._receive(key.data)
            now = time.monotonic()
            while number < count and self._due(number) <= now:
                if not self._free and now <= self._due(number) + self._plan.patience_seconds:
                    break  # As with as many people: the next call waits for one of them.
                self._send(number)
                number += 1
            self._give_up(now)

    def _due(self, number: int) -> float:
        return self._begin + number / self._plan.rate

    def _send(self, number: int) -> None:
        if not self._free:
            self._note(number, NO_ANSWER)
            return
        client = self._free.popleft()
        text = str(self._plan.first_number + number).encode()
        if client.send(number, self._request.replace(NUMBER.encode(), text)):
            self._sent.append((number, client))
        else:
            self._note(number, NO_ANSWER, is_dropped=True)
            self._release(client)

    def _receive(self, client: Client) -> None:
        answer = client.receive()
        if answer is None or client.number is None:
            return
        status = int(answer[9:12]) if answer else NO_ANSWER
        self._note(client.number, status, _header(answer, b"retry-after"), is_dropped=not answer)
        if _header(answer, b"connection") == "close":
            client.close()
        self._release(client)

    def _give_up(self, now: float) -> None:
        while self._sent:
            number, client = self._sent[0]
            if client.number == number:
                if now < self._due(number) + self._plan.patience_seconds:
                    return
                client.close()
                self._note(number, NO_ANSWER)
                self._release(client)
            self._sent.popleft()

    def _release(self, client: Client) -> None:
        client.number = None
        self._free.append(client)

    def _note(
        self, number: int, status: int, retry_after: str | None = None, *, is_dropped: bool = False
    ) -> None:
        seconds, number = time.monotonic() - self._due(number), self._plan.first_number + number
        self.answers.append(Answer(number, status, seconds, retry_after, is_dropped))


def _is_whole(answer: bytes) -> bool:
    head, end, body = answer.partition(b"\r\n\r\n")
    return bool(end) and len(body) >= int(_header(head, b"content-length") or 0)


def _header(answer: bytes, name: bytes) -> str | None:
    head = answer.partition(b"\r\n\r\n")[0].lower()
    _, found, rest = head.partition(b"\r\n" + name + b": ")
    return rest.partition(b"\r\n")[0].decode() if found else None


def main() -> int:
    plan: dict[str, Any] = json.load(sys.stdin)
    flood = Flood(Plan(**plan))
    flood.run()
    json.dump([time.process_time(), flood.answers], sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
