"""Stream's side of a kill run: sends everything, byte for byte, until it is answered.

It drops some connections before the answer, as if they broke after the commit, and repeats some
of what was already answered.
"""

import contextlib
import http.client
import random
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Protocol

_TIMEOUT_SECONDS = 10
_PATIENCE_SECONDS = 120  # Per order; a killed system is back within seconds.
_HANG_UP_PROBABILITY, _REPEAT_PROBABILITY = 0.02, 0.05


class Sent(Protocol):
    """What is sent, under a mark by which the answers are known."""

    @property
    def mark(self) -> str: ...
    @property
    def body(self) -> bytes: ...


class Client:
    """A client whose connections share what is to be sent; `headers` makes those of a body."""

    def __init__(
        self,
        port: int,
        path: str,
        headers: Callable[[bytes], dict[str, str]],
        everything: Sequence[Sent],
        *,
        threads: int,
    ) -> None:
        self.answers: dict[str, list[bytes]] = defaultdict(list)  # All 2xx answers, by mark.
        self.refused: list[str] = []
        self.unanswered: list[str] = []
        self.requests_sent = 0
        self._open = lambda seed: Connection(port, random.Random(seed))
        self._path, self._headers = path, headers
        self._waiting = list(reversed(everything))
        self._lock = threading.Lock()
        self._threads = [
            threading.Thread(target=self._work, args=(number,), daemon=True)
            for number in range(threads)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    @property
    def is_busy(self) -> bool:
        return any(thread.is_alive() for thread in self._threads)

    def _work(self, seed: int) -> None:
        connection = self._open(seed)
        while True:
            with self._lock:
                if not self._waiting:
                    break
                sent = self._waiting.pop()
            self._send(connection, sent)
            if connection.chance.random() < _REPEAT_PROBABILITY:
                self._send(connection, sent)
        connection.close()

    def _send(self, connection: "Connection", sent: Sent) -> None:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < deadline:
            with self._lock:
                self.requests_sent += 1
            try:
                status, body = connection.post(self._path, sent.body, self._headers(sent.body))
            except (OSError, http.client.HTTPException):
                connection.close()
                time.sleep(0.1)
                continue
            if status >= 500:  # 503 is allowed and does not count as an answer.
                if status != 503:
                    self.refused.append(f"{sent.mark} {status}")
                time.sleep(0.2)
                continue
            if status in (200, 201):
                self.answers[sent.mark].append(body)
            else:
                self.refused.append(f"{sent.mark} {status} {body[:200]!r}")
            return
        self.unanswered.append(sent.mark)


class Connection:
    """A keep-alive connection, reopened after a failure."""

    def __init__(self, port: int, chance: random.Random) -> None:
        self.chance = chance
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_SECONDS)

    def post(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        """Post the body; raise OSError or HTTPException if the answer is incomplete."""
        headers = {"Content-Type": "application/json", **headers}
        self._connection.request("POST", path, body, headers)
        if self.chance.random() < _HANG_UP_PROBABILITY:
            time.sleep(self.chance.random() * 0.03)
            raise ConnectionAbortedError
        answer = self._connection.getresponse()
        return answer.status, answer.read()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._connection.close()
