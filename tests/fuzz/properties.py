"""Properties that hold for every answer to any body, and counts of the answers."""

import json
import re
from collections import Counter
from typing import Any

from orders.inbound.views import BODY_LIMIT
from orders.models import InboundEvent, Order, OrderEvent, OrderLine

from . import contract_answers
from .restaurants import ORDERS, Answer, Scene

Table = dict[str, Counter[str]]  # Per kind of body, the number of each answer.


class Broken(AssertionError):
    """An answer the contract forbids, with the body that caused it."""

    def __init__(self, problem: str, kind: str, body: bytes, answer: Answer | None) -> None:
        text = f"{answer.status} {answer.content[:600]!r}" if answer else "none"
        super().__init__(f"{problem}\n  sent ({kind}): {body[:4000]!r}\n  answer: {text}")
        self.problem, self.kind, self.body = problem, kind, body


def _event_in(body: bytes) -> Any:
    """Parse an accepted event, whose unused fields may hold anything."""
    text = body.decode("utf-8", "replace").lstrip("\ufeff \t\r\n")
    while True:
        try:
            return json.loads(text, parse_int=lambda digits: int(digits[:400]))
        except RecursionError:
            text = re.sub(r"[\[{]{99,}[\]}]*", "null", text)


class Judge:
    """Send bodies, and check the answers and the resulting rows in the database."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.table: Table = {}
        self._sent = self._count = 0

    def forget(self) -> None:
        """Delete all orders, so that an accepted order does not make the next one a repeat."""
        if self._sent:
            foreign = self.scene.foreign_order_id
            for model in (InboundEvent, OrderLine, OrderEvent):
                _delete(model.objects.exclude(order=foreign))
            _delete(Order.objects.exclude(pk=foreign))
        self._sent = self._count = 0

    def accepted(self, kind: str, order: Any) -> str:
        """Send a valid order twice; it must be accepted as one order, with the same answer."""
        order = order | {"subtotal": contract_answers.subtotal_of(order["line_items"])}
        body = json.dumps({"type": "order.created", "object": order}).encode()
        answer = self._send(kind, body)
        if answer.status != 200:
            raise Broken("a valid order was not accepted", kind, body, answer)
        repeated = self._send("repeated order", body)
        if (repeated.status, repeated.content) != (200, answer.content):
            raise Broken("the repeated order got a different answer", kind, body, repeated)
        if self._count != 1:
            raise Broken("not exactly one order", kind, body, answer)
        order_id: str = json.loads(answer.content)["order"]["provider_id"]
        return order_id

    def repeated(self, body: bytes, order_id: str) -> None:
        """Send the order's content in other spellings; it must be answered as that order."""
        answer = self._send("repeated order in other spellings", body)
        if answer.status != 200 or order_id.encode() not in answer.content:
            raise Broken("the same content was not taken for a repeat", "respelled", body, answer)

    def anything(self, kind: str, body: bytes, **headers: str) -> Answer:
        """Send an event to which the contract permits any answer."""
        return self._send(kind, body, **headers)

    def answer_of(self, kind: str, body: bytes, path: str, **headers: str) -> Answer:
        """Post the body and count the answer, which may be any but a 5xx."""
        try:
            answer = self.scene.pos.call("POST", path, body, **headers)
        except Exception as error:
            raise Broken(f"it raised {error!r}", kind, body, None) from error
        self._count_answer(kind, answer)
        if answer.status >= 500:
            raise Broken("5xx", kind, body, answer)
        return answer

    def _send(self, kind: str, body: bytes, **headers: str) -> Answer:
        before, self._sent = self._count, self._sent + 1
        answer = self.answer_of(kind, body, ORDERS, **headers)
        self._count = Order.objects.filter(merchant=self.scene.merchant).count()
        problem = self._problem(body, answer, self._count - before)
        if problem:
            raise Broken(problem, kind, body, answer)
        return answer

    def _count_answer(self, kind: str, answer: Answer) -> None:
        row = self.table.setdefault(kind, Counter())
        row["bodies"] += 1
        row[str(answer.status)] += 1
        row["5xx"] += answer.status >= 500

    def _problem(self, body: bytes, answer: Answer, new_orders: int) -> str:
        if answer.status == 401:
            is_bearer = answer.headers.get("www-authenticate", "").startswith("Bearer")
            return "" if is_bearer and not new_orders else "a 401 without WWW-Authenticate: Bearer"
        if answer.headers.get("content-type") != "application/json":
            return "the answer is not JSON"
        archived = InboundEvent.objects.order_by("pk").last()
        if archived is None:
            return "nothing was archived"
        self._count_outcome(archived)
        if bytes(archived.body) != (body if len(body) <= BODY_LIMIT else b""):
            return "the archived event has another body"
        if (archived.answer.encode(), archived.status_code) != (answer.content, answer.status):
            return "the archived event has another answer"
        if answer.status != 200 and new_orders:
            return "a refused order was written"
        return self._problem_of_status(body, answer, archived.outcome, new_orders)

    def _problem_of_status(self, body: bytes, answer: Answer, outcome: str, new_orders: int) -> str:
        if answer.status == 400:
            self._count_reasons(answer.content)
            return contract_answers.problem_of_refusal(answer.content)
        if answer.status == 404:
            is_plain = json.loads(answer.content).get("error") == "not_found"
            return "" if is_plain else "a 404 without not_found"
        if answer.status != 200:
            return f"the contract does not allow {answer.status} here"
        if outcome in ("accepted", "deferred"):
            return self._problem_of_order(body, answer, new_orders)
        return "an unexpected order was created" if new_orders else ""

    def _problem_of_order(self, body: bytes, answer: Answer, new_orders: int) -> str:
        problem = contract_answers.problem_of_acceptance(answer.content)
        if problem or new_orders != 1:
            return problem or f"{new_orders} orders instead of one"
        order = Order.objects.get(pk=json.loads(answer.content)["order"]["provider_id"])
        expected = contract_answers.total_of(_event_in(body)["object"])
        if order.total != expected:
            return f"the total is {order.total}, not {expected}"
        if not order.lines.exists() or order.history.count() != 1:
            return "the order is incomplete"
        return ""

    def _count_outcome(self, archived: InboundEvent) -> None:
        self.table.setdefault("outcomes", Counter())[archived.outcome] += 1

    def _count_reasons(self, content: bytes) -> None:
        counts = self.table.setdefault("reasons", Counter())
        for name, entries in json.loads(content).get("posValidation", {}).items():
            codes = {entry["order_error"] for entry in entries if "order_error" in entry} or {name}
            counts.update(codes)


def _delete(rows: Any) -> None:
    """Delete without cascading: the caller deletes dependent rows first."""
    rows._raw_delete(rows.db)
