"""Reading of archived Stream Events, the published ones included (contract EV)."""

import json
from pathlib import Path

import pytest

from orders.stream_events.reader import Unreadable, read
from orders.stream_events.schema import ConfirmedOrder, Modifier, OrderChange

EXAMPLES = Path(__file__).parents[2] / "examples"


def _body(**changed):
    order = changed.pop("order", {})
    sent = {"type": "order.confirmed", "location_id": "loc", "order": {"id": "1"} | order}
    return json.dumps(sent | changed).encode()


def test_the_published_order_is_read_whole():
    body = (
        EXAMPLES / "events_order_confirmed_merchant_managed_delivery_with_address.json"
    ).read_bytes()

    event = read(body)

    assert isinstance(event.order, ConfirmedOrder)
    assert (event.type, event.location_id, event.reference_id, event.left_out) == (
        "order.confirmed",
        "STREAM_LOCATION_1",
        "PROVIDER_LOCATION_1",
        [],
    )
    assert (event.order.id, event.order.source, event.order.pos_order_id, event.order.total) == (
        "STREAM_ORDER_1234",
        "uber",
        "POS_ORDER_5678",
        2100,
    )
    assert event.order.delivery_address.address_line_2 == "apt 11"
    assert event.order.estimated_fulfillment_time == 1706124214619
    assert event.order.items[0].modifiers == [Modifier("Extra Patty", 1, 500)]


@pytest.mark.parametrize("name", [path.name for path in EXAMPLES.glob("events_order_confirmed*")])
def test_every_published_order_is_read(name):
    assert isinstance(read((EXAMPLES / name).read_bytes()).order, ConfirmedOrder)


def test_the_published_nested_modifiers_are_read_to_their_end():
    item = json.loads((EXAMPLES / "events_nested_modifiers.json").read_bytes())

    event = read(_body(order={"items": [item]}))

    left = event.order.items[0].modifiers[1].modifiers[0]
    assert left == Modifier("Left: Pepperoni", 1, 200, [Modifier("Extra Pepperoni", 2, 100)])


@pytest.mark.parametrize("kind", ["order.updated", "order.canceled", "driver.status_updated"])
def test_a_change_names_its_order(kind):
    event = read(_body(type=kind, order={"status": "x", "delivery_status": "lost"}))

    assert event.order == OrderChange("1", "x", None, "lost")


def test_an_event_of_an_unknown_type_is_read_without_its_order():
    event = read(_body(type="order.paid", order={"id": 5}))

    assert (event.type, event.order) == ("order.paid", None)


def test_a_field_that_cannot_be_read_costs_only_itself():
    wrong = {"customer": {"name": "Ada", "phone": 5}, "total": "x", "items": [7, {"price": 1.5}]}

    event = read(_body(order=wrong | {"tax": 100.0}))

    assert (event.order.customer.name, event.order.customer.phone) == ("Ada", None)
    assert (event.order.total, event.order.tax, len(event.order.items)) == (None, 100, 1)
    assert sorted(event.left_out) == [
        "order.customer.phone must be a text or null, not a whole number.",
        "order.items[0] must be an object, not a whole number.",
        "order.items[0].price must be a whole number or null, not a fraction.",
        "order.total must be a whole number or null, not a text.",
    ]


def test_an_order_with_too_many_unreadable_fields_is_unreadable():
    with pytest.raises(Unreadable, match=r"order.items\[0\] must be an object"):
        read(_body(order={"items": [7] * 21}))


def test_half_an_emoji_and_a_nul_are_replaced():
    event = read(_body(order={"source": "a\ud83d\0b"}))

    assert event.order.source == "a\ufffdb"


def test_a_byte_order_mark_is_ignored():
    assert read(b"\xef\xbb\xbf" + _body()).order.id == "1"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (_body(location_id=None), "location_id is missing."),
        (_body(location_id=" "), "location_id is missing."),
        (_body(location_id=5), "location_id must be a text or null, not a whole number."),
        (_body(order={"id": ""}), "order.id is missing."),
        (_body(order={"id": 5}), "order.id must be a text, not a whole number."),
        (_body(order={"id": "x" * 256}), "order.id is longer than 255 characters."),
        (b'{"type": "order.updated", "location_id": "loc"}', "order is missing."),
        (b'{"type": "order.updated", "location_id": "loc", "order": {}}', "order.id is missing."),
        (b"{}", "type is missing."),
        (b"[]", "The body must be a JSON object."),
        (b"{", "The body is not valid JSON."),
        (b'{"a": "\xff"', "The body is not UTF-8."),
    ],
)
def test_what_is_required_and_wrong_is_named(body, reason):
    with pytest.raises(Unreadable) as raised:
        read(body)

    assert str(raised.value) == reason
