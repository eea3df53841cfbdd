"""Requests on a fixed schedule, so that the time spent waiting for a turn counts as latency."""

import http.client
import threading
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

_TIMEOUT_SECONDS = 15
NO_ANSWER = 0


class Call(NamedTuple):
    """A request to send."""

    method: str
    path: str
    body: bytes | None = None
    headers: dict[str, str] = {}


class Answer(NamedTuple):
    """The answer to the call of that number; the seconds count from when it was due."""

    number: int
    status: int
    seconds: float
    retry_after: str | None


class Timed(Protocol):
    """An answer of whatever load."""

    @property
    def seconds(self) -> float: ...


class Load:
    """An open loop: calls become due at a fixed rate, whatever became of the earlier ones."""

    def __init__(
        self, port: int, rate: float, call: Callable[[int], Call], *, threads: int = 60,
        timeout_seconds: float = _TIMEOUT_SECONDS,
    ) -> None:  # fmt: skip
        self.answers: list[Answer] = []
        self._port, self._rate, self._call = port, rate, call
        self._timeout_seconds = timeout_seconds
        self._stopping = threading.Event()
        self._start = 0.0
        self._threads = [
            threading.Thread(target=self._work, args=(first, threads), daemon=True)
            for first in range(threads)
        ]

    def start(self) -> None:
        self._start = time.monotonic()
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Send no more and wait for what is on its way."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(self._timeout_seconds + 1)

    def due_since(self, moment: float) -> list[Answer]:
        """Return the answers to calls that were due after this time of the monotonic clock."""
        return [answer for answer in list(self.answers) if self._due(answer.number) > moment]

    def _work(self, number: int, step: int) -> None:
        connection = http.client.HTTPConnection(
            "127.0.0.1", self._port, timeout=self._timeout_seconds
        )
        while not self._stopping.wait(max(0.0, self._due(number) - time.monotonic())):
            self.answers.append(self._send(connection, number))
            number += step
        connection.close()

    def _due(self, number: int) -> float:
        return self._start + number / self._rate

    def _send(self, connection: http.client.HTTPConnection, number: int) -> Answer:
        call, status, retry_after = self._call(number), NO_ANSWER, None
        try:
            connection.request(call.method, call.path, call.body, call.headers)
            response = connection.getresponse()
            response.read()
            status, retry_after = response.status, response.getheader("Retry-After")
        except (OSError, http.client.HTTPException):
            connection.close()
        return Answer(number, status, time.monotonic() - self._due(number), retry_after)


def percentile(answers: Sequence[Timed], part: float) -> float:
    """Return the latency that this part of the answers does not exceed; 0 without answers."""
    ordered = sorted(answer.seconds for answer in answers)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else 0.0
