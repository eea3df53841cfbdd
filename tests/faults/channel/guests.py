"""Guests of a kill run: each gets a quote, orders by it, and some cancel."""

import http.client
import json
import random
import threading
import time
from collections import defaultdict
from typing import Any

from tests.dsp.support.front_end import ANN, CART
from tests.faults.orders.client import Connection

_PATIENCE_SECONDS = 120
_PAUSE_SECONDS = 0.25  # Before another try.
_REPEAT_PROBABILITY = 0.1
_CANCELS_EVERY, _UNPAID_EVERY = 7, 11  # Guests, by their number.


class Guests:
    """Front ends that share the guests; what is not answered they send again, byte for byte."""

    def __init__(
        self, port: int, store_id: str, key: str, count: int, *, seconds: float, threads: int
    ) -> None:
        """Prepare so many guests; none begins when the seconds are over."""
        self.answers: dict[str, list[bytes]] = defaultdict(list)  # Of orders, by mark.
        self.canceled: dict[str, int] = {}  # The status of each cancelation.
        self.acknowledged: set[str] = set()
        self.refused: list[str] = []
        self.requests_sent = 0
        self.marks: list[str] = []  # Of the guests that have begun.
        self._waiting = list(reversed(range(count)))
        self._seconds, self._deadline = seconds, 0.0
        self._lock = threading.Lock()
        self._base = {"Authorization": f"Bearer {key}"}
        self._quotes = f"/channel/v1/stores/{store_id}/quotes"
        self._threads = [
            threading.Thread(target=self._work, args=(port, seed), daemon=True)
            for seed in range(threads)
        ]

    def start(self) -> None:
        self._deadline = time.monotonic() + self._seconds
        for thread in self._threads:
            thread.start()

    @property
    def is_busy(self) -> bool:
        return any(thread.is_alive() for thread in self._threads)

    def _work(self, port: int, seed: int) -> None:
        connection = Connection(port, random.Random(seed))
        while (number := self._next()) is not None:
            self._order(connection, number)
        connection.close()

    def _next(self) -> int | None:
        with self._lock:
            if not self._waiting or time.monotonic() > self._deadline:
                return None
            number = self._waiting.pop()
            self.marks.append(_mark(number))
            return number

    def _order(self, connection: Connection, number: int) -> None:
        mark, is_unpaid = _mark(number), number % _UNPAID_EVERY == 5
        cart = CART | ({"fulfillment_type": "drive_thru", "tip": 0} if is_unpaid else {})
        status, quote = self._send(connection, self._quotes, cart)
        if status != 201:
            self.refused.append(f"{mark} quote {status} {quote!r}")
            return
        body = _order_body(json.loads(quote), mark, is_unpaid=is_unpaid)
        is_repeated = connection.chance.random() < _REPEAT_PROBABILITY
        for _ in range(2 if is_repeated else 1):
            status, answer = self._send(
                connection, "/channel/v1/orders", body, {"Idempotency-Key": mark}
            )
            if status != 201:
                self.refused.append(f"{mark} order {status} {answer!r}")
                return
            self.answers[mark].append(answer)
        if number % _CANCELS_EVERY == 3:
            time.sleep(connection.chance.choice([0, 0.1, 0.6]))
            self._cancel(connection, mark, json.loads(answer)["id"])

    def _cancel(self, connection: Connection, mark: str, order_id: str) -> None:
        status, answer = self._send(connection, f"/channel/v1/orders/{order_id}/cancel", {})
        self.canceled[mark] = status
        if status not in (200, 422):
            self.refused.append(f"{mark} cancel {status} {answer!r}")
        refund = json.loads(answer).get("refund") if status == 200 else None
        if refund is None:
            return
        path = f"/channel/v1/refunds/{refund['id']}/ack"
        for _ in range(2):
            status, answer = self._send(connection, path, {"reference": f"back-{mark}"})
            if status != 200 or json.loads(answer)["state"] != "done":
                self.refused.append(f"{mark} refund {status} {answer!r}")
        self.acknowledged.add(mark)

    def _send(
        self, connection: Connection, path: str, body: Any, headers: dict[str, str] | None = None
    ) -> tuple[int, bytes]:
        content, deadline = json.dumps(body).encode(), time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < deadline:
            self.requests_sent += 1
            try:
                status, answer = connection.post(path, content, self._base | (headers or {}))
            except (OSError, http.client.HTTPException):
                connection.close()
                time.sleep(_PAUSE_SECONDS)
                continue
            if status != 503:
                return status, answer
            time.sleep(_PAUSE_SECONDS)
        return 0, b"never answered"


def _mark(number: int) -> str:
    return f"guest-{number}"


def _order_body(quote: Any, mark: str, *, is_unpaid: bool) -> dict[str, Any]:
    payment = {
        "provider": "acme",
        "reference": f"pay-{mark}",
        "amount": quote["total"],
        "currency": quote["currency"],
    }
    return {
        "quote_id": quote["quote_id"],
        "customer": ANN,
        "special_instructions": mark,
        **({"unpaid": True} if is_unpaid else {"payment": payment}),
    }
