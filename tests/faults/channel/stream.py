"""Stream's side of the channel's kill run: takes orders over, badly, and reports on them."""

import contextlib
import heapq
import http.client
import json
import random
import threading
import time
from collections import Counter, defaultdict

from tests.faults.orders.client import Connection
from tests.faults.receivers import behaviors
from tests.faults.receivers.receiver import Exchange, Receiver, Request, is_signed

from . import courses

_PATH = "/stream-dsp/v1/event"
_THREADS = 4
_PAUSE_SECONDS = 0.25  # Before another try.
_LONGEST_DELAY = 1.5  # Seconds until an event comes.
_TOO_LATE = 1.3  # Seconds; the channel waits for one.


class Stream(Receiver):
    """The receiver of the channel's events; what it has taken over, it reports on."""

    def __init__(self, location_id: str, reports: "Reports") -> None:
        super().__init__()
        self.bodies: dict[str, set[bytes]] = defaultdict(set)  # Of new_order, by its id.
        self.ids: dict[str, set[str]] = defaultdict(set)  # Orders by the guest's mark.
        self.cancelations: set[str] = set()
        self.overtaken: set[str] = set()  # Orders that came after their cancelation.
        self.unsigned = 0
        self._tries: Counter[str] = Counter()
        self._taken: set[str] = set()
        self._location_id, self._reports = location_id, reports
        self._state = threading.Lock()
        self.behave = self._behave
        self.up()

    def record(self, head: dict[str, str], body: bytes) -> Request:
        sent = json.loads(body)
        order_id = sent["order_id"] if "order_id" in sent else sent["order"]["id"]
        with self._state:
            self.unsigned += not is_signed(head, body)
            if sent["type"] == "cancel_order":
                self.cancelations.add(order_id)
                return Request(head["webhook-id"], "", 0, nth=1, is_signed=True)
            self.bodies[order_id].add(body)
            self.overtaken |= {order_id} & self.cancelations
            mark = sent["order"]["special_instructions"]
            self.ids[mark].add(order_id)
            self._tries[order_id] += 1
            nth = self._tries[order_id]
            request = Request(head["webhook-id"], order_id, number_of(mark), nth, is_signed=True)
            self.requests.append(request)
            return request

    def _behave(self, exchange: Exchange) -> None:
        order_id = exchange.request.key
        if not order_id:
            exchange.answer(200)
            return
        if courses.course_of(exchange.request.sequence) == [courses.REFUSED]:
            exchange.answer(400, b'{"error":"cart_refused"}')
            return
        draw = random.Random(f"{order_id} {exchange.request.nth}").random()
        if draw < 0.1:
            exchange.answer(500)
        elif draw < 0.14:
            exchange.answer(503, headers="Retry-After: 1\r\n")
        else:
            is_repeat = self._take(order_id, exchange.request.sequence)
            self._answer_taken(exchange, draw, is_repeat=is_repeat)

    def _answer_taken(self, exchange: Exchange, draw: float, *, is_repeat: bool) -> None:
        if draw < 0.17:
            time.sleep(_TOO_LATE)
            exchange.answer(200)
        elif draw < 0.2:
            behaviors.reset_after_reading(exchange)
        elif draw < 0.23:
            behaviors.cut_head(exchange)
        else:
            exchange.answer(409 if is_repeat and draw < 0.6 else 200)

    def _take(self, order_id: str, number: int) -> bool:
        """Take the order over and begin to report on it; return True for a repeat."""
        with self._state:
            if order_id in self._taken:
                return True
            self._taken.add(order_id)
        for step in courses.course_of(number):
            self._reports.plan(courses.event(step, self._location_id, order_id))
        return False


class Reports:
    """Events to the channel: each twice, at random times, until it is answered."""

    def __init__(self, token: str) -> None:
        self.answered: list[bytes] = []
        self.refused: list[str] = []
        self.requests_sent = 0
        self._due: list[tuple[float, int, bytes]] = []
        self._changed = threading.Condition()
        self._chance = random.Random(23)
        self._count = self._left = 0
        self._headers = {"Authorization": f"Bearer {token}"}

    def start(self, port: int) -> None:
        for number in range(_THREADS):
            connection = Connection(port, random.Random(100 + number))
            threading.Thread(target=self._work, args=(connection,), daemon=True).start()

    @property
    def is_idle(self) -> bool:
        return self._left == 0

    def plan(self, body: bytes) -> None:
        with self._changed:
            for _ in range(2):
                self._count += 1
                self._left += 1
                due = time.monotonic() + self._chance.uniform(0, _LONGEST_DELAY)
                heapq.heappush(self._due, (due, self._count, body))
            self._changed.notify_all()

    def _work(self, connection: Connection) -> None:
        while True:
            self._post(connection, self._next())
            with self._changed:
                self._left -= 1

    def _next(self) -> bytes:
        with self._changed:
            while not self._due or self._due[0][0] > time.monotonic():
                self._changed.wait(self._due[0][0] - time.monotonic() if self._due else None)
            return heapq.heappop(self._due)[2]

    def _post(self, connection: Connection, body: bytes) -> None:
        while True:
            self.requests_sent += 1
            with contextlib.suppress(OSError, http.client.HTTPException):
                status, content = connection.post(_PATH, body, self._headers)
                if status == 200 and content == b"{}":
                    self.answered.append(body)
                    return
                if status != 503:
                    self.refused.append(f"{status} {content[:200]!r} to {body!r}")
                    return
            connection.close()
            time.sleep(_PAUSE_SECONDS)


def number_of(mark: str) -> int:
    """Return the number of the guest who marked the order so."""
    return int(mark.rpartition("-")[2])
