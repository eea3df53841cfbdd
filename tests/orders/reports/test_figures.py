"""Figures of the reports: counted orders, their days and time zones."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from catalog.models import Location
from integration.models import OutboundEvent
from orders.lifecycle import acceptance, transitions
from orders.models import Order
from orders.states import State
from tests.orders.support.deferred_orders import BUSY, end, pending
from tests.orders.support.report_pages import NOW, PAGE, an_order, client, figures, file, now, rows
from tests.support import factories

__all__ = ["client", "now"]  # Fixtures.


def test_orders_and_sales_by_day_hour_and_channel(client, location):
    an_order(location, source="uber")
    an_order(location, NOW - timedelta(hours=2), source="Uber", subtotal=500, total=600)
    an_order(location, NOW - timedelta(days=1), source="doordash", state=State.IN_PROGRESS)
    an_order(location, NOW - timedelta(days=1), source="uber", state=State.DSP_CANCELED)
    an_order(location, NOW - timedelta(days=40), source="uber")
    answer = client.get(PAGE)
    assert rows(answer, "Orders by day") == [
        ["04 May", "2", "0", "15.00 USD", "18.50 USD"],
        ["03 May", "1", "1", "10.00 USD", "12.50 USD"],
    ]
    assert rows(answer, "Sales by day")[0] == ["04 May", "15.00 USD", "18.50 USD"]
    assert rows(answer, "Orders by hour of the day") == [
        ["10:00", "1", "0", "5.00 USD", "6.00 USD"],
        ["12:00", "2", "1", "20.00 USD", "25.00 USD"],
    ]
    assert [row[:3] for row in rows(answer, "Orders by channel")] == [
        ["uber", "2", "1"],
        ["doordash", "1", "0"],
    ]
    assert figures(answer)["Orders sold"] == "3"
    assert figures(answer)["Canceled, rejected or failed"] == "1"
    assert figures(answer)["Sales"] == "25.00 USD"
    assert figures(answer)["Average order"] == "8.33 USD"


@pytest.mark.parametrize(
    ("zone", "hour", "day"),
    [
        ("America/Chicago", "23:00", "03 May"),
        ("America/New_York", "00:00", "04 May"),
        ("Asia/Kolkata", "10:00", "04 May"),
        ("Asia/Kathmandu", "10:00", "04 May"),
    ],
)
def test_days_and_hours_follow_the_restaurants_time_zone(client, location, zone, hour, day):
    Location.objects.filter(pk=location.pk).update(timezone=zone)
    an_order(location, datetime(2026, 5, 4, 4, 40, tzinfo=UTC))
    answer = client.get(PAGE)
    assert [row[0] for row in rows(answer, "Orders by day")] == [day]
    assert [row[0] for row in rows(answer, "Orders by hour of the day")] == [hour]


def test_orders_are_counted_in_their_own_time_zones(client, merchant, location):
    zones = ["Asia/Kolkata", "America/New_York"]
    others = [factories.location(merchant, name=zone, timezone=zone) for zone in zones]
    for place in (location, *others):
        an_order(place, datetime(2026, 5, 4, 4, 40, tzinfo=UTC))
    answer = client.get(PAGE)
    assert [row[:2] for row in rows(answer, "Orders by hour of the day")] == [
        ["00:00", "1"],
        ["10:00", "1"],
        ["23:00", "1"],
    ]
    assert [row[:2] for row in rows(answer, "Orders by day")] == [["04 May", "2"], ["03 May", "1"]]
    page = answer.content.decode()
    assert "(America/Chicago, America/New York, Asia/Kolkata)" in page


def test_only_orders_of_the_requested_days_are_counted(client, location):
    for received in (
        datetime(2026, 5, 1, 4, 59, 59, tzinfo=UTC),  # Still April in Chicago.
        datetime(2026, 5, 1, 5, tzinfo=UTC),
        datetime(2026, 5, 3, 4, 59, 59, tzinfo=UTC),
        datetime(2026, 5, 3, 5, tzinfo=UTC),
    ):
        an_order(location, received)
    answer = client.get(PAGE, {"since": "2026-05-01", "until": "2026-05-02"})
    assert figures(answer)["Orders sold"] == "2"
    for span, count in (("today", 0), ("week", 4), ("rubbish", 4)):
        assert figures(client.get(PAGE, {"span": span}))["Orders sold"] == str(count)


@pytest.mark.parametrize(
    "query",
    [
        {"since": "2026-13-01"},
        {"since": "yesterday"},
        {"until": "0001-01-01"},
        {"since": "9999-12-31"},
        {"since": "2026-05-02", "until": "2026-05-01"},
        {"since": "2025-05-02", "until": "2026-05-04"},
    ],
)
def test_invalid_days_are_reported(client, location, query):
    answer = client.get(PAGE, query)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.content.decode()
    assert client.get(f"{PAGE}days.csv", query).status_code == 404


def test_an_unknown_location_or_channel(client, location):
    assert client.get(PAGE, {"location": "no"}).status_code == 404
    assert client.get(PAGE, {"channel": "\0"}).status_code == 400
    assert client.get(PAGE, {"channel": "x" * 5000}).status_code == 200
    assert client.get(f"{PAGE}rubbish.csv").status_code == 404


def test_amounts_of_several_currencies_stay_apart(client, location):
    an_order(location)
    an_order(location, currency="jpy", subtotal=700, total=800)
    assert figures(client.get(PAGE))["Sales"] == "700 JPY + 10.00 USD"


def test_decisions_and_prep_times_are_measured(client, location, owner, token):
    factories.connect(location)
    waits = [5, 12, 20]
    orders = [pending(location, created_at=NOW) for _ in range(4)]
    for order, seconds in zip(orders[:2], waits, strict=False):
        with time_machine.travel(NOW + timedelta(seconds=seconds), tick=False):
            acceptance.accept(order.pk, by=owner)
    with time_machine.travel(NOW + timedelta(seconds=20), tick=False):
        acceptance.reject(orders[2].pk, BUSY, by=owner)
    with time_machine.travel(NOW + timedelta(seconds=30), tick=False):
        end(orders[0], OutboundEvent.Ending.ARRIVED)  # Saved again, and decided long before.
    with time_machine.travel(NOW + timedelta(seconds=46), tick=False):
        acceptance.reject(orders[3].pk, BUSY, by=None)
    with time_machine.travel(NOW + timedelta(seconds=5, minutes=9), tick=False):
        transitions.move(orders[0].pk, State.READY_FOR_PICKUP, by=owner)
    with time_machine.travel(NOW + timedelta(seconds=12, minutes=20), tick=False):
        transitions.move(orders[1].pk, State.READY_FOR_PICKUP, by=owner)
        transitions.move(orders[1].pk, State.COMPLETED, by=owner)
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        transitions.move(orders[0].pk, State.COMPLETED, by=owner)  # Changes neither time.
    seconds = Order.objects.values_list("wait_seconds", "kitchen_seconds")
    assert [seconds.get(pk=order.pk) for order in orders] == [
        (5, 540), (12, 1200), (20, None), (46, None),
    ]  # fmt: skip
    answer = client.get(PAGE)
    summaries = {chart.title: chart.summary for chart in answer.context["page"]["charts"]}
    assert summaries["From receipt to decision"] == (
        "4 decisions: median 12 s, 95th percentile 46 s; 1 were decided automatically."
    )
    assert summaries["From acceptance to ready"] == (
        "2 orders: median 9 min, 95th percentile 20 min; promised on average 15 min; 1 were ready"
        " later than promised."
    )
    assert rows(answer, "From receipt to decision") == [
        ["5–10", "1"], ["10–15", "1"], ["20–25", "1"], ["45–50", "1"],
    ]  # fmt: skip
    assert file(client, "times")[1:] == [
        ["receipt to decision", "seconds", "5", "1"],
        ["receipt to decision", "seconds", "12", "1"],
        ["receipt to decision", "seconds", "20", "1"],
        ["receipt to decision", "seconds", "46", "1"],
        ["acceptance to ready", "minutes", "9", "1"],
        ["acceptance to ready", "minutes", "20", "1"],
    ]


def test_an_automatically_accepted_order_is_timed_from_its_receipt(client, location, owner):
    own = {"fulfillment_type": "merchant_managed_delivery"}
    order = pending(location, state=State.IN_PROGRESS, created_at=NOW, **own)
    later = pending(location, state=State.IN_PROGRESS, created_at=NOW, is_future_order=True)
    with time_machine.travel(NOW + timedelta(minutes=7), tick=False):
        for each in (order, later):
            transitions.move(each.pk, State.READY_FOR_PICKUP, by=owner)
    with time_machine.travel(NOW + timedelta(minutes=12), tick=False):
        transitions.move(order.pk, State.OUT_FOR_DELIVERY, by=owner)  # It was ready before.
    order.refresh_from_db()
    assert (order.wait_seconds, order.kitchen_seconds) == (None, 420)
    assert file(client, "times")[1:] == [["acceptance to ready", "minutes", "7", "1"]]
