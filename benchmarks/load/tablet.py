"""A tablet in the kitchen that shows the board, and asks what is new (docs/board.md)."""

import http.client
import time

from benchmarks.data.menus import Menu
from benchmarks.results.measures import NotMeasured

from .screens import session_of

_PATH = "/board/orders/"


class Tablet:
    """Keeps its connection, as a browser does."""

    def __init__(self, port: int, menu: Menu) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self._cookie = f"sessionid={session_of(menu)}"
        self._version = ""

    def update_ms(self, *, shows: str) -> float:
        """How long the next update takes; raises NotMeasured unless it came, and shows this."""
        headers = {"Cookie": self._cookie, "If-None-Match": self._version}
        clock = time.perf_counter()
        self._connection.request("GET", _PATH, headers=headers)
        answer = self._connection.getresponse()
        page = answer.read().decode()
        took = (time.perf_counter() - clock) * 1000
        if answer.status != 200 or shows not in page:
            raise NotMeasured(f"The board was answered {answer.status}, without {shows!r}.")
        self._version = answer.headers["ETag"]
        return took

    def close(self) -> None:
        self._connection.close()
