"""Bodies for the channel's API: quotes, orders, cancelations and refunds (contract DSP-API)."""

import copy
import json
from collections.abc import Iterable
from functools import cache
from typing import Any

import jsonschema
from hypothesis import given
from hypothesis import strategies as st

from dsp.channel_api.document_views import document
from dsp.models import ChannelOrder, Quote
from integration.models import OutboundEvent
from tests.dsp.support.front_end import ANN, BASE, CART
from tests.fuzz import mutations
from tests.fuzz.bounds import bounded
from tests.fuzz.properties import Broken
from tests.fuzz.restaurants import Answer

from .scene import ChannelScene

_KINDS = ["quote", "quote", "order", "order", "cancel", "refund", "get"]
_TYPES = ["pickup", "curbside", "drive_thru", "merchant_managed_delivery", "dine_in", "x"]
_PRICES = {
    "s-var-burger-r": 800, "s-var-burger-l": 1000, "s-mod-cheese": 100, "s-mod-cheddar": 0,
    "s-mod-bacon": 150,
}  # fmt: skip
_ODD_KEYS = ["", " ", "x" * 256, "\xff", "\xa0", "key,key"]
_HOME = {
    "address_line_1": "200 Oak Ave", "city": "Austin", "state": "TX", "postal_code": "78702",
    "country": "USA",
}  # fmt: skip
_LIMIT = 1_000_000


