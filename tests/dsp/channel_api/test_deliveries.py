"""Reports of a front end's own drivers over HTTP (contract DSP-WH-DLV)."""

import json

import pytest

from dsp.models import ChannelOrder
from integration.models import OutboundEvent
from tests.dsp.support.channel import new_store
from tests.dsp.support.front_end import front_end_of
from tests.dsp.support.orders import example, in_state, place

pytestmark = pytest.mark.django_db
# The contract's example as a front end sends it: the source is ours to name.
SAM = {name: value for name, value in example("DLV")["driver_details"].items() if name != "source"}
ON_ITS_WAY = {"delivery_status": "enroute_to_dropoff", "driver_details": SAM}


def delivery(store, **fields):
    common = {"provider_id": "ord_04", "fulfillment_type": "delivery", "brand": "burger-web"}
    return in_state(store, "accepted", **common | fields)


def test_a_report_is_the_contracts_example_to_stream_and_moves_the_order(front_end, selling):
    delivery(selling)
    for _ in range(2):
        answer = front_end.post("/orders/ord_04/delivery", ON_ITS_WAY)
        assert (answer.status_code, answer.json()["state"]) == (200, "out_for_delivery")
    sent = [json.loads(event.body) for event in OutboundEvent.objects.order_by("pk")]
    assert [body["type"] for body in sent] == ["new_order", "delivery_status_update"]
    assert sent[1] == example("DLV")
    done = front_end.post("/orders/ord_04/delivery", {"delivery_status": "completed"})
    assert done.json()["state"] == "completed"
    assert ChannelOrder.objects.get().history.last().actor == "key Web shop"


@pytest.mark.parametrize(
    ("driver", "sent"),
    [
        ({"name": "Sam"}, {"phone": {}, "vehicle_info": {}}),
        (
            {"name": "Sam", "phone": {"number": "(512) 555-0177"}, "vehicle_info": {"make": " "}},
            {"phone": {"number": "+15125550177"}, "vehicle_info": {}},
        ),
    ],
)
def test_what_is_not_known_of_a_driver_is_left_out(front_end, selling, driver, sent):
    delivery(selling, brand="")
    body = {"delivery_status": "pending", "driver_details": driver}
    assert front_end.post("/orders/ord_04/delivery", body).status_code == 200
    event = json.loads(OutboundEvent.objects.order_by("pk").last().body)
    assert event["driver_details"] == {"name": "Sam", "source": "channel", **sent}


def test_reports_on_other_orders_are_refused_with_the_reason(front_end, selling):
    place(selling, provider_id="ord_1", fulfillment_type="delivery")
    in_state(selling, "accepted", provider_id="ord_2")
    in_state(selling, "failed", provider_id="ord_3", fulfillment_type="delivery")
    refused = {}
    for name in ("ord_1", "ord_2", "ord_3"):
        answer = front_end.post(f"/orders/{name}/delivery", ON_ITS_WAY)
        refused[name] = (answer.status_code, answer.json()["code"])
    assert refused == {
        "ord_1": (422, "too_early"),
        "ord_2": (422, "fulfillment_type"),
        "ord_3": (422, "too_late"),
    }
    narrow = front_end_of(selling.merchant, new_store(selling.merchant))
    assert narrow.post("/orders/ord_1/delivery", ON_ITS_WAY).status_code == 404


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({}, "delivery_status is missing."),
        ({"delivery_status": "teleported"}, "delivery_status must be one of pending,"),
        ({"delivery_status": "pending", "driver_details": []}, "driver_details must be an object."),
        (
            {"delivery_status": "pending", "driver_details": {"name": "\u200b"}},
            "driver_details.name is missing.",
        ),
        (
            {"delivery_status": "pending", "driver_details": {**SAM, "phone": {"number": "5"}}},
            "driver_details.phone.number is no number",
        ),
        (
            {"delivery_status": "pending", "driver_details": {**SAM, "picture_url": "http://x"}},
            "driver_details.picture_url must be an https address.",
        ),
    ],
)
def test_a_report_that_cannot_be_read_is_400_and_names_the_field(front_end, selling, body, detail):
    delivery(selling)
    answer = front_end.post("/orders/ord_04/delivery", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")
    assert answer.json()["detail"].startswith(detail)
    assert OutboundEvent.objects.count() == 1
