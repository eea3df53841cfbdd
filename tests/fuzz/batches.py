"""A batch: Hypothesis draws events of every kind and shrinks any that violates a property."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from . import mutations
from .bounds import bounded
from .choices import ByChance, Drawn
from .contract_answers import subtotal_of
from .menu import order
from .properties import Broken, Judge

_STATUSES = [
    "in_progress", "ready_for_pickup", "out_for_delivery", "completed", "failed",
    "merchant_canceled", "dsp_canceled", "pending", "on_the_moon", "", None,
]  # fmt: skip
_HEADERS: list[dict[str, str]] = [
    {"CONTENT_TYPE": ""}, {"CONTENT_TYPE": "text/plain"}, {"CONTENT_TYPE": "\xff; charset=\xff"},
    {"CONTENT_TYPE": "multipart/form-data; boundary=x"}, {"HTTP_CONTENT_ENCODING": "gzip"},
    {"CONTENT_TYPE": "application/json; charset=utf-16"}, {"HTTP_ACCEPT": "text/html"},
    {"HTTP_AUTHORIZATION": ""}, {"HTTP_AUTHORIZATION": "Bearer"},
    {"HTTP_AUTHORIZATION": "Bearer \xff\x00"}, {"HTTP_AUTHORIZATION": "Basic eDp5"},
    {"HTTP_AUTHORIZATION": "Bearer " + "x" * 5000},
    {"HTTP_HOST": "127.0.0.1:99999999"}, {"QUERY_STRING": "access_token=x&%ZZ=%00"},
    {"HTTP_TRANSFER_ENCODING": "chunked"}, {"HTTP_EXPECT": "100-continue"},
]  # fmt: skip
# Relative frequencies; "later_events" sends several events per order.
_FREQUENCIES = [
    ("valid_order", 3), ("bent_order", 6), ("changed_order", 5), ("later_events", 1), ("field", 2),
    ("bytes", 2), ("headers", 1),
]  # fmt: skip
_POOL = 200
_TYPES = ["order.updated", "order.canceled", "order.paid", "", "order.created\x00"]
_TYPES += ["order.cancelled", "Order.Updated", "order_created", "order.rated"]


class Batch:
    """A batch of events for one scene; `judge` sends them, checks the answers, and counts."""

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        scene = judge.scene
        self._ids = scene.ids
        # Reused for mutations, later events and odd requests.
        self._pool = [order(ByChance(number), scene.menus) for number in range(_POOL)]

    def run(self, examples: int, number: int) -> None:
        """Run the examples; raise Broken with the smallest failing event."""

        @bounded(examples, number)
        @given(st.data())
        def each(data: Any) -> None:
            self.judge.forget()
            self.send_one(data.draw)

        each()

    def send_one(self, draw: Any) -> None:
        """Send one event, or an order and its later events."""
        kinds = [name for name, times in _FREQUENCIES for _ in range(times)]
        kind = kinds[draw(st.integers(0, len(kinds) - 1))]
        getattr(self, f"_{kind}")(draw)

    def _valid_order(self, draw: Any) -> str:
        subject = order(Drawn(draw), self.judge.scene.menus) | {"idempotency_key": "fuzz"}
        order_id = self.judge.accepted("valid order", subject)
        subject["subtotal"] = subtotal_of(subject["line_items"])
        self.judge.repeated(draw(mutations.respelled(subject)), order_id)
        return order_id

    def _event(self, draw: Any) -> dict[str, Any]:
        subject = self._pool[draw(st.integers(0, _POOL - 1))] | {"idempotency_key": "fuzz"}
        subject["subtotal"] = subtotal_of(subject["line_items"])
        return {"type": "order.created", "object": subject}

    def _bent_order(self, draw: Any) -> None:
        body = draw(mutations.bent(self._event(draw), self._ids))
        self.judge.anything("order that may violate a rule", body)

    def _changed_order(self, draw: Any) -> None:
        body = draw(mutations.changed(self._event(draw), self._ids))
        self.judge.anything("order with mutations", body)

    def _later_events(self, draw: Any) -> None:
        """Send updates and cancelations for an existing order, mutated or not."""
        subject = self._event(draw)["object"]
        order_id = self.judge.accepted("valid order", subject)
        foreign = self.judge.scene.foreign_order_id
        target_id = draw(st.sampled_from([order_id, order_id.upper(), foreign]))
        for _ in range(draw(st.integers(1, 4))):
            event = self._later_event(draw, target_id)
            body = json.dumps(event).encode()
            if draw(st.integers(0, 2)) == 0:
                body = draw(mutations.changed(event, self._ids))
                self.judge.anything(f"{event['type']} with mutations", body)
                continue
            answer = self.judge.anything(str(event["type"]), body)
            is_foreign = target_id == foreign
            if answer.status != (404 if is_foreign else 200):
                problem = (
                    "another merchant's order was found"
                    if is_foreign
                    else "a valid event was refused"
                )
                raise Broken(problem, str(event["type"]), body, answer)

    def _later_event(self, draw: Any, order_id: str) -> dict[str, Any]:
        if draw(st.booleans()):
            subject = {"order_id": order_id, "cancel_reason": draw(st.text(max_size=10))}
            return {"type": "order.canceled", "object": subject}
        subject = {
            "order_id": order_id,
            "status": draw(st.sampled_from(_STATUSES)),
            "delivery_status": draw(st.sampled_from([None, "arrived_at_pickup", "lost"])),
            "driver_details": {"name": "Sam", "phone": {"number": "1"}, "vehicle_info": {}},
        }
        return {"type": "order.updated", "object": subject}

    def _field(self, draw: Any) -> None:
        """Replace a field of the contract with arbitrary JSON."""
        event = self._event(draw)
        if draw(st.booleans()):
            event["type"] = draw(st.sampled_from(_TYPES))
        fields = [*event["object"], "customers", "delivery_address", "requested_for", "placed_at"]
        name = draw(st.sampled_from([*fields, "order_id", "provider_id", "driver_details"]))
        event["object"][name] = draw(mutations.JSON)
        self.judge.anything("field with arbitrary JSON", json.dumps(event).encode())

    def _bytes(self, draw: Any) -> None:
        self.judge.anything("broken bytes", draw(mutations.broken(self._event(draw))))

    def _headers(self, draw: Any) -> None:
        body = json.dumps(self._event(draw)).encode()
        if draw(st.integers(0, 30)) == 0:
            body += b" " * 1_000_001
        self.judge.anything("odd headers", body, **draw(st.sampled_from(_HEADERS)))
