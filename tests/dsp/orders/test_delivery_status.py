"""Deliveries by the channel's own drivers (contract DSP-WH-DLV)."""

import pytest

from dsp.orders import delivery_status
from dsp.orders.delivery_status import Driver
from tests.dsp.support.orders import bodies_owed, example, in_state, place

pytestmark = pytest.mark.django_db
SAM = Driver(
    name="Sam P.",
    phone_number="+15125550177",
    phone_code="123",
    vehicle=example("DLV")["driver_details"]["vehicle_info"],
    picture_url="https://img.example.com/sam.jpg",
    passcode="7731",
    handoff_instructions="Hand over at the side door",
)


def _delivery(store, state, **fields):
    return in_state(store, state, fulfillment_type="delivery", brand="burger-web", **fields)


def test_the_drivers_way_is_the_contracts_example_and_moves_the_order(store):
    order = _delivery(store, "ready_for_pickup", provider_id="ord_04")
    moved = delivery_status.report(order.pk, "enroute_to_dropoff", SAM, "sam")
    assert moved.state == "out_for_delivery"
    assert bodies_owed(order)[1] == example("DLV")
    delivery_status.report(order.pk, "arrived_at_dropoff", SAM, "sam")
    assert delivery_status.report(order.pk, "completed", SAM, "sam").state == "completed"
    with pytest.raises(delivery_status.Ended):
        delivery_status.report(order.pk, "returned", SAM, "sam")
    assert len(bodies_owed(order)) == 4


def test_only_the_latest_report_repeated_changes_nothing(store):
    order = _delivery(store, "accepted")
    for status in ("enroute_to_pickup", "failed_to_pickup", "enroute_to_pickup", "completed"):
        for _ in range(2):
            delivery_status.report(order.pk, status, SAM, "sam")
    sent = [body["delivery_status"] for body in bodies_owed(order)[1:]]
    assert sent == ["enroute_to_pickup", "failed_to_pickup", "enroute_to_pickup", "completed"]


def test_an_unknown_driver_has_empty_objects_and_none_is_left_out(store):
    order = _delivery(store, "accepted")
    delivery_status.report(order.pk, "pending")
    delivery_status.report(order.pk, "enroute_to_pickup", Driver("Sam P."))
    without, unknown = bodies_owed(order)[1:]
    assert "driver_details" not in without
    assert unknown["driver_details"] == {
        "name": "Sam P.", "source": "burger-web", "phone": {}, "vehicle_info": {},
    }  # fmt: skip


def test_only_orders_that_we_deliver_and_known_statuses_are_reported(store):
    for order, status in (
        (in_state(store, "accepted"), "pending"),
        (place(store, provider_id="ord_02", fulfillment_type="delivery"), "pending"),
        (_delivery(store, "accepted", provider_id="ord_03"), "teleported"),
    ):
        with pytest.raises(delivery_status.NotOurs):
            delivery_status.report(order.pk, status)
