"""What holds for every answer, whatever was sent; and the count of what came back."""

import json
from collections import Counter
from typing import Any

from orders.inbound.views import BODY_LIMIT
from orders.models import InboundEvent, Order, OrderEvent, OrderLine

from . import contract_answers
from .restaurants import Answer, Scene

Table = dict[str, Counter[str]]  # By what was sent: what came back, and how often.


class Broken(AssertionError):
    """An answer that the contract forbids; it carries the body that brought it."""

    def __init__(self, problem: str, kind: str, body: bytes, answer: Answer | None) -> None:
        said = f"{answer.status} {answer.content[:600]!r}" if answer else "none"
        super().__init__(f"{problem}\n  sent ({kind}): {body[:4000]!r}\n  answer: {said}")
        self.problem, self.kind, self.body = problem, kind, body


class Judge:
    """Sends bodies and looks at the answers, and at what the database has of them."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.table: Table = {}
        self._sent = self._count = 0

    def forget(self) -> None:
        """Begins anew: an accepted order must not make the next one a repeat."""
        if self._sent:
            foreign = self.scene.foreign_order_id
            for model in (InboundEvent, OrderLine, OrderEvent):
                _delete(model.objects.exclude(order=foreign))
            _delete(Order.objects.exclude(pk=foreign))
        self._sent = self._count = 0

    def accepted(self, kind: str, order: Any) -> str:
        """An order that must be taken: exactly one, its total, and the same bytes again."""
        order = order | {"subtotal": contract_answers.subtotal_of(order["line_items"])}
        body = json.dumps({"type": "order.created", "object": order}).encode()
        answer = self._send(kind, body)
        if answer.status != 200:
            raise Broken("an order that is right was not taken", kind, body, answer)
        again = self._send("the same again", body)
        if (again.status, again.content) != (200, answer.content):
            raise Broken("the same order again got another answer", kind, body, again)
        if self._count != 1:
            raise Broken("not exactly one order", kind, body, answer)
        order_id: str = json.loads(answer.content)["order"]["provider_id"]
        return order_id

    def anything(self, kind: str, body: bytes, **headers: str) -> Answer:
        """An event that may be answered in any way that the contract knows."""
        return self._send(kind, body, **headers)

    def _send(self, kind: str, body: bytes, **headers: str) -> Answer:
        before, self._sent = self._count, self._sent + 1
        try:
            answer = self.scene.pos.send(body, **headers)
        except Exception as error:
            raise Broken(f"it raised {error!r}", kind, body, None) from error
        self._note(kind, answer)
        self._count = Order.objects.filter(merchant=self.scene.merchant).count()
        problem = self._problem(body, answer, self._count - before)
        if problem:
            raise Broken(problem, kind, body, answer)
        return answer

    def _note(self, kind: str, answer: Answer) -> None:
        row = self.table.setdefault(kind, Counter())
        row["bodies"] += 1
        row[str(answer.status)] += 1
        row["5xx"] += answer.status >= 500

    def _problem(self, body: bytes, answer: Answer, new_orders: int) -> str:
        if answer.status >= 500:
            return "5xx"
        if answer.status == 401:
            wanted = answer.headers.get("www-authenticate", "").startswith("Bearer")
            return "" if wanted and not new_orders else "a 401 without WWW-Authenticate: Bearer"
        if answer.headers.get("content-type") != "application/json":
            return "no JSON"
        kept = InboundEvent.objects.order_by("pk").last()
        if kept is None:
            return "nothing was archived"
        self._count_outcome(kept)
        if bytes(kept.body) != (body if len(body) <= BODY_LIMIT else b""):
            return "the archived event has another body"
        if (kept.answer.encode(), kept.status_code) != (answer.content, answer.status):
            return "the archived event has another answer"
        if answer.status != 200 and new_orders:
            return "a refused order was written"
        return self._problem_of_status(body, answer, kept.outcome, new_orders)

    def _problem_of_status(self, body: bytes, answer: Answer, outcome: str, new_orders: int) -> str:
        if answer.status == 400:
            self._count_reasons(answer.content)
            return contract_answers.problem_of_refusal(answer.content)
        if answer.status == 404:
            is_plain = json.loads(answer.content).get("error") == "not_found"
            return "" if is_plain else "a 404 without not_found"
        if answer.status != 200:
            return f"the contract knows no {answer.status} here"
        if outcome in ("accepted", "deferred"):
            return self._problem_of_order(body, answer, new_orders)
        return "an order from nowhere" if new_orders else ""

    def _problem_of_order(self, body: bytes, answer: Answer, new_orders: int) -> str:
        problem = contract_answers.problem_of_acceptance(answer.content)
        if problem or new_orders != 1:
            return problem or f"{new_orders} orders instead of one"
        order = Order.objects.get(pk=json.loads(answer.content)["order"]["provider_id"])
        # Bytes that are no UTF-8 may stand in a field that nobody reads.
        wanted = contract_answers.total_of(json.loads(body.decode("utf-8", "replace"))["object"])
        if order.total != wanted:
            return f"the total is {order.total}, not {wanted}"
        if not order.lines.exists() or order.history.count() != 1:
            return "the order is half written"
        return ""

    def _count_outcome(self, kept: InboundEvent) -> None:
        self.table.setdefault("outcomes", Counter())[kept.outcome] += 1

    def _count_reasons(self, content: bytes) -> None:
        counts = self.table.setdefault("reasons", Counter())
        for name, entries in json.loads(content).get("posValidation", {}).items():
            codes = {one["order_error"] for one in entries if "order_error" in one} or {name}
            counts.update(codes)


def _delete(rows: Any) -> None:
    """Without a look at what hangs below: the caller goes from the bottom up."""
    rows._raw_delete(rows.db)
