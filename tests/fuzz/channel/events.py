"""Stream's events to the channel: whole, mutated and broken, and what must become of them."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dsp.models import ChannelOrder, ReceivedEvent, Refund
from tests.dsp.events import examples
from tests.dsp.support.orders import place
from tests.fuzz import mutations
from tests.fuzz.bounds import bounded
from tests.fuzz.properties import Broken
from tests.fuzz.restaurants import Answer

from .scene import ChannelScene

_PATH = "/stream-dsp/v1/event"
_LIMIT = 1_000_000
_KINDS = ["valid", "valid", "changed", "changed", "changed", "field", "bytes"]
_TYPES = [
    "location.pause", "location.resumed", "location.unpaused", "location.menu.lost", "",
    "new_order", "location.order.accept\x00", "x" * 101,
]  # fmt: skip
_KNOWN = {event["type"] for event in examples.ALL} | set(_TYPES[:3])
_STATUSES = ["completed", "canceled", "out_for_delivery", "in_progress", "on_the_moon", "", None]
_REASONS = [
    "restaurant_not_accepting_orders", "location_not_found", "pos_missing_items",
    "order_validation_error", "unknown", "", None,
]  # fmt: skip
_OWES = {"failed", "canceled", "guest_canceled", "given_up"}


class ChannelEventBatch:
    """A batch of events about a store and an order that Stream has."""

    def __init__(self, scene: ChannelScene) -> None:
        self._scene = scene
        self._judge = scene.judge
        self._ids = [*scene.ids, "ord_01"]

    def run(self, examples: int, number: int) -> None:
        """Run the examples; raise Broken with the smallest failing event."""

        @bounded(examples, number)
        @given(st.data())
        def each(data: Any) -> None:
            self._scene.forget()
            place(self._scene.store)
            ChannelOrder.objects.update(state=data.draw(st.sampled_from(["sent", "accepted"])))
            for _ in range(data.draw(st.integers(1, 3))):
                getattr(self, f"_{data.draw(st.sampled_from(_KINDS))}")(data.draw)

        each()

    def _event(self, draw: Any) -> dict[str, Any]:
        event = dict(draw(st.sampled_from(examples.ALL)))
        if "order_status_update" in event:
            event["order_status_update"] = draw(st.sampled_from(["ready_for_pickup", *_STATUSES]))
        if "failure_reason" in event:
            event["failure_reason"] = draw(st.sampled_from(["items_unavailable", *_REASONS]))
        if event["type"] == "location.update":
            event["object_updates"] = {**event["object_updates"], "variations": []}
        return event

    def _valid(self, draw: Any) -> None:
        """Send a valid event twice: the second changes no refund and no state."""
        event = self._event(draw)
        body = json.dumps(event).encode()
        state = ""
        for _ in range(2):
            answer = self._send("channel event", body)
            if answer.status != 200:
                raise Broken("a valid event was refused", "channel event", body, answer)
            before, state = state, ChannelOrder.objects.get().state
        if before != state:
            raise Broken("the repeat changed the state", "channel event", body, answer)

    def _changed(self, draw: Any) -> None:
        event = self._event(draw)
        if draw(st.integers(0, 5)) == 0:
            event["type"] = draw(st.sampled_from(_TYPES))
        body = draw(mutations.changed(event, self._ids))
        self._send("channel event with mutations", body)

    def _field(self, draw: Any) -> None:
        event = self._event(draw)
        place = draw(st.sampled_from([event, *(v for v in event.values() if isinstance(v, dict))]))
        name = draw(st.sampled_from([*event, *place, "until_ms", "order_id"]))
        value = draw(mutations.JSON)
        key = next((key for key, one in event.items() if one is place), None)
        event = event | ({name: value} if key is None else {key: {**place, name: value}})
        self._send("channel event's field with arbitrary JSON", json.dumps(event).encode())

    def _bytes(self, draw: Any) -> None:
        body = draw(mutations.broken(self._event(draw)))
        if draw(st.integers(0, 30)) == 0:
            body += b" " * _LIMIT
        self._send("channel event's broken bytes", body)

    def _send(self, kind: str, body: bytes) -> Answer:
        before = ReceivedEvent.objects.count()
        bearer = f"Bearer {self._scene.token}"
        answer = self._judge.answer_of(kind, body, _PATH, HTTP_AUTHORIZATION=bearer)
        if answer.status not in _permitted(body):
            raise Broken(f"none of {_permitted(body)}", kind, body, answer)
        problem = _problem_of_answer(answer) or _problem_of_archive(body, answer, before)
        if problem := problem or _problem_of_money():
            raise Broken(problem, kind, body, answer)
        return answer


def _permitted(body: bytes) -> set[int]:
    """Return the statuses that the contract permits for these bytes."""
    if len(body) > _LIMIT:
        return {413}
    try:
        event = json.loads(body.decode("utf-8-sig"), parse_int=float)
    except RecursionError:
        return {200, 400, 404}
    except ValueError:
        return {400}
    if not isinstance(event, dict) or not isinstance(event.get("type"), str):
        return {400}
    # Python reads NaN, which is no JSON, and refuses numbers of more than 4,300 digits.
    unsure = {400} if b"N" in body or b"I" in body or len(body) > 4_300 else set()
    return {200, 400, 404} if event["type"] in _KNOWN else {200} | unsure


def _problem_of_answer(answer: Answer) -> str:
    if answer.status == 200:
        return "" if answer.content == b"{}" else "the answer is not {}"
    error = json.loads(answer.content)
    is_plain = error.keys() == {"error", "error_description"} and all(error.values())
    return "" if is_plain else "not a plain refusal"


def _problem_of_archive(body: bytes, answer: Answer, before: int) -> str:
    archived = ReceivedEvent.objects.order_by("-pk")
    if len(archived) != before + (answer.status != 413):
        return f"{len(archived) - before} events archived"
    # Of a menu's address, the query is cut.
    if answer.status != 413 and b"download_url" not in body and bytes(archived[0].body) != body:
        return "the archived event has another body"
    return ""


def _problem_of_money() -> str:
    order = ChannelOrder.objects.get()
    refunds = [refund.amount for refund in Refund.objects.all()]
    expected = [order.total] if order.state in _OWES else []
    return "" if refunds == expected else f"refunds are {refunds} in {order.state}"
