"""What is told of orders, as the contract (EV) has it."""

from __future__ import annotations

from typing import Any

from tests.sandbox.conftest import Caller
from tests.sandbox.support.fake_pos import FakePos

from .waiting import attempts


def followed(sandbox: Caller, **wish: Any) -> dict[str, Any]:
    answer = sandbox.post("events/orders", **wish)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_an_order_of_another_pos_is_confirmed_with_all_its_parts(
    sandbox: Caller, pos: FakePos
) -> None:
    told = followed(sandbox, reference_id="loc-1")
    attempts(sandbox, 1)

    (event,) = pos.events()
    order = event.pop("order")
    assert event == {
        "type": "order.confirmed",
        "location_id": "stream-loc-1",
        "reference_id": "loc-1",
    }
    assert (told["location_id"], told["order_id"]) == ("stream-loc-1", order["id"])
    assert set(order) == {
        "id", "source", "dsp_order_id", "dsp_order_number", "customer", "currency", "status",
        "fulfillment_type", "fulfillment_instructions", "special_instructions",
        "estimated_fulfillment_time", "delivery_address", "items", "subtotal", "tax", "total",
        "driver_tip", "delivery_fee", "unpaid",
    }  # fmt: skip
    assert set(order["customer"]) == {"name", "phone", "masked_phone_code"}
    assert order["fulfillment_type"] == "merchant_managed_delivery"
    assert order["subtotal"] == sum(
        item["quantity"] * (item["price"] + sum(row["price"] for row in item["modifiers"]))
        for item in order["items"]
    )
    parts = ("subtotal", "tax", "delivery_fee", "driver_tip")
    assert order["total"] == sum(order[part] for part in parts) == 3730
    assert order["items"][0]["modifiers"][0]["modifiers"] == [
        {"name": "Extra hot", "quantity": 1, "price": 0}
    ]
    assert order["items"][1]["modifiers"] == []


def test_a_pickup_has_no_address(sandbox: Caller, pos: FakePos) -> None:
    followed(sandbox, reference_id="loc-1", fulfillment_type="pickup")
    attempts(sandbox, 1)

    order = pos.events()[0]["order"]
    assert "delivery_address" not in order
    assert order["total"] == 3031


def test_an_unmapped_location_has_no_reference(sandbox: Caller, pos: FakePos) -> None:
    told = followed(sandbox, location_id="stream-elsewhere")
    other = followed(sandbox)
    attempts(sandbox, 2)

    assert [event["location_id"] for event in pos.events()] == [
        "stream-elsewhere",
        other["location_id"],
    ]
    assert all("reference_id" not in event for event in pos.events())
    assert other["location_id"].startswith("stream-unmapped-")
    assert told["reference_id"] == ""


def test_an_order_that_the_pos_accepts_is_confirmed_with_its_id(
    sandbox: Caller, pos: FakePos
) -> None:
    sandbox.connect()
    sent = sandbox.post("orders", location_id="loc-1", lines=2).json()
    attempts(sandbox, 1)

    (event,) = pos.events()
    order, created = event["order"], sent["sent"]["object"]
    assert (event["type"], event["location_id"]) == ("order.confirmed", "stream-loc-1")
    assert event["reference_id"] == "loc-1"
    assert order["pos_order_id"] == "o-1"
    for name in ("source", "dsp_order_id", "dsp_order_number", "delivery_address", "subtotal"):
        assert order[name] == created[name]
    assert order["customer"]["name"] == created["customers"][0]["name"]
    assert [(item["name"], item["price"]) for item in order["items"]] == [
        (line["name"], line["price_amount"]) for line in created["line_items"]
    ]
    assert order["total"] == created["subtotal"] + created["tax"]


def test_a_refused_or_repeated_order_is_not_told(sandbox: Caller, pos: FakePos) -> None:
    sandbox.connect()
    sandbox.post("orders", location_id="loc-1")
    sandbox.post("orders", location_id="loc-1", kind="repeat")
    pos.order_answer = (400, {})
    sandbox.post("orders", location_id="loc-1", kind="low_price")
    followed(sandbox, reference_id="loc-1")
    attempts(sandbox, 2)

    confirmed = [event["order"].get("pos_order_id") for event in pos.events()]
    assert confirmed == ["o-1", None]


def test_an_update_and_a_cancelation_of_a_pos_order_are_told(sandbox: Caller, pos: FakePos) -> None:
    sandbox.connect()
    sandbox.post("orders", location_id="loc-1")
    sandbox.post(
        "orders/update",
        order_id="o-1",
        status="out_for_delivery",
        delivery_status="enroute_to_dropoff",
    )
    sandbox.post("orders/cancel", order_id="o-1")
    attempts(sandbox, 4)

    confirmed, *rest = pos.events()
    order_id, dsp_order_id = confirmed["order"]["id"], confirmed["order"]["dsp_order_id"]
    assert [(event["type"], event["order"]) for event in rest] == [
        (
            "driver.status_updated",
            {
                "id": order_id,
                "dsp_order_id": dsp_order_id,
                "status": "in_progress",
                "delivery_status": "enroute_to_dropoff",
            },
        ),
        ("order.updated", {"id": order_id, "status": "out_for_delivery"}),
        ("order.canceled", {"id": order_id, "status": "dsp_canceled"}),
    ]


def test_an_odd_order_that_the_pos_accepts_is_told_all_the_same(
    sandbox: Caller, pos: FakePos
) -> None:
    sandbox.connect()
    odd = {"line_items": [7, {"name": "Tea", "modifiers": 3}], "customers": 1, "tax": "x"}
    body = {"type": "order.created", "object": {"location_id": "loc-1", **odd}}
    assert sandbox.post("orders", location_id="loc-1", body=body).status_code == 200
    attempts(sandbox, 1)

    order = pos.events()[0]["order"]
    assert order["items"] == [{"name": "Tea", "quantity": 1, "price": 0, "modifiers": []}]
    assert (order["tax"], order["total"]) == (0, 0)


def test_the_story_of_a_delivery_has_every_status_once_and_in_order(
    sandbox: Caller, pos: FakePos
) -> None:
    told = followed(sandbox, reference_id="loc-1", end="completed")
    attempts(sandbox, 9)

    def steps(kind: str, name: str) -> list[str]:
        return [event["order"][name] for event in pos.events() if event["type"] == kind]

    assert (told["queued"], told["status"], told["delivery_status"]) == (
        9, "completed", "completed",
    )  # fmt: skip
    assert steps("driver.status_updated", "delivery_status") == [
        "enroute_to_pickup",
        "arrived_at_pickup",
        "enroute_to_dropoff",
        "arrived_at_dropoff",
        "completed",
    ]
    assert steps("order.updated", "status") == ["ready_for_pickup", "out_for_delivery", "completed"]


def test_a_pickup_is_told_without_a_driver_and_a_canceled_one_ends(
    sandbox: Caller, pos: FakePos
) -> None:
    followed(sandbox, reference_id="loc-1", fulfillment_type="pickup", end="completed")
    followed(sandbox, reference_id="loc-1", end="canceled")
    attempts(sandbox, 6)

    assert [(event["type"], event["order"]["status"]) for event in pos.events()] == [
        ("order.confirmed", "in_progress"),
        ("order.updated", "ready_for_pickup"),
        ("order.updated", "completed"),
        ("order.confirmed", "in_progress"),
        ("order.updated", "ready_for_pickup"),
        ("order.canceled", "dsp_canceled"),
    ]
