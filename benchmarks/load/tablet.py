"""A kitchen tablet that shows the board and polls for updates (docs/board.md)."""

import http.client
import time

from benchmarks.data.menus import Menu
from benchmarks.results.measures import NotMeasured

from .screens import session_of

_PATH = "/board/orders/"


class Tablet:
    """A client with a keep-alive connection, like a browser."""

    def __init__(self, port: int, menu: Menu) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self._cookie = f"sessionid={session_of(menu)}"
        self._version = ""

    def update_ms(self, *, expected: str) -> float:
        """Time the next update; raise NotMeasured unless it contains `expected`."""
        headers = {"Cookie": self._cookie, "If-None-Match": self._version}
        started = time.perf_counter()
        self._connection.request("GET", _PATH, headers=headers)
        answer = self._connection.getresponse()
        page = answer.read().decode()
        elapsed_ms = (time.perf_counter() - started) * 1000
        if answer.status != 200 or expected not in page:
            raise NotMeasured(f"The board answered {answer.status}, without {expected!r}.")
        self._version = answer.headers["ETag"]
        return elapsed_ms

    def close(self) -> None:
        self._connection.close()
