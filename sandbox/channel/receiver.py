"""Receive the channel's signed events (DSP-WH)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sandbox.checks.channel_events import NEW_ORDER, channel_event_problems
from sandbox.state import now_ms
from sandbox.stream.webhooks import is_signed, shown_headers
from sandbox.wire import jsontext

from .records import Misconduct, ReceivedEvent, order_key
from .state import ChannelState

ENCODINGS = ("hex", "base64")
SILENT_SECONDS = 60.0  # Longer than any sender waits.


class ChannelReceiver:
    """Records each event as it arrived; `act` gets those that are taken, once each."""

    def __init__(
        self,
        secret: str,
        state: ChannelState,
        stopping: threading.Event,
        act: Callable[[ReceivedEvent], None],
    ) -> None:
        self._secret = secret
        self._state = state
        self._stopping = stopping
        self._act = act
        self._lock = threading.Lock()

    def receive(
        self, partner: str, headers: Mapping[str, str], presented: Sequence[str], body: bytes
    ) -> int | None:
        """Return the status to answer with; None to close the connection without an answer."""
        received_at = now_ms()
        encoding = self._encoding(body, presented)
        planned = self._state.receiver.take()
        status = _status(encoding, planned)
        with self._lock:  # A repeat that arrives at the same time must find the first one.
            received = self._received(partner, headers, body, encoding, planned, received_at)
            self._state.received.add(received)
        if received.taken and not received.is_repeat:
            self._act(received)
        if planned is not None:
            self._stopping.wait(SILENT_SECONDS if planned.silent else planned.delay_seconds)
        return status

    def _encoding(self, body: bytes, presented: Sequence[str]) -> str:
        """Return the encoding in which the signature is valid, or ""."""
        if not self._secret:
            return ""
        valid = (name for name in ENCODINGS if is_signed(body, presented, self._secret, name))
        return next(valid, "")

    def _received(
        self,
        partner: str,
        headers: Mapping[str, str],
        body: bytes,
        encoding: str,
        planned: Misconduct | None,
        received_at: int,
    ) -> ReceivedEvent:
        event = jsontext.parse_or_none(body)
        fields: dict[str, Any] = event if isinstance(event, dict) else {}
        received = ReceivedEvent(
            partner=partner,
            received_at=received_at,
            type=_text(fields, "type") or None,
            store_id=_text(fields, "location_id"),
            order_id=_order_id(fields),
            event=event,
            body=body.decode("utf-8", "replace"),
            body_bytes=len(body),
            headers=shown_headers(headers),
            signature=encoding,
            answered=_status(encoding, planned),
            taken=bool(encoding) and bool(fields) and _is_taken(planned),
            problems=(*self._signature_problems(encoding), *channel_event_problems(event)),
        )
        return self._compared(received)

    def _signature_problems(self, encoding: str) -> tuple[str, ...]:
        if not self._secret:
            return ("DSP-WH: this sandbox has no webhook secret of the channel.",)
        return () if encoding else ("DSP-WH: the signature is missing or wrong.",)

    def _compared(self, received: ReceivedEvent) -> ReceivedEvent:
        """Recognize a repeat by its content; an order by its id (DSP-RULES-ID)."""
        key = order_key(received.store_id, received.order_id)
        identity = (received.type, received.store_id, received.order_id)
        before = self._state.received.newest(
            lambda row: row.taken and (row.type, row.store_id, row.order_id) == identity
        )
        problems = received.problems
        is_order = received.type == NEW_ORDER
        if before is not None and is_order and before.body != received.body:
            problems += ("DSP-RULES-ID: the order came before with other bytes.",)
        if received.order_id and not is_order and not self._state.has_order(key):
            problems += (f"DSP-RULES-ORDER: no order {received.order_id!r} came before.",)
        is_repeat = before is not None and (is_order or before.body == received.body)
        return replace(received, is_repeat=is_repeat, problems=problems)


def _status(encoding: str, planned: Misconduct | None) -> int | None:
    if planned is not None and planned.silent:
        return None
    if planned is not None and planned.status is not None:
        return planned.status
    return 200 if encoding else 401


def _is_taken(planned: Misconduct | None) -> bool:
    if planned is None or planned.taken:
        return True
    if planned.silent:
        return False
    return planned.status is None or 200 <= planned.status < 300 or planned.status == 409


def _text(fields: Mapping[str, Any], key: str) -> str:
    value = fields.get(key)
    return value if isinstance(value, str) else ""


def _order_id(fields: Mapping[str, Any]) -> str:
    order = fields.get("order")
    return _text(order, "id") if isinstance(order, dict) else _text(fields, "order_id")
