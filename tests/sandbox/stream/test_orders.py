from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.stream.basket import line_total
from sandbox.stream.menu import Menu
from sandbox.stream.order_bodies import OrderBuilder, Wish
from tests.sandbox.conftest import Caller
from tests.sandbox.support.fake_pos import FakePos
from tests.sandbox.support.sample_catalog import catalog


def build_order(source: str = "doordash", **wish: Any) -> dict[str, Any]:
    builder = OrderBuilder(
        Menu(catalog(), source), Wish(location_id="loc-1", source=source, **wish)
    )
    return dict(builder.valid()["object"])


def refusal(**sections: Any) -> tuple[int, Any]:
    return 400, {"posValidation": sections}


def test_required_groups_are_filled_and_items_set_modifier_prices() -> None:
    first = build_order(lines=1)["line_items"][0]

    assert first["provider_id"] == "pizza-s"
    assert [(m["provider_id"], m["price_amount"]) for m in first["modifiers"]] == [
        ("thin", 75),
        ("olives", 120),
    ]


def test_the_subtotal_is_the_sum_of_the_lines_and_determines_the_tax() -> None:
    order = build_order(lines=3)

    # Small pizza 1000 + 75 + 120; two large pizzas at 1600 + 50; burger 900.
    assert [line["quantity"] for line in order["line_items"]] == [1, 2, 1]
    assert [line_total(line) for line in order["line_items"]] == [1195, 3300, 900]
    assert order["subtotal"] == 5395
    assert order["tax"] == 445


def test_the_price_of_the_channel_is_used() -> None:
    line = build_order(source="uber", lines=1, provider_id="burger")["line_items"][0]

    assert line["price_amount"] == 990


def test_the_defaults_of_a_group_are_chosen_first() -> None:
    line = build_order(lines=1, provider_id="burger")["line_items"][0]

    assert [modifier["provider_id"] for modifier in line["modifiers"]] == ["done"]


def test_a_nested_group_is_filled_to_its_minimum() -> None:
    line = build_order(lines=1, provider_id="half")["line_items"][0]

    half = next(m for m in line["modifiers"] if m["provider_id"] == "half")
    assert [modifier["provider_id"] for modifier in half["modifiers"]] == ["left", "right"]
    assert half["modifiers"][0]["modifier_group_id"] == "halves"
    assert "modifiers" not in half["modifiers"][0]
    assert line_total(line) == 1000 + 75 + (10 + 30 + 40)


def test_quantities_multiply_down_the_tree() -> None:
    leaf = {"provider_id": "c", "quantity": 3, "price_amount": 5}
    branch = {"provider_id": "b", "quantity": 2, "price_amount": 10, "modifiers": [leaf]}

    assert line_total({"quantity": 4, "price_amount": 100, "modifiers": [branch]}) == 600


def test_switched_off_items_are_not_ordered() -> None:
    order = build_order(lines=8)

    assert len(order["line_items"]) == 8
    assert "wine" not in {line["provider_id"] for line in order["line_items"]}


def test_a_valid_order_is_sent_and_its_answer_recorded(sandbox: Caller, pos: FakePos) -> None:
    sandbox.connect()

    answer = sandbox.post("orders", location_id="loc-1", lines=2, idempotency_key="key-1").json()

    assert answer["status"] == 200
    assert answer["as_expected"] is True
    assert answer["problems"] == []
    assert answer["order_id"] == "o-1"
    assert answer["sent"] == pos.order_bodies()[0]
    assert answer["sent"]["object"]["idempotency_key"] == "key-1"
    assert pos.requests[-1][2]["Authorization"] == "Bearer access-token-number-1"


@pytest.mark.parametrize(
    ("kind", "section"),
    [
        ("sold_out", {"stockValidation": [{"type": "item", "provider_id": "x", "quantity": 0}]}),
        ("low_price", {"orderTotalsValidation": [{"posTotal": 2, "streamTotal": 1}]}),
        ("unknown_item", "invalid_cart"),
        ("missing_modifiers", "invalid_cart"),
        ("missing_size", "invalid_cart"),
        ("unpaid", "other"),
        ("malformed", "other"),
        ("unknown_location", "store_unavailable"),
    ],
)
def test_an_invalid_order_must_be_refused_for_the_right_reason(
    sandbox: Caller, pos: FakePos, kind: str, section: Any
) -> None:
    if isinstance(section, str):
        section = {"orderValidation": [{"order_error": section, "order_error_reason": "Why."}]}
    pos.order_answer = refusal(**section)
    sandbox.connect()

    answer = sandbox.post("orders", location_id="loc-1", kind=kind).json()

    assert (answer["status"], answer["as_expected"], answer["problems"]) == (400, True, [])