class FrontEndBatch:
    """A batch of requests to the API with a channel key, good or not."""

    def __init__(self, scene: ChannelScene) -> None:
        self._scene = scene
        self._judge = scene.judge
        self._quotes = f"/stores/{scene.store.provider_id}/quotes"

    def run(self, examples: int, number: int) -> None:
        """Run the examples; raise Broken with the smallest failing body."""

        @bounded(examples, number)
        @given(st.data())
        def each(data: Any) -> None:
            self._scene.forget()
            getattr(self, f"_{data.draw(st.sampled_from(_KINDS))}")(data.draw)

        each()

    def _quote(self, draw: Any) -> None:
        """Send a cart that is whole, with other ids and amounts, mutated or broken."""
        body = _bytes_of(draw, _cart(draw), self._scene.ids)
        answer = self._post("quote", self._quotes, body)
        if answer.status == 201:
            problem = _problem_of_quote(json.loads(body), json.loads(answer.content))
            if problem or Quote.objects.count() != 1:
                raise Broken(problem or "not one quote", "quote", body, answer)
        elif Quote.objects.exists():
            raise Broken("a refused quote was written", "quote", body, answer)

    def _order(self, draw: Any) -> None:
        """Order by a good quote, well or badly; then the same key again."""
        quote, body = self._good_order(draw)
        content = _bytes_of(draw, body, [quote["quote_id"], *self._scene.ids])
        key = draw(st.sampled_from(["key-1", "key-1", "key-1", *_ODD_KEYS]))
        answer = self._post("channel order", "/orders", content, key)
        self._check_order("channel order", content, answer, quote)
        if answer.status != 201:
            return
        again = self._post("repeated channel order", "/orders", content, key)
        if (again.status, again.content) != (201, answer.content):
            raise Broken("the repeat got a different answer", "channel order", content, again)
        other = content.replace(b"{", b'{"extra":1,', 1)
        answer = self._post("channel order, key reused", "/orders", other, key)
        is_reused = answer.status == 422 and json.loads(answer.content)["code"] == "key_reused"
        if not is_reused or ChannelOrder.objects.count() != 1:
            raise Broken("the key was not refused", "channel order", other, answer)

    def _check_order(self, kind: str, content: bytes, answer: Answer, quote: Any) -> None:
        totals = [order.total for order in ChannelOrder.objects.all()]
        if totals != ([quote["total"]] if answer.status == 201 else []):
            raise Broken(f"orders with the totals {totals}", kind, content, answer)
        if OutboundEvent.objects.count() != len(totals):
            raise Broken("not one event owed for each order", kind, content, answer)

    def _good_order(self, draw: Any) -> tuple[Any, dict[str, Any]]:
        is_drive_thru = draw(st.booleans())
        kind = {"fulfillment_type": "drive_thru", "tip": 0} if is_drive_thru else {}
        answer = self._post("good quote", self._quotes, json.dumps(CART | kind).encode())
        if answer.status != 201:
            raise Broken("a good quote was refused", "good quote", b"", answer)
        quote = json.loads(answer.content)
        paid = {"provider": "acme", "reference": "pay_1", "amount": quote["total"]}
        proof = {"unpaid": True} if is_drive_thru else {"payment": {**paid, "currency": "usd"}}
        body = {"quote_id": quote["quote_id"], "customer": ANN, "delivery_address": _HOME, **proof}
        return quote, body | {"special_instructions": draw(st.text(max_size=9))}

    def _placed(self, draw: Any) -> dict[str, Any]:
        _, body = self._good_order(draw)
        content = json.dumps(body).encode()
        answer = self._post("good channel order", "/orders", content, "key-1")
        if answer.status != 201:
            raise Broken("a good order was refused", "good channel order", content, answer)
        placed: dict[str, Any] = json.loads(answer.content)
        return placed

    def _cancel(self, draw: Any) -> None:
        order_id = draw(st.sampled_from([self._placed(draw)["id"], *_odd_ids(self._scene)]))
        body = draw(mutations.broken({}) | st.just(b"{}") | st.just(b""))
        for _ in range(2):
            answer = self._post("cancel", f"/orders/{order_id}/cancel", body)
        if (answer.status == 200) != order_id.startswith("ord_"):
            raise Broken("it was not canceled", "cancel", order_id.encode(), answer)

    def _refund(self, draw: Any) -> None:
        """Cancel a paid order and confirm its refund, well or badly."""
        answer = self._post("cancel", f"/orders/{self._placed(draw)['id']}/cancel", b"{}")
        refund = json.loads(answer.content)["refund"]
        known = [] if refund is None else [refund["id"]]
        refund_id = draw(st.sampled_from([*known, *known, *_odd_ids(self._scene)]))
        body = _bytes_of(draw, {"reference": draw(st.text(max_size=300))}, self._scene.ids)
        first = self._post("refund", f"/refunds/{refund_id}/ack", body)
        again = self._post("refund", f"/refunds/{refund_id}/ack", body)
        if first.status != again.status or (first.status == 200 and refund_id not in known):
            raise Broken("the refund was confirmed wrongly", "refund", body, again)

    def _get(self, draw: Any) -> None:
        """Read what exists, and what does not, with a good key and with others."""
        order_id = self._placed(draw)["id"]
        one = draw(st.sampled_from([order_id, self._scene.store.provider_id]))
        one = draw(st.sampled_from([one, one, *_odd_ids(self._scene)]))
        form = draw(st.sampled_from(["/stores", "/stores/{}", "/stores/{}/menu", "/orders/{}"]))
        bearer = draw(st.sampled_from([self._scene.key] * 3 + ["", "\xff", self._scene.token]))
        path, key = form.format(one), f"Bearer {bearer}"
        answer = self._scene.judge.scene.pos.call("GET", BASE + path, HTTP_AUTHORIZATION=key)
        self._check("get", "get", path, b"", answer)

    def _post(self, kind: str, path: str, body: bytes, key: str = "") -> Answer:
        headers = {"HTTP_AUTHORIZATION": f"Bearer {self._scene.key}", "HTTP_IDEMPOTENCY_KEY": key}
        answer = self._judge.answer_of(f"channel: {kind}", body, BASE + path, **headers)
        self._check(kind, "post", path, body, answer)
        return answer

    def _check(self, kind: str, method: str, path: str, body: bytes, answer: Answer) -> None:
        """Check the answer against the published document."""
        name = _template_of(path)
        described = document()["paths"][name][method]["responses"]
        if str(answer.status) not in described:
            raise Broken(f"the document has no such answer of {name}", kind, body, answer)
        try:
            _validator(name, method, str(answer.status)).validate(json.loads(answer.content))
        except (jsonschema.ValidationError, ValueError) as error:
            raise Broken(f"not as documented: {error}", kind, body, answer) from error


