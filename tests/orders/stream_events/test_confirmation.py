"""The content of followed orders, as Stream confirmed it (EV)."""

import json
from pathlib import Path

import pytest

from orders.models import FollowedOrder, StreamEvent
from orders.stream_events import archive, content, processing
from orders.stream_events import confirmation as content_of_orders
from tests.orders.support.followed_events import (
    confirmation,
    followed,
    outcomes,
    receive,
)

pytestmark = pytest.mark.django_db
EXAMPLES = Path(__file__).parents[2] / "examples"
PUBLISHED = [path.name for path in sorted(EXAMPLES.glob("events_order_confirmed*"))]


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_confirmation_is_followed_with_every_field_that_it_has(name):
    event = json.loads((EXAMPLES / name).read_bytes())
    sent = event["order"]

    receive(event)

    order = FollowedOrder.objects.get()
    assert outcomes() == [("applied", "")]
    assert StreamEvent.objects.get().followed == order
    assert order.stream_location_id == event["location_id"]
    assert order.reference_id == event["reference_id"]
    assert order.stream_order_id == sent["id"]
    texts = ("source", "dsp_order_id", "dsp_order_number", "fulfillment_type", "currency")
    for name in (*texts, "subtotal", "tax", "total"):
        assert getattr(order, name) == sent[name]
    for name in ("pos_order_id", "status"):
        assert getattr(order, name) == sent.get(name, "")
    assert order.unpaid == sent.get("unpaid", False)
    customer = sent["customer"]
    assert (order.customer_name, order.customer_phone, order.customer_phone_code) == (
        customer["name"],
        customer["phone"],
        customer["masked_phone_code"],
    )
    assert order.due_at.timestamp() * 1000 == sent["estimated_fulfillment_time"]
    for name in ("delivery_fee", "driver_tip", "delivery_fee_tax", "special_instructions"):
        assert order.details.get(name) == sent.get(name)
    for name in ("delivery_address", "fulfillment_instructions", "items"):
        assert order.details.get(name) == sent.get(name)
    assert (order.delivery_status, order.ended_at, order.erased_at) == ("", None, None)


def test_the_published_nested_modifiers_are_kept_as_they_were_sent():
    item = json.loads((EXAMPLES / "events_nested_modifiers.json").read_bytes())

    receive(confirmation(items=[item]))

    assert followed().details["items"] == [item]


def _names(modifiers, depth=1):
    for one in modifiers:
        yield depth, one["name"]
        yield from _names(one.get("modifiers", []), depth + 1)


def test_modifiers_nested_very_deeply_are_all_kept_on_a_bounded_number_of_levels():
    nested = []
    for number in range(300, 0, -1):
        nested = [{"name": f"m{number}", "quantity": 1, "price": 1, "modifiers": nested}]

    receive(confirmation(items=[{"name": "Pizza", "modifiers": nested}]))

    [item] = followed().details["items"]
    kept = list(_names(item["modifiers"]))
    assert [name for _, name in kept] == [f"m{number}" for number in range(1, 301)]
    assert max(depth for depth, _ in kept) == content_of_orders._DEEPEST - 1
    assert outcomes() == [("applied", "")]


def test_an_order_nested_deeper_than_a_parser_goes_is_followed_without_the_deepest():
    levels = 15_000
    nested = '{"name":"m","modifiers":[' * levels + "]}" * levels
    text = json.dumps(confirmation(total=2100, items=[{"name": "Pizza", "modifiers": ["X"]}]))
    body = text.replace('"X"', nested).encode()
    archive.store([(body, content.examine(body))])

    processing.process_due()

    order = followed()
    assert (order.total, order.details["items"][0]["name"]) == (2100, "Pizza")
    assert len(list(_names(order.details["items"][0]["modifiers"]))) == 48
    assert outcomes() == [("applied", "What is nested more than 100 deep was left out.")]


def test_a_field_that_cannot_be_read_costs_only_itself():
    receive(confirmation(total="a lot", subtotal=5))

    assert (followed().total, followed().subtotal) == (None, 5)
    assert outcomes() == [("applied", "order.total must be a whole number or null, not a text.")]


def test_text_that_databases_refuse_is_cleaned():
    receive(confirmation(customer={"name": "A\0da \ud83c"}, items=[{"name": "\0Soup"}]))

    assert followed().customer_name == "Ada \N{REPLACEMENT CHARACTER}"
    assert followed().details["items"] == [{"name": "Soup"}]


def test_amounts_are_kept_as_sent_whatever_they_are():
    receive(confirmation(subtotal=-5, tax=2**53, total=0, delivery_fee=-1))

    one = followed()
    assert (one.subtotal, one.tax, one.total) == (-5, 2**53, 0)
    assert one.details["delivery_fee"] == -1