def test_an_accepted_invalid_order_is_not_as_expected(sandbox: Caller) -> None:
    sandbox.connect()

    answer = sandbox.post("orders", location_id="loc-1", kind="unknown_item").json()

    assert answer["as_expected"] is False
    assert answer["expectation"] == "refused with invalid_cart"


def test_a_sold_out_order_contains_an_unavailable_item(sandbox: Caller, pos: FakePos) -> None:
    sandbox.connect()

    sandbox.post("orders", location_id="loc-1", kind="sold_out")

    lines = pos.order_bodies()[0]["object"]["line_items"]
    assert [line["provider_id"] for line in lines] == ["wine"]


def test_a_malformed_refusal_is_reported(sandbox: Caller, pos: FakePos) -> None:
    pos.order_answer = refusal(orderValidation=[{"order_error": "closed"}])
    sandbox.connect()

    answer = sandbox.post("orders", location_id="loc-1").json()

    assert answer["problems"] == [
        "ORD-NEW: order_error is 'closed'.",
        "ORD-NEW: orderValidation has no order_error_reason.",
    ]


def test_a_repeat_sends_the_same_bytes_and_expects_the_same_answer(
    sandbox: Caller, pos: FakePos
) -> None:
    sandbox.connect()
    sandbox.post("orders", location_id="loc-1")

    same = sandbox.post("orders", location_id="loc-1", kind="repeat").json()
    pos.order_answer = (200, {"order": {"provider_id": "o-2", "prep_time_minutes": 15}})
    other = sandbox.post("orders", location_id="loc-1", kind="repeat").json()

    bodies = [body for _, path, _, body in pos.requests if path.endswith("/orders")]
    assert bodies[0] == bodies[1] == bodies[2]
    assert (same["as_expected"], other["as_expected"]) == (True, False)


def test_a_reused_key_is_sent_with_different_content(sandbox: Caller, pos: FakePos) -> None:
    sandbox.connect()
    sandbox.post("orders", location_id="loc-1")

    sandbox.post("orders", location_id="loc-1", kind="reused_key")

    first, second = (body["object"] for body in pos.order_bodies())
    assert first["idempotency_key"] == second["idempotency_key"]
    assert first["subtotal"] < second["subtotal"]


def test_a_raw_body_is_sent_unchanged(sandbox: Caller, pos: FakePos) -> None:
    sandbox.connect()

    text = sandbox.post("orders", body='{"type": "order.created", ').json()
    value = sandbox.post("orders", body={"type": "order.created"}).json()

    sent = [body for _, path, _, body in pos.requests if path.endswith("/orders")]
    assert sent == [b'{"type": "order.created", ', b'{"type": "order.created"}']
    assert (text["as_expected"], value["as_expected"]) == (None, None)
    assert text["sent"] == '{"type": "order.created", '


def test_updates_and_cancelations_find_the_location(sandbox: Caller, pos: FakePos) -> None:
    sandbox.connect()
    sandbox.post("orders", location_id="loc-1")

    update = sandbox.post("orders/update", order_id="o-1", status="out_for_delivery").json()
    cancel = sandbox.post("orders/cancel", order_id="o-1", cancel_reason="Changed mind").json()

    assert (update["as_expected"], update["problems"]) == (True, [])
    assert (cancel["as_expected"], cancel["problems"]) == (True, [])
    assert pos.order_bodies()[1:] == [
        {
            "type": "order.updated",
            "object": {"location_id": "loc-1", "status": "out_for_delivery", "order_id": "o-1"},
        },
        {
            "type": "order.canceled",
            "object": {
                "location_id": "loc-1",
                "cancel_reason": "Changed mind",
                "provider_id": "o-1",
            },
        },
    ]


def test_a_cyclic_catalog_does_not_hang_the_builder() -> None:
    cyclic = catalog()
    cyclic["modifier"][0]["modifier_group_ids"] = ["crust"]
    cyclic["modifier"][1]["modifier_group_ids"] = ["crust"]
    builder = OrderBuilder(Menu(cyclic, "uber"), Wish(location_id="loc-1", lines=1))

    # No pizza: its crust can never be completed.
    assert builder.lines()[0]["provider_id"] == "burger"
    assert json.loads(json.dumps(builder.valid()))["type"] == "order.created"
