"""The timeline on the order's page: events received, changes and events sent."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from integration.models import DeliveryAttempt, OutboundEvent
from orders.admin.orders.timeline import timeline
from orders.lifecycle import transitions
from orders.models import InboundEvent, Order
from orders.states import State
from tests.orders.support.stream_orders import order
from tests.support import factories

pytestmark = pytest.mark.usefixtures("menu")
START = datetime(2026, 5, 4, 17, 0, tzinfo=UTC)  # Noon in Chicago.


def page(client: Any, shown: Order) -> str:
    answer = client.get(f"/admin/orders/order/{shown.pk}/change/")
    assert answer.status_code == 200
    return str(answer.content.decode())


@pytest.fixture
def lived(stream, owner) -> Order:
    """An order accepted at noon, ready 10 minutes later, then updated and canceled late."""
    with time_machine.travel(START, tick=False) as clock:
        assert stream.order(**order(source="uber")).status_code == 200
        received = Order.objects.get()
        clock.shift(timedelta(minutes=10))
        transitions.move(received.pk, State.READY_FOR_PICKUP, by=owner)
        clock.shift(timedelta(seconds=45))
        OutboundEvent.objects.update(
            state="delivered", ending="arrived", claim_count=2, finished_at=START
        )
        stream.event("order.updated", order_id=str(received.pk), status="completed")
        clock.shift(timedelta(hours=3))
        stream.event("order.canceled", order_id=str(received.pk), cancel_reason="Too late")
    return Order.objects.get()


def test_the_timeline_lists_everything_in_the_restaurants_time(lived):
    rows = timeline(lived, may_see_sent=True)
    assert [(row.kind, row.clock[-8:], row.after, row.who, row.what) for row in rows] == [
        ("received", "12:00:00", "", "uber, through Stream", "order.created: Order accepted"),
        ("changed", "12:00:00", "", "Stream", "Order accepted"),
        ("changed", "12:10:00", "10 minutes later", "Pat Owner", "Moved to Ready for pickup"),
        ("sent", "12:10:00", "", "This POS, to Stream", "order.status.updated: Delivered"),
        ("received", "12:10:45", "45 seconds later", "Stream", "order.updated: Order changed"),
        ("changed", "12:10:45", "", "Stream", "Moved to Completed"),
        (
            "received",
            "15:10:45",
            "3 hours later",
            "uber, through Stream",
            "order.canceled: Noted, nothing to change",
        ),
        ("changed", "15:10:45", "", "Stream", "Cancelation received after the end"),
    ]
    assert rows[3].detail == "Delivered 04 May 2026, 12:00:00 (2 attempts)"
    assert rows[-1].detail == "Reason: Too late"


def test_the_page_links_to_received_and_sent_events(browser_client, owner, lived):
    shown = page(browser_client(owner), lived)
    for event in InboundEvent.objects.all():
        assert f"/admin/orders/inboundevent/{event.pk}/change/" in shown
    sent = OutboundEvent.objects.get()
    assert f"/admin/integration/outboundevent/{sent.pk}/change/" in shown
    assert "Answered 200" in shown
    assert "America/Chicago" in shown


def test_the_kitchen_sees_sent_events_without_links(browser_client, merchant, lived):
    shown = page(browser_client(factories.user(merchant, "kitchen")), lived)
    assert "order.status.updated: Delivered" in shown
    assert "/admin/integration/outboundevent/" not in shown


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (
            {"state": "waiting", "claim_count": 1, "due_at": START},
            "1 attempt; last failure: answered 500; next attempt 04 May 2026, 12:00:00",
        ),
        (
            {"state": "failed", "ending": "expired", "claim_count": 3, "finished_at": START},
            "It could not be sent in time 04 May 2026, 12:00:00"
            " (3 attempts; last failure: answered 500)",
        ),
        (
            {"state": "withdrawn", "ending": "disconnected", "finished_at": START},
            "The location is no longer connected 04 May 2026, 12:00:00"
            " (2 attempts; last failure: answered 500)",
        ),
    ],
)
def test_an_undelivered_event_says_why(lived, fields, expected):
    OutboundEvent.objects.update(**{"ending": ""} | fields)
    sent = OutboundEvent.objects.get()
    DeliveryAttempt.objects.create(
        event=sent, number=1, started_at=START, duration_ms=1, error="It timed out."
    )
    DeliveryAttempt.objects.create(
        event=sent, number=2, started_at=START, duration_ms=1, status_code=500
    )
    assert [row.detail for row in timeline(lived, may_see_sent=True) if row.kind == "sent"] == [
        expected
    ]


def test_the_timeline_leaves_out_events_of_other_orders_and_merchants(lived, location):
    other = factories.merchant(name="Casa")
    for key, whose in ((f"order/{lived.pk}", other), ("order/other", lived.merchant)):
        factories.event(whose, ordering_key=key, event_type="order.status.updated")
    assert len([row for row in timeline(lived, may_see_sent=True) if row.kind == "sent"]) == 1


def test_a_long_history_needs_no_more_queries(browser_client, owner, stream, lived):
    client, counts = browser_client(owner), []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            page(client, lived)
        counts.append(len(queries))
        for number in range(20):
            stream.event("order.updated", order_id=str(lived.pk), delivery_status=f"s{number}")
    assert counts[0] == counts[1] <= 13


@pytest.mark.parametrize("status", ["enroute_to_dropoff", "by_balloon_<b>"])
def test_a_delivery_status_is_shown_in_words_even_if_unknown(
    browser_client, owner, stream, lived, status
):
    stream.event("order.updated", order_id=str(lived.pk), delivery_status=status)
    shown = page(browser_client(owner), lived)
    known = "The driver is on the way to the customer"
    assert (known if status == "enroute_to_dropoff" else "by balloon &lt;b&gt;") in shown
    assert "<b>" + "</" not in shown


KNOWN = [
    "pending", "pending_driver_confirmation", "enroute_to_pickup", "arrived_at_pickup",
    "enroute_to_dropoff", "arrived_at_dropoff", "completed", "failed_to_assign_driver",
    "failed_to_deliver", "failed_to_pickup", "failed", "merchant_canceled",
    "enroute_to_return", "arrived_at_return", "returned",
]  # fmt: skip


@pytest.mark.parametrize("status", KNOWN)
def test_every_known_delivery_status_is_stored_has_words_and_moves_nothing(stream, status):
    stream.order(**order())
    received = Order.objects.get()
    answer = stream.event("order.updated", order_id=str(received.pk), delivery_status=status)
    assert (answer.status_code, answer.content) == (200, b"{}")
    received.refresh_from_db()
    assert (received.state, received.delivery_status) == ("in_progress", status)
    row = timeline(received, may_see_sent=False)[-1]
    assert row.what == "Update received"
    assert row.detail.startswith("Delivery: ")
    assert "_" not in row.detail


@pytest.mark.parametrize("event_type", ["order.canceled", "order.updated"])
def test_either_form_of_cancelation_is_marked_on_the_page(stream, owner, event_type):
    stream.order(**order(source="uber"))
    key = str(Order.objects.get().pk)
    stream.event(event_type, order_id=key, status="dsp_canceled")
    received = Order.objects.get()
    assert received.state == State.DSP_CANCELED
    assert [row.tone for row in timeline(received, may_see_sent=False)][-1] == "bad"


# --- Drivers.
SAM = {
    "source": "doordash",
    "name": "Sam",
    "phone": {"number": "+15125550100", "code": "123"},
    "vehicle_info": {"make": "Ford", "color": "red"},
}


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ({"name": "Sam"}, SAM),
        ({"name": " sam "}, {**SAM, "name": " sam "}),
        ({}, SAM),
        ({"phone": None, "name": None}, SAM),
        ({"passcode": "77"}, {**SAM, "passcode": "77"}),
        # A code belongs to its number.
        ({"phone": {"number": "+15125550199"}}, {**SAM, "phone": {"number": "+15125550199"}}),
        ({"vehicle_info": {"make": "Vespa"}}, {**SAM, "vehicle_info": {"make": "Vespa"}}),
        # Another name is another driver: Sam's phone must not be called for Alex.
        ({"name": "Alex"}, {"name": "Alex"}),
    ],
)
def test_a_driver_update_keeps_what_is_still_valid(stream, sent, stored):
    stream.order(**order())
    key = str(Order.objects.get().pk)
    stream.event("order.updated", order_id=key, driver_details=SAM)
    stream.event("order.updated", order_id=key, driver_details=sent)
    assert json.loads(json.dumps(Order.objects.get().driver)) == stored
