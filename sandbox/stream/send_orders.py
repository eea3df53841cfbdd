"""Send order events to the POS and record the answers (ORD-NEW, ORD-UPD, ORD-CAN)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.checks.order_checks import (
    created_problems,
    event_problems,
    order_id_of,
    refusal_reasons,
)
from sandbox.errors import SandboxError
from sandbox.records import SentEvent
from sandbox.state import State, now_ms
from sandbox.wire import jsontext
from sandbox.wire.client import PosClient
from sandbox.wire.transport import Answer

from .kinds import KINDS, encoded
from .menu import Menu
from .order_bodies import OrderBuilder, Wish
from .pulls import Pulls

REPEAT = "repeat"
REUSED_KEY = "reused_key"
RAW = "raw"
CHANNEL = "channel"
KIND_NAMES = (*KINDS, REPEAT, REUSED_KEY)
Judge = Callable[[Answer], bool]
Check = Callable[[Answer], tuple[str, ...]]


@dataclass(frozen=True)
class Draft:
    """An event about to be sent."""

    type: str
    kind: str
    location_id: str
    body: bytes
    expectation: str = ""
    order_id: str = ""


class Ordering:
    """Sends order events; `observe` hears of each one with its answer."""

    def __init__(
        self, client: PosClient, pulls: Pulls, state: State, observe: Callable[[SentEvent], None]
    ) -> None:
        self._client = client
        self._pulls = pulls
        self._state = state
        self._observe = observe

    def create(self, merchant_id: str | None, kind: str, wish: Wish) -> dict[str, Any]:
        """Send an order of this kind, pulling the location's catalog first if necessary."""
        merchant_id = self._state.connection(merchant_id).merchant_id
        if kind == REPEAT:
            return self._repeat(merchant_id, wish)
        if kind == REUSED_KEY:
            return self._reuse_key(merchant_id, wish)
        body = KINDS[kind].make(self._builder(merchant_id, wish))
        draft = Draft("order.created", kind, wish.location_id, body, KINDS[kind].expectation)
        return self._send(merchant_id, draft, KINDS[kind].is_met_by, created_problems)

    def raw(self, merchant_id: str | None, location_id: str, body: bytes) -> dict[str, Any]:
        """Send exactly these bytes; only the shape of the answer is checked."""
        merchant_id = self._state.connection(merchant_id).merchant_id
        draft = Draft("order.created", RAW, location_id, body)
        return self._send(merchant_id, draft, None, created_problems)

    def event(
        self, merchant_id: str | None, event_type: str, subject: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Send `order.updated` or `order.canceled`; the order determines the location."""
        merchant_id = self._state.connection(merchant_id).merchant_id
        order_id = str(subject.get("order_id") or subject.get("provider_id") or "")
        location_id = str(subject.get("location_id") or self._location_of(merchant_id, order_id))
        body = encoded({"type": event_type, "object": {"location_id": location_id, **subject}})
        draft = Draft(event_type, event_type, location_id, body, "accepted", order_id)
        return self._send_event(merchant_id, draft)

    def forward(
        self, merchant_id: str, event_type: str, subject: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Send an event of an order that an ordering channel took."""
        body = encoded({"type": event_type, "object": subject})
        order_id = str(subject.get("order_id") or subject.get("provider_id") or "")
        draft = Draft(event_type, CHANNEL, str(subject["location_id"]), body, order_id=order_id)
        if event_type == "order.created":
            return self._send(merchant_id, draft, None, created_problems)
        return self._send_event(merchant_id, draft)

    def raw_event(
        self, merchant_id: str | None, event_type: str, location_id: str, body: bytes
    ) -> dict[str, Any]:
        merchant_id = self._state.connection(merchant_id).merchant_id
        return self._send_event(merchant_id, Draft(event_type, RAW, location_id, body))

    def _send_event(self, merchant_id: str, draft: Draft) -> dict[str, Any]:
        section = "ORD-UPD" if draft.type == "order.updated" else "ORD-CAN"
        return self._send(
            merchant_id,
            draft,
            _is_accepted if draft.expectation else None,
            lambda answer: event_problems(answer, section),
        )

    def _builder(self, merchant_id: str, wish: Wish) -> OrderBuilder:
        known = self._state.connection(merchant_id)
        if wish.location_id not in known.catalogs:
            self._pulls.catalog(merchant_id, wish.location_id)
        catalog = self._pulls.last_catalog(merchant_id, wish.location_id)
        return OrderBuilder(Menu(catalog.content, wish.source), wish)

    def _repeat(self, merchant_id: str, wish: Wish) -> dict[str, Any]:
        """Resend the last accepted order, byte for byte; the answer must be the same."""
        last = self._last_accepted(merchant_id, wish.location_id)
        draft = Draft("order.created", REPEAT, wish.location_id, last.body, "answered as before")
        return self._send(
            merchant_id,
            draft,
            lambda answer: answer.status == 200 and answer.text == last.raw_answer,
            created_problems,
        )

    def _reuse_key(self, merchant_id: str, wish: Wish) -> dict[str, Any]:
        """Send different lines under the last accepted order's identity; must be refused."""
        subject = _subject(self._last_accepted(merchant_id, wish.location_id))
        builder = self._builder(merchant_id, wish)
        lines = builder.lines()
        lines[0] = {**lines[0], "quantity": lines[0]["quantity"] + 7}
        identity = ("idempotency_key", "source", "dsp_order_id", "source_order_id")
        body = builder.body(lines, **{key: subject[key] for key in identity if key in subject})
        draft = Draft(
            "order.created",
            REUSED_KEY,
            wish.location_id,
            encoded(body),
            "refused with invalid_cart",
        )
        return self._send(
            merchant_id,
            draft,
            lambda answer: "invalid_cart" in refusal_reasons(answer),
            created_problems,
        )

    def _last_accepted(self, merchant_id: str, location_id: str) -> SentEvent:
        last = self._state.orders.newest(
            lambda sent: (
                sent.type == "order.created"
                and sent.status == 200
                and bool(sent.order_id)
                and (sent.merchant_id, sent.location_id) == (merchant_id, location_id)
            )
        )
        if last is None:
            raise SandboxError("No order has been accepted at this location yet.", status=409)
        return last

    def _location_of(self, merchant_id: str, order_id: str) -> str:
        sent = self._state.orders.newest(
            lambda sent: (
                bool(order_id) and sent.order_id == order_id and sent.merchant_id == merchant_id
            )
        )
        if sent is None:
            raise SandboxError(
                f"No order {order_id!r} was sent by this sandbox: specify its location_id.",
                status=404,
            )
        return sent.location_id

    def _send(
        self, merchant_id: str, draft: Draft, judge: Judge | None, check: Check
    ) -> dict[str, Any]:
        token = self._state.connection(merchant_id).access_token
        sent_at = now_ms()
        answer = self._client.order_event(token, draft.body)
        sent = SentEvent(
            merchant_id=merchant_id,
            type=draft.type,
            kind=draft.kind,
            location_id=draft.location_id,
            body=draft.body,
            sent=_shown(draft.body),
            sent_at=sent_at,
            status=answer.status,
            answer=answer.json,
            raw_answer=answer.text,
            milliseconds=answer.milliseconds,
            order_id=draft.order_id or order_id_of(answer),
            expectation=draft.expectation,
            as_expected=None if judge is None else bool(judge(answer)),
            problems=check(answer),
        )
        sequence = self._state.orders.add(sent)
        self._observe(sent)
        return {"sequence": sequence, **sent.as_json()}


def _is_accepted(answer: Answer) -> bool:
    return answer.status == 200


def _subject(sent: SentEvent) -> Mapping[str, Any]:
    """Return the order's object; empty for a raw body that is not an order."""
    subject = sent.sent.get("object") if isinstance(sent.sent, dict) else None
    return subject if isinstance(subject, dict) else {}


def _shown(body: bytes) -> Any:
    """Return the event as JSON, or as text if it is not JSON."""
    parsed = jsontext.parse_or_none(body)
    return parsed if parsed is not None else body.decode("utf-8", "replace")
