"""Stream's events: mutated bodies and signatures, and what must become of them (contract EV)."""

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from orders.models import StreamEvent
from orders.stream_events.views import BODY_LIMIT

from . import mutations
from .bounds import bounded
from .properties import Broken, Judge
from .restaurants import Answer

PATH = "/stream-events/v1/events"
_EXAMPLES = Path(__file__).parents[1] / "examples"
_TYPES = ["order.updated", "order.canceled", "driver.status_updated", "order.paid", "", "x" * 101]
_KINDS = ["signed", "changed", "changed", "field", "bytes", "forged", "forged", "tampered"]
_HEX = "0123456789abcdef"
_WRONG = ["", "sha256=", "0" * 64, "\xff" * 64, "null", "=" * 44, "A" * 43 + "=", "x" * 9000]


class EventBatch:
    """A batch of events for the handler; checks each answer against an independent reading."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._secrets = settings.STREAM_EVENTS_SECRETS
        paths = sorted(_EXAMPLES.glob("events_order_confirmed*"))
        self._pool = [json.loads(path.read_bytes()) for path in paths]
        nested = json.loads((_EXAMPLES / "events_nested_modifiers.json").read_bytes())
        self._pool.append(self._pool[0] | {"order": self._pool[0]["order"] | {"items": [nested]}})

    def run(self, examples: int, number: int) -> None:
        """Run the examples; raise Broken with the smallest failing event."""

        @bounded(examples, number)
        @given(st.data())
        def each(data: Any) -> None:
            StreamEvent.objects.all()._raw_delete(StreamEvent.objects.db)
            kind = data.draw(st.sampled_from(_KINDS))
            getattr(self, f"_{kind}")(data.draw)

        each()

    def _event(self, draw: Any) -> dict[str, Any]:
        event = dict(draw(st.sampled_from(self._pool)))
        if draw(st.booleans()):
            event["type"] = draw(st.sampled_from(_TYPES))
            event["order"] = {"id": "1", "status": draw(st.text(max_size=9))}
        return event

    def _signed(self, draw: Any) -> None:
        """Send an event twice in any encoding of its signature."""
        body = json.dumps(self._event(draw)).encode()
        for _ in range(2):
            self._send("event", body, self._encoded(draw, body))
        if StreamEvent.objects.count() != 1:
            raise Broken("not exactly one event", "event", body, None)

    def _changed(self, draw: Any) -> None:
        body = draw(mutations.changed(self._event(draw), self._judge.scene.ids))
        self._send("event with mutations", body, self._encoded(draw, body))

    def _field(self, draw: Any) -> None:
        event = self._event(draw)
        place = draw(st.sampled_from([event, event["order"]]))
        name = draw(st.sampled_from([*event, *event["order"]]))
        changed = {**place, name: draw(mutations.JSON)}
        event = changed if place is event else {**event, "order": changed}
        body = json.dumps(event).encode()
        self._send("event's field with arbitrary JSON", body, self._encoded(draw, body))

    def _bytes(self, draw: Any) -> None:
        body = draw(mutations.broken(self._event(draw)))
        if draw(st.integers(0, 30)) == 0:
            body += b" " * BODY_LIMIT
        self._send("event's broken bytes", body, self._encoded(draw, body))

    def _forged(self, draw: Any) -> None:
        """Send a signature that is none, or of another secret."""
        body = json.dumps(self._event(draw)).encode()
        digest = _digest(body, self._secrets[0]).hex()
        at = draw(st.integers(0, 63))
        other = _HEX[(_HEX.index(digest[at]) + draw(st.integers(1, 15))) % 16]
        flipped = digest[:at] + other + digest[at + 1 :]
        wrong = [flipped, f"sha256={flipped}", digest[:at], digest + digest[: at + 1]]
        wrong += [_digest(body, draw(st.text(max_size=50))).hex(), draw(st.sampled_from(_WRONG))]
        wrong += [base64.b64encode(bytes.fromhex(flipped)).decode(), f"sha512={digest}"]
        self._refused("event with a forged signature", body, draw(st.sampled_from(wrong)))

    def _tampered(self, draw: Any) -> None:
        """Change the body after it was signed."""
        event = self._event(draw)
        signed = json.dumps(event).encode()
        change = mutations.broken(event) | mutations.changed(event, self._judge.scene.ids)
        body = draw(change)
        if body != signed:
            self._refused("event tampered with", body, self._encoded(draw, signed))

    def _encoded(self, draw: Any, body: bytes) -> str:
        raw = _digest(body, draw(st.sampled_from(self._secrets)))
        texts = [raw.hex(), raw.hex().upper(), base64.b64encode(raw).decode()]
        return draw(st.sampled_from(["", "sha256=", "SHA256="])) + draw(st.sampled_from(texts))

    def _refused(self, kind: str, body: bytes, signature: str) -> None:
        answer = self._judge.answer_of(kind, body, PATH, HTTP_X_STREAM_SIGNATURE=signature)
        expected = 413 if len(body) > BODY_LIMIT else 401
        if answer.status != expected or StreamEvent.objects.exists():
            raise Broken(f"accepted with the signature {signature!r}", kind, body, answer)

    def _send(self, kind: str, body: bytes, signature: str) -> None:
        answer = self._judge.answer_of(kind, body, PATH, HTTP_X_STREAM_SIGNATURE=signature)
        if answer.status not in _permitted(body):
            raise Broken(f"none of {_permitted(body)}", kind, body, answer)
        if problem := _problem(body, answer):
            raise Broken(problem, kind, body, answer)


def _digest(body: bytes, secret: str) -> bytes:
    return hmac.new(secret.encode(), body, hashlib.sha256).digest()


def _permitted(body: bytes) -> set[int]:
    """Return the statuses that the contract permits for signed bytes."""
    if len(body) > BODY_LIMIT:
        return {413}
    try:
        event = json.loads(body.decode("utf-8-sig"), parse_int=float)
    except RecursionError:
        return {201, 400}
    except ValueError:
        return {400}
    is_event = isinstance(event, dict) and isinstance(event.get("type"), str)
    # Python reads NaN, which is no JSON.
    return ({201} if is_event else {400}) | ({400} if b"N" in body or b"I" in body else set())


def _problem(body: bytes, answer: Answer) -> str:
    archived = [bytes(event.body) for event in StreamEvent.objects.all()]
    if answer.status != 201:
        is_error = {"error", "error_description"} == json.loads(answer.content).keys()
        return "" if is_error and not archived else "not a plain refusal"
    if answer.content != b'"received"':
        return "the answer is not the JSON string"
    return "" if archived == [body] else "the archived event has another body"
