"""What can go wrong on the way: members dropped, repeated, nested, replaced; bytes broken."""

import copy
import json
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

# Written into the body as they are: what a JSON library would never write stands here, too.
ODD = [
    "null", "true", "0", "-1", "1.5", "1200.0", "1e3", "-0.0", "9007199254740993", "1e400",
    "-1e308", "9" * 4400, "NaN", "Infinity", '""', '"\\u0000"', '"\\ud83d"', '"\\udc00\\ud800"',
    '"x\x00y"', '"\ud7ff\uffff"', '"' + "x" * 1001 + '"', '"%s"' % ("y" * 10_001), "[]", "{}",
    "[null]", "[[]]", '{"a":1,"a":2}', "[" * 150 + "]" * 150,
    '{"modifiers":[' * 120 + "]}" * 120, "[" * 100_000, '"_item"', '"<script>"', "01", "+1",
    "'x'", "253402300799999", '"2026-01-01T00:00:00Z"', '"00000000-0000-4000-8000-000000000000"',
    "10001", "2147483648", "9223372036854775808", '"\u202e\U0001f355"', '{"provider_id":"x"}',
]  # fmt: skip
_ACTIONS = ["odd", "odd", "id", "id", "drop", "repeat", "nest", "amount"]
_QUANTITIES = [0, 1, 2, 3, 9, 10_000, 10_001, -1]
_OFF_BY = [-1, 1, -100, 100, -(10**9), 10**9]
_ENCODINGS = ["utf-8", "utf-16", "utf-32", "latin-1", "utf-8-sig", "utf-7", "cp1252"]


def _places(value: Any, above: Any = None) -> Iterator[tuple[Any, Any]]:
    """Where something can be changed: a list or object, and the member's place in it."""
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    for key, member in list(inside):
        yield value, key
        if isinstance(member, dict | list):
            yield from _places(member)


@st.composite
def changed(draw: Any, event: Any, ids: list[str]) -> bytes:
    """The event with a few members changed; `ids` are of other kinds, places and tenants."""
    event = copy.deepcopy(event)
    odd: list[str] = []
    for _ in range(draw(st.integers(1, 3))):
        places = list(_places(event))
        if not places:
            break
        inside, key = places[draw(st.integers(0, len(places) - 1))]
        action = draw(st.sampled_from(_ACTIONS))
        if action == "odd":
            odd.append(draw(st.sampled_from(ODD)))
            inside[key] = f"@@{len(odd) - 1}@@"
        else:
            _change(draw, inside, key, action, ids)
    text = json.dumps(event)
    for number, written in enumerate(odd):
        text = text.replace(f'"@@{number}@@"', written)
    return text.encode("utf-8", "surrogatepass")


def _change(draw: Any, inside: Any, key: Any, action: str, ids: list[str]) -> None:
    if action == "id":
        inside[key] = draw(st.sampled_from(ids))
    elif action == "amount":
        inside[key] = draw(st.integers(-(2**54), 2**54))
    elif action == "drop":
        del inside[key]
    elif action == "repeat" and isinstance(inside, list):
        inside.extend(copy.deepcopy(inside[key]) for _ in range(50))
    else:
        inside[key] = {key: [inside[key]]} if isinstance(key, str) else [inside[key]]


@st.composite
def bent(draw: Any, event: Any, ids: list[str]) -> bytes:
    """The event as a body that can be read, with something in it that a rule may be against."""
    event = copy.deepcopy(event)
    for _ in range(draw(st.integers(1, 3))):
        order = event["object"]
        lists = [order["line_items"], *_lists_below(order["line_items"])]
        entries = lists[draw(st.integers(0, len(lists) - 1))]
        if draw(st.integers(0, 3)) == 0 or not entries:
            _bend_order(draw, order, ids)
        else:
            _bend_entries(draw, entries, ids)
    return json.dumps(event).encode()


def _lists_below(lines: Any) -> Iterator[Any]:
    for one in lines:
        if one.get("modifiers"):
            yield one["modifiers"]
            yield from _lists_below(one["modifiers"])


def _bend_entries(draw: Any, entries: Any, ids: list[str]) -> None:
    at = draw(st.integers(0, len(entries) - 1))
    how = draw(st.integers(0, 6))
    entry = entries[at]
    if how == 0:
        entry["provider_id"] = draw(st.sampled_from(ids))
    elif how == 1:
        entry["modifier_group_id"] = draw(st.sampled_from(ids))
    elif how == 2:
        del entries[at]
    elif how == 3:
        entries.append(copy.deepcopy(entry))
    elif how == 4:
        entry["quantity"] = draw(st.sampled_from(_QUANTITIES))
    elif how == 5:
        entry["price_amount"] += draw(st.sampled_from(_OFF_BY))
    else:
        key = draw(st.sampled_from(ids))
        more = {"provider_id": key, "quantity": 1, "price_amount": 0}
        entry["modifiers"] = [*(entry.get("modifiers") or []), more]


def _bend_order(draw: Any, order: Any, ids: list[str]) -> None:
    how = draw(st.integers(0, 5))
    if how == 0:
        order["subtotal"] += draw(st.sampled_from(_OFF_BY))
    elif how == 1:
        order["location_id"] = draw(st.sampled_from(ids))
    elif how == 2:
        order["unpaid"] = True
    elif how == 3:
        order["idempotency_key"] = draw(st.sampled_from([None, "", "\0", "x" * 255]))
    elif how == 4:
        order |= {
            "is_future_order": True,
            "requested_for": draw(st.integers(0, 253_370_764_799_999)),
        }
    else:
        order["line_items"] = order["line_items"] * draw(st.sampled_from([0, 2, 40]))


@st.composite
def broken(draw: Any, event: Any) -> bytes:
    """The event's bytes cut, with noise in them, or in another encoding; or no event at all."""
    how = draw(st.integers(0, 5))
    if how == 0:
        return draw(st.binary(max_size=200))
    if how == 1:
        return draw(st.text(max_size=200)).encode()
    body = json.dumps(event, ensure_ascii=False)
    if how == 2:
        return body.encode(draw(st.sampled_from(_ENCODINGS)), "replace")
    raw = body.encode()
    at = draw(st.integers(0, len(raw)))
    if how == 3:
        return raw[:at]
    return raw[:at] + draw(st.binary(max_size=4)) + raw[at + draw(st.integers(0, 9)) :]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False)
    | st.text(max_size=20),
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(st.text(max_size=8), inside),
    max_leaves=12,
)
