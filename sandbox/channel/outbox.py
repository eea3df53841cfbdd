"""Send events to the channel: in order for each store and order, as arranged (DSP-EV)."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from sandbox.checks.channel_checks import event_problems
from sandbox.config import SandboxConfig
from sandbox.errors import SandboxError
from sandbox.state import now_ms
from sandbox.stream.authorization import Authorization
from sandbox.stream.kinds import encoded
from sandbox.wire import jsontext
from sandbox.wire.channel_client import ChannelClient
from sandbox.wire.transport import Answer

from .lanes import Lanes
from .records import EventAttempt
from .state import ChannelState

IN_ORDER, LOST, LATE, TWICE, SWAPPED = "in_order", "lost", "late", "twice", "swapped"
FORGED, BROKEN = "forged", "broken"
ARRANGEMENTS = (IN_ORDER, LOST, LATE, TWICE, SWAPPED, FORGED, BROKEN)
# What must be refused, and how.
REFUSALS = {FORGED: 401, BROKEN: 400}
NOBODYS = "forged"
SWAP_SECONDS = 10.0  # After which an event stops waiting for one that overtakes it.
_AGAIN = (408, 425, 429, 500, 502, 503, 504)


@dataclass(frozen=True)
class Event:
    """An event about to be sent; `merchant_id` names the authorization to use."""

    type: str
    merchant_id: str
    store_id: str
    body: bytes
    order_id: str = ""

    @property
    def lane(self) -> str:
        return f"{self.store_id}/{self.order_id}"


@dataclass
class _Parcel:
    event: Event
    arrangement: str
    sent: Future[int | None] = field(default_factory=Future)
    attempt: int = 1
    has_refreshed: bool = False

    def settle(self, status: int | None) -> None:
        if not self.sent.done():
            self.sent.set_result(status)


def event(
    event_type: str, merchant_id: str, store_id: str, *, order_id: str = "", **fields: Any
) -> Event:
    """Build an event; fields without a value are left out."""
    body: dict[str, Any] = {"type": event_type, "location_id": store_id}
    if order_id:
        body["order_id"] = order_id
    body |= {name: value for name, value in fields.items() if value is not None}
    return Event(event_type, merchant_id, store_id, encoded(body), order_id)


def outcome(sent: Future[int | None], *, seconds: float = 60.0) -> int | None:
    """Wait for the status of an event's last try; None if there is none by then."""
    try:
        return sent.result(timeout=seconds)
    except TimeoutError:
        return None


