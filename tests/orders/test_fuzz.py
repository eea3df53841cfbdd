"""Hostile events: never a 5xx, every refusal as the contract says, no order half written."""

import copy
import json
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orders.models import InboundEvent, Order, OrderEvent, OrderLine
from orders.views import BODY_LIMIT
from tests.orders.ordering import line, order, refusal_in

pytestmark = pytest.mark.usefixtures("menu")

VALID = order(
    line("item_large", 1500, 1, line("mod_ham", 200, modifier_group_id="grp_toppings")),
    line("fam_burger", 1000, 2, line("mod_patty", 500, 1, line("mod_rare", 50))),
    line(None, 99, name="Markup"),
    source="uber",
    dsp_order_id="1",
    fulfillment_type="delivery",
    is_future_order=False,
    requested_for=1_767_225_600_000,
    placed_at=1_767_225_600_000,
    customers=[{"id": "1", "name": "Ann", "phone": "+15555550101"}],
    tax=10,
    driver_tip=5,
    discounts=[{"id": "d", "amount": 5, "item_id": "i"}],
    delivery_address={"street": "1 Main St", "city": "Austin", "lat": 30.25, "long": -97.7},
    special_instructions="No bun",
    unpaid=False,
)
UPDATE = {
    "order_id": "00000000-0000-4000-8000-000000000000",
    "status": "completed",
    "delivery_status": "pending",
    "driver_details": {"name": "Sam", "phone": {"number": "1"}, "vehicle_info": {"make": "x"}},
}
CANCELATION = {"order_id": "00000000-0000-4000-8000-000000000000", "cancel_reason": "x"}
EVENTS = {"order.created": VALID, "order.updated": UPDATE, "order.canceled": CANCELATION}

# Written into the body as they are: what a JSON library would never write stands here, too.
ODD = [
    "null", "true", "0", "-1", "1.5", "1200.0", "1e3", "-0.0", "9007199254740993", "1e400",
    "-1e308", "9" * 4400, "NaN", "Infinity", '""', '"\\u0000"', '"\\ud83d"', '"\\udc00\\ud800"',
    '"x\x00y"',
    '"\ud7ff\uffff"', '"' + "x" * 1001 + '"', '"%s"' % ("y" * 10_001), "[]", "{}", "[null]", "[[]]",
    '{"a":1,"a":2}',
    "[" * 150 + "]" * 150,
    '{"modifiers":[' * 120 + "]}" * 120, "[" * 100_000,
    '"fam_burger_item"', '"fam_pizza"', '"_item"', '"<script>"', "01", "+1", "'x'",
    "253402300799999",
]  # fmt: skip


def _paths(value, path=()):
    """Where something can be changed."""
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    for key, member in inside:
        yield (*path, key)
        if isinstance(member, dict | list):
            yield from _paths(member, (*path, key))


def _changed(event, path, action, odd):
    event = copy.deepcopy(event)
    *above, last = path
    inside = event
    for key in above:
        inside = inside[key]
    if action == "drop":
        del inside[last]
    elif action == "repeat" and isinstance(inside, list):
        inside.extend([inside[last]] * 50)
    elif action == "nest":
        inside[last] = {last: [inside[last]]} if isinstance(last, str) else [inside[last]]
    else:
        inside[last] = f"@@{odd}@@"
    return event


@st.composite
def bodies(draw):
    """A valid event with a few members dropped, repeated, nested or replaced; or broken bytes."""
    event_type = draw(st.sampled_from([*EVENTS, "order.created", "order.created"]))
    event = {"type": event_type, "object": EVENTS[event_type]}
    chosen = []
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(sorted(_paths(event), key=str)))
        action = draw(st.sampled_from(["odd", "odd", "odd", "drop", "repeat", "nest"]))
        chosen.append(draw(st.sampled_from(ODD)))
        event = _changed(event, path, action, len(chosen) - 1)
        if not isinstance(event.get("object"), dict):
            break
    text = json.dumps(event)
    for number, odd in enumerate(chosen):
        text = text.replace(f'"@@{number}@@"', odd)
    body = text.encode("utf-8", "surrogatepass")
    if draw(st.integers(0, 5)) == 0:
        noise = random.Random(draw(st.integers(0, 2**32)))
        at = noise.randrange(len(body))
        body = body[:at] + noise.randbytes(noise.randrange(4)) + body[at + noise.randrange(9) :]
    return body


def _check(stream, body):
    before = Order.objects.count()
    answer = stream.post("/orders", body)
    after = Order.objects.count()
    if answer.status_code == 200:
        assert after - before == ("order" in json.loads(answer.content))
    elif answer.status_code == 404:
        assert answer.json()["error"] == "not_found"
    else:
        refusal_in(answer)
        assert after == before
    kept = InboundEvent.objects.latest("pk")
    assert bytes(kept.body) == (body if len(body) <= BODY_LIMIT else b"")
    assert (kept.answer.encode(), kept.status_code) == (answer.content, answer.status_code)
    for one in Order.objects.all():
        assert one.lines.exists()
        assert one.history.count() == 1
        assert json.loads(one.answer)["order"]["provider_id"] == one.provider_id
    # Every run begins anew: an accepted order must not make the next one a repeat.
    for model in (InboundEvent, OrderLine, OrderEvent, Order):
        model.objects.all().delete()


BOUNDED = settings(
    max_examples=700,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@BOUNDED
@given(body=bodies())
def test_a_mutated_event_is_answered_as_the_contract_says(stream, body):
    _check(stream, body)


@settings(BOUNDED, max_examples=150)
@given(body=st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode()))
def test_any_bytes_are_answered_as_the_contract_says(stream, body):
    _check(stream, body)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False)
    | st.text(max_size=20),
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(st.text(max_size=8), inside),
    max_leaves=12,
)


@settings(BOUNDED, max_examples=250)
@given(
    event_type=st.sampled_from([*EVENTS, "other"]),
    field=st.sampled_from(sorted({*VALID, *UPDATE, *CANCELATION})),
    value=JSON,
)
def test_any_value_in_any_field_is_answered_as_the_contract_says(stream, event_type, field, value):
    sent = {**EVENTS.get(event_type, {}), field: value}
    _check(stream, json.dumps({"type": event_type, "object": sent}).encode())
