"""Orders between the channel and the POS behind its store."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.sandbox.conftest import Caller
from tests.sandbox.support.fake_channel import FakeChannel, send
from tests.sandbox.support.fake_pos import FakePos

from .conftest import wait_for
from .guest import example, order, place
from .test_stores import tell

DEFERRED = {"order": {"provider_id": "o-1", "prep_time_minutes": 15, "async_acceptance": True}}


def refusal(**sections: Any) -> dict[str, Any]:
    return {"posValidation": sections}


def test_an_order_goes_to_the_pos_with_its_ids_and_comes_back_accepted(
    sandbox: Caller, store: str, channel: FakeChannel, pos: FakePos
) -> None:
    before = time.time() * 1000
    place(sandbox, channel, customer_facing_id="B2", tax_withheld=5)

    found = order(sandbox, "ord_1", "accepted")

    assert (found["pos_order_id"], found["location_id"]) == ("o-1", "loc-1")
    (event,) = pos.order_bodies()
    sent = event["object"]
    assert sent["line_items"][0] == {
        "provider_id": "soda_item",
        "name": "Soda",
        "quantity": 2,
        "price_amount": 250,
        "price_currency": "usd",
        "modifiers": [],
    }
    thin, half = sent["line_items"][1]["modifiers"]
    assert (thin["provider_id"], thin["modifier_group_id"]) == ("thin", "crust")
    assert [row["provider_id"] for row in half["modifiers"]] == ["left", "right"]
    assert {key: sent[key] for key in _SAME} == {
        "dsp_order_id": "ord_1",
        "dsp_order_number": "B2",
        "tax_withheld_by_dsp": 5,
        "tax": 187,
        "subtotal": 1655,
        "source": "demo",
        "brand": "demo",
        "store_tip": 300,
        "special_instructions": "Ring the bell",
    }
    (accept,) = wait_for(lambda: channel.bodies("location.order.accept"))
    assert (accept["location_id"], accept["order_id"]) == (store, "ord_1")
    assert abs(accept["estimated_ready_at_ms"] - before - 15 * 60_000) < 60_000


_SAME = (
    "dsp_order_id",
    "dsp_order_number",
    "tax_withheld_by_dsp",
    "tax",
    "subtotal",
    "source",
    "brand",
    "store_tip",
    "special_instructions",
)


def test_a_future_order_is_ready_when_it_was_asked_for(
    sandbox: Caller, store: str, channel: FakeChannel, pos: FakePos
) -> None:
    place(sandbox, channel, is_future_order=True, status="scheduled")

    (accept,) = wait_for(lambda: channel.bodies("location.order.accept"))
    sent = pos.order_bodies()[0]["object"]
    assert sent["is_future_order"] is True
    assert sent["requested_for"] == accept["estimated_ready_at_ms"] == 1767226500000


STOCK = [{"type": "item", "provider_id": "soda", "quantity": 0}]
TOTALS = [{"posTotal": 2550, "streamTotal": 2500}]


@pytest.mark.parametrize(
    ("sections", "reason"),
    [
        ({"stockValidation": STOCK}, "items_unavailable"),
        ({"orderTotalsValidation": TOTALS}, "order_validation_error"),
        ("store_unavailable", "restaurant_not_accepting_orders"),
        ("pos_offline", "restaurant_not_accepting_orders"),
        ("invalid_cart", "order_validation_error"),
        ("other", "unknown"),
    ],
)
def test_a_refusal_is_a_failure_with_its_reason(
    sandbox: Caller, store: str, channel: FakeChannel, pos: FakePos, sections: Any, reason: str
) -> None:
    if isinstance(sections, str):
        text = "Closed until 17:00"
        sections = {"orderValidation": [{"order_error": sections, "order_error_reason": text}]}
    pos.order_answer = (400, refusal(**sections))

    menu = place(sandbox, channel)

    (fail,) = wait_for(lambda: channel.bodies("location.order.fail"))
    details = fail["failure_details"]
    assert fail["failure_reason"] == reason
    is_stock = reason == "items_unavailable"
    assert details["invalid_item_ids"] == ([menu.id("items", "Soda")] if is_stock else [])
    assert details["error_message"]
    assert order(sandbox, "ord_1", "failed")["failure_reason"] == reason


def test_an_id_of_no_published_menu_fails_without_the_pos(
    sandbox: Caller, store: str, channel: FakeChannel, pos: FakePos
) -> None:
    (event,) = example("EX-WH-NEW**")
    send(sandbox.url, event)

    (fail,) = wait_for(lambda: channel.bodies("location.order.fail"))
    assert fail["failure_reason"] == "pos_missing_items"
    invalid = ["s-var-burger-l", "s-mod-cheese", "s-mod-cheddar"]
    assert fail["failure_details"]["invalid_item_ids"] == invalid
    assert pos.order_bodies() == []


def test_a_pos_that_is_away_is_asked_again_and_then_counts_as_closed(
    sandbox: Caller, store: str, channel: FakeChannel, pos: FakePos
) -> None:
    pos.order_answer = (503, {"error": "x"})

    place(sandbox, channel)

    (fail,) = wait_for(lambda: channel.bodies("location.order.fail"))
    assert fail["failure_reason"] == "restaurant_not_accepting_orders"
    assert len(pos.order_bodies()) == 3
    assert len({body["object"]["idempotency_key"] for body in pos.order_bodies()}) == 1


@pytest.mark.parametrize("decision", ["order.accepted", "order.rejected", ""])
def test_a_deferred_order_waits_for_the_decision_until_the_deadline(
    sandbox: Caller, store: str, channel: FakeChannel, pos: FakePos, decision: str
) -> None:
    pos.order_answer = (200, DEFERRED)
    place(sandbox, channel)
    order(sandbox, "ord_1", "waiting")

    if decision:
        validation = refusal(orderValidation=[{"order_error": "other"}])
        tell(sandbox, decision, provider_id="o-1", **validation)

    last = wait_for(lambda: channel.bodies(order_id="ord_1"))[-1]
    if decision == "order.accepted":
        assert last["type"] == "location.order.accept"
    else:
        expected = "unknown" if decision else "restaurant_not_accepting_orders"
        assert (last["type"], last["failure_reason"]) == ("location.order.fail", expected)


def test_a_decision_after_the_first_one_changes_nothing(
    sandbox: Caller, store: str, channel: FakeChannel, pos: FakePos
) -> None:
    pos.order_answer = (200, DEFERRED)
    place(sandbox, channel)
    order(sandbox, "ord_1", "waiting")

    for kind in ("order.accepted", "order.rejected", "order.accepted"):
        tell(sandbox, kind, provider_id="o-1", **refusal(orderValidation=[]))
    tell(sandbox, "order.status.updated", provider_id="o-1", status="completed")

    history = order(sandbox, "ord_1", "completed")["history"]
    assert "The POS accepted it, but it is accepted." in [line["text"] for line in history]
    wait_for(lambda: len(channel.bodies(order_id="ord_1")) == 2)
    kinds = [row["type"].rpartition(".")[2] for row in channel.bodies(order_id="ord_1")]
    assert kinds == ["accept", "notify_status_change"]


def test_the_poss_statuses_are_passed_on_as_far_as_there_are_events(
    sandbox: Caller, store: str, channel: FakeChannel
) -> None:
    place(sandbox, channel)
    order(sandbox, "ord_1", "accepted")

    for status in ("in_progress", "ready_for_pickup", "out_for_delivery", "completed"):
        tell(sandbox, "order.status.updated", provider_id="o-1", status=status)

    order(sandbox, "ord_1", "completed")
    wait_for(lambda: len(channel.bodies(order_id="ord_1")) == 3)
    assert [row.get("order_status_update") for row in channel.bodies(order_id="ord_1")] == [
        None,
        "ready_for_pickup",
        "completed",
    ]


def test_a_merchants_cancelation_is_told(sandbox: Caller, store: str, channel: FakeChannel) -> None:
    place(sandbox, channel)
    order(sandbox, "ord_1", "accepted")

    tell(sandbox, "order.status.updated", provider_id="o-1", status="merchant_canceled")

    (cancel,) = wait_for(lambda: channel.bodies("location.order.cancel"))
    assert cancel["order_id"] == "ord_1"
    assert order(sandbox, "ord_1", "canceled")["history"][-1]["text"] == "The POS told canceled."


def test_a_webhook_that_overtakes_the_poss_answer_is_not_lost(
    sandbox: Caller, store: str, channel: FakeChannel, pos: FakePos
) -> None:
    ready = {"provider_id": "o-1", "status": "ready_for_pickup"}
    pos.before_answer = lambda: tell(sandbox, "order.status.updated", **ready)

    place(sandbox, channel)

    order(sandbox, "ord_1", "ready_for_pickup")
    wait_for(lambda: len(channel.bodies(order_id="ord_1")) == 2)
    told = [row["type"] for row in channel.bodies(order_id="ord_1")]
    assert [name.removeprefix("location.order.") for name in told] == [
        "accept",
        "notify_status_change",
    ]


def test_a_cancelation_of_the_channel_reaches_the_pos_in_both_forms(
    sandbox: Caller, store: str, channel: FakeChannel, pos: FakePos
) -> None:
    place(sandbox, channel, "ord_01")
    send(sandbox.url, example("EX-WH-CXL")[0])
    order(sandbox, "ord_01", "guest_canceled")

    send(sandbox.url, example("EX-WH-CXL")[0])  # The same again, which changes nothing.
    place(sandbox, channel, "ord_02")
    order(sandbox, "ord_02", "accepted")
    assert [body["object"] for body in pos.order_bodies()[1:-1]] == [
        {
            "location_id": "loc-1",
            "provider_id": "o-1",
            "cancel_reason": "customer_changed_mind",
            "cancel_source": "customer",
        },
        {"location_id": "loc-1", "order_id": "o-1", "status": "dsp_canceled"},
    ]


def test_the_channels_driver_is_told_to_the_pos(
    sandbox: Caller, store: str, channel: FakeChannel, pos: FakePos
) -> None:
    place(sandbox, channel, "ord_04")
    delivery = example("EX-WH-CXL")[2]
    send(sandbox.url, delivery)

    update = wait_for(lambda: pos.order_bodies()[1:])[0]
    assert update == {
        "type": "order.updated",
        "object": {
            "location_id": "loc-1",
            "order_id": "o-1",
            "delivery_status": "enroute_to_dropoff",
            "driver_details": delivery["driver_details"],
        },
    }


def test_a_silent_channel_holds_up_one_order_only(
    sandbox: Caller, store: str, channel: FakeChannel, pos: FakePos
) -> None:
    sandbox.post(
        "channel/arrangement", type="location.order.accept", arrangement="late", seconds=60
    )
    place(sandbox, channel, "ord_1")
    order(sandbox, "ord_1", "accepted")

    place(sandbox, channel, "ord_2")

    (accept,) = wait_for(lambda: channel.bodies("location.order.accept"))
    assert accept["order_id"] == "ord_2"
