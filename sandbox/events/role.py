"""Follow orders as Stream does: tell the handler of each, and take the drivers it assigns."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sandbox.errors import SandboxError
from sandbox.records import FollowedOrder, SentEvent
from sandbox.state import State, now_ms

from .bodies import Event, confirmed, order_of_another_pos, order_of_pos, stream_location_id
from .delivery import Delivery
from .stories import ARRANGEMENTS, Step, moved, tell, told

ASSIGNED = "order.assign.driver"


@dataclass(frozen=True)
class Wish:
    """The requested order of another POS, and how to tell of it.

    Without a `reference_id`, Stream knows none: its location is one that the handler must map.
    """

    reference_id: str = ""
    location_id: str = ""
    fulfillment_type: str = "merchant_managed_delivery"
    source: str = "doordash"
    end: str = "open"
    arrangement: str = "in_order"
    gap_seconds: float = 0.0
    signature: str = "hex"


class EventsRole:
    def __init__(self, state: State, delivery: Delivery) -> None:
        self._state = state
        self._delivery = delivery

    def order_answered(self, sent: SentEvent) -> None:
        """Follow an order that the POS accepted, and repeat its changes to the handler."""
        subject = sent.sent.get("object") if isinstance(sent.sent, dict) else None
        if sent.status != 200 or not isinstance(subject, dict) or not self._delivery.is_configured:
            return
        if sent.type == "order.created":
            if sent.order_id and not sent.answer["order"].get("async_acceptance"):
                self._confirm(sent)
        elif (followed := self._of_pos(sent.location_id, sent.order_id)) is not None:
            for step in _steps_of(sent.type, subject):
                self._move(followed.order_id, step)

    def webhook_arrived(self, kind: str, subject: Mapping[str, Any]) -> tuple[str, ...]:
        """Act on the POS's webhook; return problems of an assignment to an unknown order."""
        if not self._delivery.is_configured:
            return ()
        location_id, order_id = str(subject.get("location_id")), str(subject.get("provider_id"))
        if kind == ASSIGNED:
            return self._assign(location_id, str(subject.get("order_id")), subject.get("driver"))
        if kind == "order.accepted":
            self._confirm_deferred(location_id, order_id)
        if kind == "order.status.updated" and isinstance(subject.get("status"), str):
            followed = self._of_pos(location_id, order_id)
            if followed is not None:
                self._move(followed.order_id, {"status": subject["status"]})
        return ()

    def follow(self, wish: Wish) -> dict[str, Any]:
        """Tell of an order that another POS took."""
        self._need_secret()
        unmapped = f"stream-unmapped-{uuid.uuid4().hex[:8]}"
        known = stream_location_id(wish.reference_id) if wish.reference_id else unmapped
        order = order_of_another_pos(wish.fulfillment_type, wish.source)
        followed = FollowedOrder(
            order_id=order["id"],
            location_id=wish.location_id or known,
            reference_id=wish.reference_id,
            pos_order_id="",
            order=order,
            status=order["status"],
        )
        latest = self._state.attempts.latest
        followed, events = tell(followed, wish.end)
        self._state.keep_followed(followed)
        queued = self._delivery.send(
            ARRANGEMENTS[wish.arrangement](events), wish.signature, gap_seconds=wish.gap_seconds
        )
        return {**followed.as_json(), "queued": queued, "latest": latest}

    def change(self, order_id: str, step: Step) -> dict[str, Any]:
        """Change a followed order's status or its driver's, and tell of it."""
        self._need_secret()
        latest = self._state.attempts.latest
        followed, queued = self._move(order_id, step)
        return {**followed.as_json(), "queued": queued, "latest": latest}

    def raw(self, body: bytes, signature: str) -> dict[str, Any]:
        """Sign and send exactly these bytes."""
        self._need_secret()
        latest = self._state.attempts.latest
        queued = self._delivery.send([Event("raw", "", body)], signature)
        return {"queued": queued, "latest": latest}

    def switch_on(self) -> dict[str, Any]:
        self._need_secret()
        self._delivery.switch_on()
        return self._delivery.as_json()

    def _need_secret(self) -> None:
        if not self._delivery.is_configured:
            raise SandboxError("Without an events secret there are no Stream Events.", status=409)

    def _confirm(self, sent: SentEvent) -> None:
        """Follow an accepted order, once: a repeat is the same order."""
        if self._of_pos(sent.location_id, sent.order_id) is not None:
            return
        order = order_of_pos(sent.sent["object"], sent.answer["order"])
        followed = FollowedOrder(
            order_id=order["id"],
            location_id=stream_location_id(sent.location_id),
            reference_id=sent.location_id,
            pos_order_id=sent.order_id,
            order=order,
            status=order["status"],
        )
        self._state.keep_followed(followed)
        self._delivery.send([confirmed(followed)])

    def _confirm_deferred(self, location_id: str, pos_order_id: str) -> None:
        sent = self._state.orders.newest(
            lambda sent: (
                sent.type == "order.created"
                and (sent.location_id, sent.order_id) == (location_id, pos_order_id)
            )
        )
        if sent is not None:
            self._confirm(sent)

    def _move(self, order_id: str, step: Step) -> tuple[FollowedOrder, int]:
        followed = self._state.change_followed(order_id, lambda known: moved(known, step))
        return followed, self._delivery.send([told(followed, step)])

    def _assign(self, location_id: str, order_id: str, driver: Any) -> tuple[str, ...]:
        followed = self._of_stream(location_id, order_id) or self._of_pos(location_id, order_id)
        if followed is not None:
            self._state.change_followed(
                followed.order_id,
                lambda known: replace(known, driver=driver, assigned_at=now_ms()),
            )
            return ()
        if self._is_in_store(location_id, order_id):
            return ()
        return (f"WH: {ASSIGNED} names the order {order_id!r}, which this sandbox does not know.",)

    def _of_stream(self, location_id: str, order_id: str) -> FollowedOrder | None:
        return self._first(location_id=location_id, order_id=order_id)

    def _of_pos(self, location_id: str, pos_order_id: str) -> FollowedOrder | None:
        return self._first(reference_id=location_id, pos_order_id=pos_order_id)

    def _first(self, **wanted: str) -> FollowedOrder | None:
        return next(
            (
                order
                for order in reversed(self._state.followed_orders())
                if all(getattr(order, name) == value for name, value in wanted.items())
            ),
            None,
        )

    def _is_in_store(self, location_id: str, order_id: str) -> bool:
        """Tell whether the POS asked Stream to deliver this order of its own."""
        found = self._state.webhooks.newest(
            lambda webhook: (
                webhook.type == "order.created"
                and isinstance(webhook.object, dict)
                and webhook.object.get("location_id") == location_id
                and webhook.object.get("source_order_id") == order_id
            )
        )
        return found is not None


def _steps_of(kind: str, subject: Mapping[str, Any]) -> list[Step]:
    """Return what an event to the POS changed: where the driver is, then the status."""
    if kind == "order.canceled":
        return [{"status": "dsp_canceled"}]
    values = {name: subject.get(name) for name in ("delivery_status", "status")}
    return [{name: value} for name, value in values.items() if isinstance(value, str) and value]
