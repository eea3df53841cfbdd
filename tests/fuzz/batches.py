"""One batch: hypothesis draws events of every kind, and shrinks the one that breaks a property."""

import json
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from . import mutations
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
# Of 20 events; what follows on an order is several.
_OFTEN = [
    ("right", 3), ("bent_order", 6), ("changed_order", 5), ("afterwards", 1), ("field", 2),
    ("bytes", 2), ("headers", 1),
]  # fmt: skip
_POOL = 200
_TYPES = ["order.updated", "order.canceled", "order.paid", "", "order.created\x00"]


def bounded(examples: int, number: int) -> Any:
    """Hypothesis for one batch: what it draws follows from the number alone."""

    def decorate(test: Any) -> Any:
        decorated = settings(
            max_examples=examples, deadline=None, database=None, print_blob=False,
            phases=[Phase.generate, Phase.shrink], suppress_health_check=list(HealthCheck),
            report_multiple_bugs=False,
        )(test)  # fmt: skip
        return seed(number)(decorated)

    return decorate


class Batch:
    """Events against one scene; `judge` sends them, looks at the answers, and counts."""

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        scene = judge.scene
        self._ids = scene.ids
        # What is changed, sent after them or sent oddly need not be new each time.
        self._pool = [order(ByChance(number), scene.menus) for number in range(_POOL)]

    def run(self, examples: int, number: int) -> None:
        """Raises Broken with the smallest event that was found."""

        @bounded(examples, number)
        @given(st.data())
        def each(data: Any) -> None:
            self.judge.forget()
            self.one(data.draw)

        each()

    def one(self, draw: Any) -> None:
        """One event, or an order and what becomes of it."""
        kinds = [name for name, times in _OFTEN for _ in range(times)]
        what = kinds[draw(st.integers(0, len(kinds) - 1))]
        getattr(self, f"_{what}")(draw)

    def _right(self, draw: Any) -> str:
        made = order(Drawn(draw), self.judge.scene.menus) | {"idempotency_key": "fuzz"}
        return self.judge.accepted("an order that is right", made)

    def _event(self, draw: Any) -> dict[str, Any]:
        made = self._pool[draw(st.integers(0, _POOL - 1))] | {"idempotency_key": "fuzz"}
        made["subtotal"] = subtotal_of(made["line_items"])
        return {"type": "order.created", "object": made}

    def _bent_order(self, draw: Any) -> None:
        body = draw(mutations.bent(self._event(draw), self._ids))
        self.judge.anything("an order that may break a rule", body)

    def _changed_order(self, draw: Any) -> None:
        body = draw(mutations.changed(self._event(draw), self._ids))
        self.judge.anything("an order with changes", body)

    def _afterwards(self, draw: Any) -> None:
        """Updates and cancelations of an order that is there, changed or not."""
        made = self._event(draw)["object"]
        order_id = self.judge.accepted("an order that is right", made)
        foreign = self.judge.scene.foreign_order_id
        named = draw(st.sampled_from([order_id, order_id.upper(), foreign]))
        for _ in range(draw(st.integers(1, 4))):
            event = self._later(draw, named)
            body = json.dumps(event).encode()
            if draw(st.integers(0, 2)) == 0:
                body = draw(mutations.changed(event, self._ids))
                self.judge.anything(f"{event['type']} with changes", body)
                continue
            answer = self.judge.anything(str(event["type"]), body)
            is_foreign = named == foreign
            if answer.status != (404 if is_foreign else 200):
                problem = "another's order was found" if is_foreign else "a good event was refused"
                raise Broken(problem, str(event["type"]), body, answer)

    def _later(self, draw: Any, order_id: str) -> dict[str, Any]:
        if draw(st.booleans()):
            said = {"order_id": order_id, "cancel_reason": draw(st.text(max_size=10))}
            return {"type": "order.canceled", "object": said}
        said = {
            "order_id": order_id,
            "status": draw(st.sampled_from(_STATUSES)),
            "delivery_status": draw(st.sampled_from([None, "arrived_at_pickup", "lost"])),
            "driver_details": {"name": "Sam", "phone": {"number": "1"}, "vehicle_info": {}},
        }
        return {"type": "order.updated", "object": said}

    def _field(self, draw: Any) -> None:
        """Any JSON where the contract knows a field."""
        event = self._event(draw)
        if draw(st.booleans()):
            event["type"] = draw(st.sampled_from(_TYPES))
        places = [*event["object"], "customers", "delivery_address", "requested_for", "placed_at"]
        name = draw(st.sampled_from([*places, "order_id", "provider_id", "driver_details"]))
        event["object"][name] = draw(mutations.JSON)
        self.judge.anything("a field of any JSON", json.dumps(event).encode())

    def _bytes(self, draw: Any) -> None:
        self.judge.anything("broken bytes", draw(mutations.broken(self._event(draw))))

    def _headers(self, draw: Any) -> None:
        body = json.dumps(self._event(draw)).encode()
        if draw(st.integers(0, 30)) == 0:
            body += b" " * 1_000_001
        self.judge.anything("odd headers", body, **draw(st.sampled_from(_HEADERS)))
