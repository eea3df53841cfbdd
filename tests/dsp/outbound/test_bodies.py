"""The bodies of the channel's events are the contract's examples (DSP-WH, EX-WH)."""

from datetime import UTC, datetime

import pytest

from dsp.outbound import bodies
from tests.dsp.support.channel import new_store
from tests.dsp.support.orders import ANN, burger, example, unplaced

pytestmark = pytest.mark.django_db
DRIVER = example("DLV")["driver_details"]


def test_a_paid_pickup(store):
    order = unplaced(store, number="A17")
    assert bodies.new_order(order) == example("NEW")


def test_an_unpaid_drive_thru(merchant):
    customer = example("NEW-DRIVE")["order"]["customers"][0]
    order = unplaced(
        new_store(merchant, provider_id="str_9Q1D"),
        provider_id="ord_02", number="D4", fulfillment_type="drive_thru", is_unpaid=True,
        customers=[customer], lines=burger("NEW-DRIVE"), subtotal=800, tax=68, store_tip=50,
        should_include_utensils=True, special_instructions="",
        ready_at=datetime(2026, 1, 1, 0, 5, tzinfo=UTC),
    )  # fmt: skip
    assert bodies.new_order(order) == example("NEW-DRIVE")


def test_a_scheduled_delivery_by_the_restaurant(store):
    wanted = example("NEW-DELIVERY")["order"]
    order = unplaced(
        store,
        provider_id="ord_03", number="B02", fulfillment_type="merchant_managed_delivery",
        customers=[ANN, wanted["customers"][1]], delivery_address=wanted["delivery_address"],
        fulfillment_instructions="Gate code 1234", special_instructions="", lines=wanted["items"],
        discounts=wanted["discounts"], subtotal=1800, tax=128, service_charge=40, store_tip=0,
        driver_tip=250, delivery_fee=399, delivery_fee_taxes=34, should_include_utensils=True,
        ready_at=datetime(2026, 1, 1, 19, 0, tzinfo=UTC), brand="burger-web",
    )  # fmt: skip
    assert bodies.new_order(order, is_scheduled=True) == example("NEW-DELIVERY")


def test_amounts_of_other_types_and_an_address_nobody_drives_to_stay_here(store):
    order = unplaced(
        store, fulfillment_type="curbside", driver_tip=5, delivery_fee=6, delivery_fee_taxes=7,
        delivery_address={"city": "Austin"},
    )  # fmt: skip
    sent = bodies.new_order(order)["order"]
    kept = {"store_tip", "driver_tip", "delivery_fee", "delivery_fee_taxes", "delivery_address"}
    assert not kept & sent.keys()


def test_a_cancelation_by_the_guest(store):
    body = bodies.cancel_order(unplaced(store), source="customer", reason="customer_changed_mind")
    assert body == example("CXL")


def test_a_pause_with_and_without_an_end(store):
    since = datetime(2026, 1, 1, tzinfo=UTC)
    assert bodies.store_paused(store, since, since.replace(hour=1)) == example("STORE")
    assert "end_time" not in bodies.store_paused(store, since, None)["status_update"]
    assert bodies.store_online(store)["status_update"] == {"status": "online"}


def test_a_delivery_with_its_driver_and_without_one(store):
    order = unplaced(store, provider_id="ord_04")
    assert bodies.delivery_status(order, "enroute_to_dropoff", DRIVER) == example("DLV")
    assert "driver_details" not in bodies.delivery_status(order, "pending", None)


def test_the_types_are_the_ones_that_are_set(store, settings):
    names = ("order.new", "order.cancel", "store.status", "delivery.status")
    settings.DSP = settings.DSP._replace(event_types=names)
    order = unplaced(store)
    sent = [
        bodies.new_order(order),
        bodies.cancel_order(order, source="dsp", reason="other"),
        bodies.store_online(store),
        bodies.delivery_status(order, "pending", None),
    ]
    assert tuple(body["type"] for body in sent) == names