class Outbox:
    """Sends from threads of its own, so that no step waits for the channel."""

    def __init__(
        self,
        config: SandboxConfig,
        client: ChannelClient,
        authorization: Authorization,
        state: ChannelState,
    ) -> None:
        self._retry_seconds = config.channel.retry_seconds
        self._client = client
        self._authorization = authorization
        self._state = state
        self._lanes = Lanes("to channel")
        self._held: dict[str, _Parcel] = {}
        self._lock = threading.Lock()
        self._refreshing = threading.Lock()

    def send(self, event: Event) -> Future[int | None]:
        """Queue an event; the future has the status of its last try, None if nothing came."""
        planned = self._state.take_arrangement(event.type)
        name = planned.name if planned is not None else IN_ORDER
        seconds = planned.seconds if planned is not None else 0.0
        parcel = _Parcel(event, name)
        if name == LOST:
            self._record(parcel, None, now_ms(), None, ())
            parcel.settle(None)
        elif name == SWAPPED:
            self._hold(parcel, seconds or SWAP_SECONDS)
        else:
            self._queue(parcel, seconds if name == LATE else 0.0)
            if name == TWICE:
                self._queue(_Parcel(event, name))
            self._release(event.lane)
        return parcel.sent

    def send_and_wait(self, event: Event) -> int | None:
        return outcome(self.send(event))

    @property
    def waiting(self) -> int:
        return self._lanes.waiting + len(self._held)

    def close(self) -> None:
        self._lanes.close()

    def _hold(self, parcel: _Parcel, seconds: float) -> None:
        """Keep an event until the next of its lane has been queued, or time is up."""
        lane = parcel.event.lane
        self._release(lane)
        with self._lock:
            self._held[lane] = parcel
        self._lanes.submit(
            f"held {id(parcel)}", lambda: self._release(lane, parcel), delay_seconds=seconds
        )

    def _release(self, lane: str, only: _Parcel | None = None) -> None:
        with self._lock:
            parcel = self._held.get(lane)
            if parcel is None or (only is not None and parcel is not only):
                return
            del self._held[lane]
        self._queue(parcel)

    def _queue(self, parcel: _Parcel, delay_seconds: float = 0.0) -> None:
        self._lanes.submit(
            parcel.event.lane, lambda: self._try(parcel), delay_seconds=delay_seconds
        )

    def _try(self, parcel: _Parcel) -> float | None:
        """Send once; return the gap until the next try, None if there is none."""
        sent_at = now_ms()
        token = self._token(parcel.event.merchant_id)
        answer, problems = self._post(parcel, token)
        gap = None if parcel.arrangement in REFUSALS else self._gap(parcel, answer, token)
        next_at = None if gap is None else now_ms() + int(gap * 1000)
        self._record(parcel, answer, sent_at, next_at, problems)
        parcel.attempt += 1
        if gap is None:
            parcel.settle(None if answer is None else answer.status)
        return gap

    def _token(self, merchant_id: str) -> str:
        return self._state.connection(merchant_id).access_token

    def _post(self, parcel: _Parcel, token: str) -> tuple[Answer | None, tuple[str, ...]]:
        event, arrangement = parcel.event, parcel.arrangement
        body = event.body[:-5] if arrangement == BROKEN else event.body
        try:
            answer = self._client.event(NOBODYS if arrangement == FORGED else token, body)
        except SandboxError as error:
            return None, (f"DSP-EV: {error}",)
        return answer, event_problems(answer, refusal=REFUSALS.get(arrangement))

    def _gap(self, parcel: _Parcel, answer: Answer | None, token: str) -> float | None:
        if answer is not None and answer.status == 401 and not parcel.has_refreshed:
            parcel.has_refreshed = True
            return 0.0 if self._refresh(parcel.event.merchant_id, token) else None
        is_worth_it = answer is None or answer.status in _AGAIN
        if not is_worth_it or parcel.attempt > len(self._retry_seconds):
            return None
        return self._retry_seconds[parcel.attempt - 1]

    def _refresh(self, merchant_id: str, refused_token: str) -> bool:
        """Get another token unless a neighbor has; a refresh token works once."""
        with self._refreshing:
            if self._token(merchant_id) != refused_token:
                return True
            try:
                self._authorization.refresh(merchant_id)
            except SandboxError:
                return False
        return True

    def _record(
        self,
        parcel: _Parcel,
        answer: Answer | None,
        sent_at: int,
        next_at: int | None,
        problems: tuple[str, ...],
    ) -> None:
        event = parcel.event
        self._state.attempts.add(
            EventAttempt(
                type=event.type,
                store_id=event.store_id,
                order_id=event.order_id,
                arrangement=parcel.arrangement,
                body=event.body,
                sent=shown(event.body),
                attempt=parcel.attempt,
                sent_at=sent_at,
                status=None if answer is None else answer.status,
                raw_answer="" if answer is None else answer.text,
                milliseconds=0.0 if answer is None else answer.milliseconds,
                next_at=next_at,
                problems=problems,
            )
        )


def shown(body: bytes) -> Mapping[str, Any] | Any:
    """Return the body as JSON, or as text if it is not JSON."""
    parsed = jsontext.parse_or_none(body)
    return parsed if parsed is not None else body.decode("utf-8", "replace")
