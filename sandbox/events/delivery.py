"""Deliver events one at a time, again after a failure, until Stream switches the handler off."""

from __future__ import annotations

import heapq
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sandbox.checks.handler_checks import handler_problems
from sandbox.config import SandboxConfig
from sandbox.errors import SandboxError
from sandbox.records import EventAttempt
from sandbox.state import State, now_ms
from sandbox.wire import jsontext
from sandbox.wire.transport import Answer, Transport

from .bodies import Event
from .signatures import HEADER, WRONG, signed

# The contract gives the share of failures, not of how many deliveries.
SWITCH_OFF_SHARE = 0.5
JUDGED_DELIVERIES = 20
FEWEST_DELIVERIES = 10
MAX_WAITING = 50_000


@dataclass(frozen=True, order=True)
class Parcel:
    """An event and its next attempt; ordered by when that is due."""

    due: float
    number: int
    attempt: int
    event: Event
    form: str


class Delivery:
    """Send from a thread of its own, so that no step waits for the handler."""

    def __init__(self, config: SandboxConfig, transport: Transport, state: State) -> None:
        self._config = config
        self._transport = transport
        self._state = state
        self._changed = threading.Condition()
        self._waiting: list[Parcel] = []
        self._outcomes: deque[bool] = deque(maxlen=JUDGED_DELIVERIES)
        self._number = 0
        self._is_on = bool(config.events_secret)
        self._is_closed = False
        self._thread: threading.Thread | None = None

    @property
    def is_configured(self) -> bool:
        return bool(self._config.events_secret)

    def send(self, events: Sequence[Event], form: str = "hex", *, gap_seconds: float = 0) -> int:
        """Queue events, each `gap_seconds` after the one before; return how many, 0 if off."""
        with self._changed:
            if not self._is_on or self._is_closed:
                return 0
            if len(self._waiting) + len(events) > MAX_WAITING:
                raise SandboxError(f"{MAX_WAITING} events are waiting already.", status=409)
            now = time.monotonic()
            for position, event in enumerate(events):
                self._put(Parcel(now + position * gap_seconds, 0, 1, event, form))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="events", daemon=True)
                self._thread.start()
        return len(events)

    def switch_on(self) -> None:
        with self._changed:
            self._is_on = self.is_configured
            self._outcomes.clear()
        self._state.touch()

    def close(self) -> None:
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def as_json(self) -> dict[str, Any]:
        with self._changed:
            failed = self._outcomes.count(False)
            return {
                "configured": self.is_configured,
                "on": self._is_on,
                "waiting": len(self._waiting),
                "judged": len(self._outcomes),
                "failed": failed,
            }

    def _put(self, parcel: Parcel) -> None:
        self._number += 1
        heapq.heappush(self._waiting, replace(parcel, number=self._number))
        self._changed.notify_all()

    def _run(self) -> None:
        while (parcel := self._next()) is not None:
            self._attempt(parcel)

    def _next(self) -> Parcel | None:
        """Wait for the next parcel that is due; None at the end."""
        with self._changed:
            while not self._is_closed:
                left = self._waiting[0].due - time.monotonic() if self._waiting else None
                if left is not None and left <= 0:
                    return heapq.heappop(self._waiting)
                self._changed.wait(left)
        return None

    def _attempt(self, parcel: Parcel) -> None:
        event, sent_at = parcel.event, now_ms()
        answer, problems = self._post(event, parcel.form)
        gap = self._judge(parcel, answer)
        self._state.attempts.add(
            EventAttempt(
                type=event.type,
                order_id=event.order_id,
                signature=parcel.form,
                body=event.body,
                sent=_shown(event.body),
                attempt=parcel.attempt,
                sent_at=sent_at,
                status=None if answer is None else answer.status,
                raw_answer="" if answer is None else answer.text,
                milliseconds=0.0 if answer is None else answer.milliseconds,
                next_at=None if gap is None else now_ms() + int(gap * 1000),
                problems=problems,
            )
        )

    def _post(self, event: Event, form: str) -> tuple[Answer | None, tuple[str, ...]]:
        headers = {
            "Content-Type": "application/json",
            HEADER: signed(event.body, self._config.events_secret, form),
        }
        try:
            answer = self._transport.send("POST", self._config.events_url, headers, event.body)
        except SandboxError as error:
            return None, (f"EV: {error}",)
        return answer, handler_problems(answer, is_forged=form == WRONG)

    def _judge(self, parcel: Parcel, answer: Answer | None) -> float | None:
        """Count the outcome and return the gap until the next attempt; None if there is none."""
        if parcel.form == WRONG:
            return None  # Refused as it must be, which is no failure.
        is_good = answer is not None and 200 <= answer.status < 300
        with self._changed:
            self._outcomes.append(is_good)
            failed = self._outcomes.count(False)
            if len(self._outcomes) >= FEWEST_DELIVERIES and failed >= SWITCH_OFF_SHARE * len(
                self._outcomes
            ):
                self._is_on = False
                self._waiting.clear()
            gaps = self._config.events_retry_seconds
            if is_good or not self._is_on or parcel.attempt > len(gaps):
                return None
            gap = gaps[parcel.attempt - 1]
            self._put(replace(parcel, due=time.monotonic() + gap, attempt=parcel.attempt + 1))
        return gap


def _shown(body: bytes) -> Any:
    """Return the event as JSON, or as text if it is not JSON."""
    parsed = jsontext.parse_or_none(body)
    return parsed if parsed is not None else body.decode("utf-8", "replace")
