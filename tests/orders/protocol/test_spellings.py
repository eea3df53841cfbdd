"""Near misses of types and statuses are taken as meant, noted and counted (contract ORD-CAN)."""

import json

import pytest

from integration.monitoring.counters import NEAR_MISSES
from orders.models import InboundEvent, Order, StreamEvent
from orders.protocol.spellings import POS_TYPES, STREAM_TYPES
from orders.stream_events.processing import process_due
from tests.orders.support.stream_orders import order
from tests.support.stream_events import send_event

NEAR = {
    "order.created": [
        "Order.Created", "ORDER.CREATED", "order_created", "order-created", "orderCreated",
        "order/created", " order.created ", "order.created\n", "order.create", "order.craeted",
        "order.creatd", "orders.created", "order.crreated", "order..created", "order:created",
    ],
    "order.canceled": [
        "order.cancelled", "Order.Cancelled", "ORDER_CANCELLED", "orderCancelled", "order.cancel",
        "order.canceld", "order.cancellation", "order.cacneled", "order.cancelld",
    ],
    "order.updated": ["order.Updated", "order_updated", "order.update", "order.updatd"],
}  # fmt: skip
UNKNOWN = [
    "order.refunded", "order.paid", "order.rated", "order.uncanceled", "order", "created", "",
    "order.recreated", "order.", "canceled", "driver.created", "menu.updated", "order.created" * 9,
    "order.dated", "location.created", "order.reopened", "order.accepted", "order.rejected",
    "order.status.updated",
]  # fmt: skip


@pytest.mark.parametrize("known", NEAR)
def test_a_near_miss_means_the_one_type_that_it_can(known):
    assert {sent: POS_TYPES.meant(sent) for sent in NEAR[known]} == dict.fromkeys(
        NEAR[known], known
    )


def test_what_is_no_near_miss_stays_as_it_was_sent():
    assert [POS_TYPES.meant(sent) for sent in UNKNOWN] == UNKNOWN
    assert [STREAM_TYPES.meant(sent) for sent in UNKNOWN] == UNKNOWN


def _count(event_type):
    return NEAR_MISSES.labels(event_type)._value.get()


@pytest.mark.parametrize("spelled", ["order.cancelled", "Order.Canceled"])
def test_a_cancelation_in_another_spelling_cancels_is_noted_and_counted(
    stream, menu, browser_client, owner, spelled
):
    before = _count("order.canceled")
    assert stream.event("Order.Created", **order()).status_code == 200
    number = Order.objects.get().provider_id

    answer = stream.event(spelled, provider_id=number)

    assert (answer.status_code, answer.content) == (200, b"{}")
    assert Order.objects.get().state == "dsp_canceled"
    kept = InboundEvent.objects.latest("pk")
    assert (kept.event_type, kept.outcome) == ("order.canceled", "applied")
    page = browser_client(owner).get(f"/admin/orders/inboundevent/{kept.pk}/change/")
    assert f">{spelled}<" in page.content.decode().replace("\n", "").replace(" ", "")
    assert _count("order.canceled") == before + 1


@pytest.mark.parametrize(
    ("spelled", "state"),
    [
        ("DSP_CANCELLED", "dsp_canceled"),
        ("merchant-cancelled", "merchant_canceled"),
        ("readyForPickup", "ready_for_pickup"),
        ("Completed", "completed"),
    ],
)
def test_a_status_in_another_spelling_moves_the_order(stream, menu, spelled, state):
    stream.order(**order())

    stream.event(
        "order.updated",
        order_id=Order.objects.get().provider_id,
        status=spelled,
        delivery_status="En_Route_To_Pickup",
    )

    kept = Order.objects.get()
    assert (kept.state, kept.delivery_status) == (state, "enroute_to_pickup")


def test_an_unpaid_drive_thru_order_may_spell_it_differently(stream, menu):
    answer = stream.order(**order(unpaid=True, fulfillment_type="Drive-Thru"))

    assert answer.status_code == 200
    assert Order.objects.get().fulfillment_type == "drive_thru"


@pytest.mark.django_db
def test_a_stream_event_in_another_spelling_is_applied_and_the_archive_says_so():
    before = _count("order.confirmed")
    told = {"location_id": "S1", "order": {"id": "1", "status": "In_Progress"}}
    assert send_event(type="Order.Confirmed", **told).status_code == 201
    process_due()

    kept = StreamEvent.objects.get()
    assert (kept.event_type, kept.outcome) == ("order.confirmed", "applied")
    assert kept.reason == "The type was sent as “Order.Confirmed” and taken as order.confirmed."
    assert json.loads(bytes(kept.body))["type"] == "Order.Confirmed"
    assert kept.followed.status == "in_progress"
    assert _count("order.confirmed") == before + 1
