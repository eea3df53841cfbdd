"""Mutations of events: members dropped, repeated, nested or replaced; bytes corrupted."""

import copy
import json
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

# Inserted into the body verbatim, including text no JSON library would write.
ODD = [
    "null", "true", "0", "-1", "1.5", "1200.0", "1e3", "-0.0", "9007199254740993", "1e400",
    "-1e308", "9" * 4400, "NaN", "Infinity", '""', '"\\u0000"', '"\\ud83d"', '"\\udc00\\ud800"',
    '"x\x00y"', '"\ud7ff\uffff"', '"' + "x" * 1001 + '"', '"%s"' % ("y" * 10_001), "[]", "{}",
    "[null]", "[[]]", '{"a":1,"a":2}', "[" * 150 + "]" * 150,
    '{"modifiers":[' * 120 + "]}" * 120, "[" * 100_000, '"_item"', '"<script>"', "01", "+1",
    "'x'", "253402300799999", '"2026-01-01T00:00:00Z"', '"00000000-0000-4000-8000-000000000000"',
    "10001", "2147483648", "9223372036854775808", '"\u202e\U0001f355"', '{"provider_id":"x"}',
    '"   "', '"\u200b"', '"\u3164\u00ad"', '"undefined"', '"[object Object]"', "1796000000",
    "1796000000000000", '"Usd"', '"order.cancelled"',
]  # fmt: skip
_ACTIONS = ["odd", "odd", "id", "id", "drop", "repeat", "nest", "amount"]
_QUANTITIES = [0, 1, 2, 3, 9, 10_000, 10_001, -1]
_OFF_BY = [-1, 1, -100, 100, -(10**9), 10**9]
_ENCODINGS = ["utf-8", "utf-16", "utf-32", "latin-1", "utf-8-sig", "utf-7", "cp1252"]
_KEYS = [None, "", "\0", "x" * 255, "  ", "\u200b", "undefined", "NaN"]
_TYPES = ["order.created", "Order.Created", "order_created", "order.create", "ORDER.CREATED"]
_MARKS = ["", "\ufeff", "\ufeff\ufeff", " \ufeff\n"]
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)  # JSON has neither; ODD has both.
    | st.text(max_size=20),
    lambda nested: st.lists(nested, max_size=4) | st.dictionaries(st.text(max_size=8), nested),
    max_leaves=12,
)


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every mutable position: a list or object, and the key or index of a member."""
    members = value.items() if isinstance(value, dict) else enumerate(value)
    for key, member in list(members):
        yield value, key
        if isinstance(member, dict | list):
            yield from _places(member)


@st.composite
def changed(draw: Any, event: Any, ids: list[str]) -> bytes:
    """Return the event with a few members changed; `ids` include some of other tenants."""
    event = copy.deepcopy(event)
    odd: list[str] = []
    for _ in range(draw(st.integers(1, 3))):
        places = list(_places(event))
        if not places:
            break
        container, key = places[draw(st.integers(0, len(places) - 1))]
        action = draw(st.sampled_from(_ACTIONS))
        if action == "odd":
            odd.append(draw(st.sampled_from(ODD)))
            container[key] = f"@@{len(odd) - 1}@@"
        else:
            _change(draw, container, key, action, ids)
    text = json.dumps(event)
    for number, literal in enumerate(odd):
        text = text.replace(f'"@@{number}@@"', literal)
    return text.encode("utf-8", "surrogatepass")


def _change(draw: Any, container: Any, key: Any, action: str, ids: list[str]) -> None:
    if action == "id":
        container[key] = draw(st.sampled_from(ids))
    elif action == "amount":
        container[key] = draw(st.integers(-(2**54), 2**54))
    elif action == "drop":
        del container[key]
    elif action == "repeat" and isinstance(container, list):
        container.extend(copy.deepcopy(container[key]) for _ in range(50))
    else:
        container[key] = {key: [container[key]]} if isinstance(key, str) else [container[key]]


@st.composite
def bent(draw: Any, event: Any, ids: list[str]) -> bytes:
    """Return a well-formed body with content that may violate a business rule."""
    event = copy.deepcopy(event)
    for _ in range(draw(st.integers(1, 3))):
        order = event["object"]
        lists = [order["line_items"], *_modifier_lists(order["line_items"])]
        entries = lists[draw(st.integers(0, len(lists) - 1))]
        if draw(st.integers(0, 3)) == 0 or not entries:
            _bend_order(draw, order, ids)
        else:
            _bend_entries(draw, entries, ids)
    return json.dumps(event).encode()


def _modifier_lists(lines: Any) -> Iterator[Any]:
    for line in lines:
        if line.get("modifiers"):
            yield line["modifiers"]
            yield from _modifier_lists(line["modifiers"])


def _bend_entries(draw: Any, entries: Any, ids: list[str]) -> None:
    at = draw(st.integers(0, len(entries) - 1))
    method = draw(st.integers(0, 6))
    entry = entries[at]
    if method == 0:
        entry["provider_id"] = draw(st.sampled_from(ids))
    elif method == 1:
        entry["modifier_group_id"] = draw(st.sampled_from(ids))
    elif method == 2:
        del entries[at]
    elif method == 3:
        entries.append(copy.deepcopy(entry))
    elif method == 4:
        entry["quantity"] = draw(st.sampled_from(_QUANTITIES))
    elif method == 5:
        entry["price_amount"] += draw(st.sampled_from(_OFF_BY))
    else:
        key = draw(st.sampled_from(ids))
        extra = {"provider_id": key, "quantity": 1, "price_amount": 0}
        entry["modifiers"] = [*(entry.get("modifiers") or []), extra]


def _bend_order(draw: Any, order: Any, ids: list[str]) -> None:
    method = draw(st.integers(0, 6))
    if method == 0:
        order["subtotal"] += draw(st.sampled_from(_OFF_BY))
    elif method == 1:
        order["location_id"] = draw(st.sampled_from(ids))
    elif method == 2:
        order["unpaid"] = True
    elif method == 3:
        order["idempotency_key"] = draw(st.sampled_from(_KEYS))
    elif method == 4:
        order |= {
            "is_future_order": True,
            "requested_for": draw(st.integers(0, 253_370_764_799_999)),
        }
    elif method == 5:
        item = draw(st.sampled_from([None, *ids]))
        amount = draw(st.sampled_from([-1, 0, 1, order["subtotal"], order["subtotal"] + 1]))
        order["discounts"] = [{"amount": amount, "item_id": item}]
    else:
        order["line_items"] = order["line_items"] * draw(st.sampled_from([0, 2, 40]))


@st.composite
def respelled(draw: Any, order: Any) -> bytes:
    """Return an event with the same content in other spellings, with fields that do not count."""
    order = copy.deepcopy(order)
    for line in order["line_items"]:
        line["name"] = draw(st.text(max_size=5))
        if draw(st.booleans()):
            line["price_currency"] = str(line.get("price_currency") or "usd").upper()
    order["line_items"] = draw(st.permutations(order["line_items"]))
    for field in ("tax", "driver_tip", "service_charge"):
        if not order.get(field):
            order[field] = draw(st.sampled_from([None, 0, 0.0]))
    if order.get("fulfillment_type"):
        order["fulfillment_type"] = order["fulfillment_type"].upper()
    order |= {"customer_name": draw(st.text(max_size=5)), "extra": draw(JSON)}
    event = {"extra": draw(JSON), "type": draw(st.sampled_from(_TYPES)), "object": order}
    return (draw(st.sampled_from(_MARKS)) + json.dumps(event)).encode()


@st.composite
def broken(draw: Any, event: Any) -> bytes:
    """Return the event's bytes truncated, with noise or in another encoding; or no event at all."""
    method = draw(st.integers(0, 5))
    if method == 0:
        return draw(st.binary(max_size=200))
    if method == 1:
        return draw(st.text(max_size=200)).encode()
    body = json.dumps(event, ensure_ascii=False)
    if method == 2:
        return body.encode(draw(st.sampled_from(_ENCODINGS)), "replace")
    raw = body.encode()
    at = draw(st.integers(0, len(raw)))
    if method == 3:
        return raw[:at]
    return raw[:at] + draw(st.binary(max_size=4)) + raw[at + draw(st.integers(0, 9)) :]