def _template_of(path: str) -> str:
    parts = path.split("/")
    ids = {"stores": "{store_id}", "orders": "{order_id}", "refunds": "{refund_id}"}
    if len(parts) > 2:
        last = [parts[-1]] if parts[-1] in ("quotes", "menu", "cancel", "ack") else []
        parts = ["", parts[1], ids[parts[1]], *last]
    return "/".join(parts)


@cache
def _validator(name: str, method: str, status: str) -> Any:
    described = document()["paths"][name][method]["responses"][status]
    if "$ref" in described:
        described = document()["components"]["responses"][described["$ref"].rsplit("/")[-1]]
    schema = described["content"]["application/json"]["schema"]
    return jsonschema.Draft202012Validator(document() | schema)


def _odd_ids(scene: ChannelScene) -> list[str]:
    not_ascii = "\u0130".encode().decode("latin-1")  # As WSGI has it.
    return [
        "ord",
        "\x00",
        not_ascii,
        "x" * 300,
        "str_other",
        "..",
        "%2F",
        scene.store.merchant.name,
    ]


def _cart(draw: Any) -> dict[str, Any]:
    """Return a cart that may violate a rule of the menu."""
    cart = copy.deepcopy(CART)
    cart["fulfillment_type"] = draw(st.sampled_from(["pickup", *_TYPES]))
    cart["tip"] = draw(st.sampled_from([0, 0, 300, 10**12]))
    cart["requested_for"] = draw(st.sampled_from([None, None, 0, 1_900_000_000_000]))
    line = cart["lines"][0]
    line["id"] = draw(st.sampled_from(["s-var-burger-r", *_PRICES]))
    line["quantity"] = draw(st.integers(1, 45))
    for one in draw(st.lists(st.sampled_from(sorted(_PRICES)), max_size=2)):
        line["modifiers"].append({"id": one, "quantity": draw(st.integers(1, 2))})
    if draw(st.booleans()):
        del line["modifiers"][0]
    if draw(st.integers(0, 3)) == 0:
        amount = draw(st.sampled_from([1, 99, 800, 10**9]))
        cart["discounts"] = [{"id": "WELCOME", "amount": amount}]
    cart["lines"] = cart["lines"] * draw(st.integers(1, 3))
    return cart


def _bytes_of(draw: Any, body: dict[str, Any], ids: list[str]) -> bytes:
    """Return the body as it is, mutated, with a field of any JSON, or broken."""
    method = draw(st.integers(0, 7))
    if method == 0:
        content: bytes = draw(mutations.broken(body))
        return content + b" " * (_LIMIT if draw(st.integers(0, 9)) == 0 else 0)
    if method == 1:
        body = body | {draw(st.sampled_from(sorted(body))): draw(mutations.JSON)}
    if method in (2, 3):
        changed: bytes = draw(mutations.changed(body, ids))
        return changed
    return json.dumps(body).encode()


def _problem_of_quote(cart: Any, quote: Any) -> str:
    """Compare the amounts with a calculation of our own (contract DSP-RULES-SUM)."""
    subtotal = _sum(cart["lines"])
    discounts = sum(one["amount"] for one in cart.get("discounts") or [])
    tax = ((subtotal - discounts) * 85 + 500) // 1000
    total = subtotal - discounts + tax + (cart.get("tip") or 0)
    expected = {"subtotal": subtotal, "tax": tax, "total": total}
    found = {name: quote[name] for name in expected}
    return "" if found == expected else f"{found} instead of {expected}"


def _sum(lines: Iterable[Any]) -> int:
    return sum(
        line["quantity"] * (_PRICES[line["id"]] + _sum(line.get("modifiers") or []))
        for line in lines
    )
