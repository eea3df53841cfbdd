"""Delivery times and lateness by driver and location, of own and followed orders alike."""

from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import LocationAccess
from orders.models import Driver
from tests.orders.support.drivers import delivery, driver
from tests.orders.support.other_pos_orders import completed
from tests.orders.support.report_pages import NOW, PAGE, an_order, client, figures, file, now, rows
from tests.support import factories

__all__ = ["client", "now"]  # Fixtures.

HEADING = [
    "deliveries", "delivered", "median minutes to leave", "median minutes on the way",
    "median minutes in total", "95th percentile in total", "delivered with a due time", "late",
]  # fmt: skip


def after(minutes: float) -> object:
    return NOW + timedelta(minutes=minutes)


def test_deliveries_are_measured_by_driver_and_location(client, merchant, location):
    uptown = factories.location(merchant, name="Uptown")
    ann, bob = driver(merchant, "Ann"), driver(merchant, "=Bob")
    delivery(
        ann, an_order(location), NOW, out_at=after(4.5), delivered_at=after(20), due_at=after(20)
    )
    delivery(
        ann, completed(location, NOW), NOW, out_at=after(10), delivered_at=after(40),
        due_at=after(39.99),
    )  # fmt: skip
    delivery(ann, completed(uptown, NOW), NOW, out_at=after(2), delivered_at=after(9))
    delivery(bob, completed(uptown, NOW), NOW, out_at=after(1), due_at=NOW)
    delivery(bob, completed(uptown, NOW), NOW, replaced_at=NOW)
    delivery(bob, completed(uptown, NOW), NOW - timedelta(days=40), delivered_at=NOW)
    answer = client.get(PAGE)
    assert rows(answer, "Deliveries by driver") == [
        ["Ann", "3", "3", "4 min", "15 min", "20 min", "1 of 2"],
        ["=Bob", "1", "0", "1 min", "–", "–", "–"],
    ]
    assert rows(answer, "Deliveries by location") == [
        ["Downtown", "2", "2", "4 min", "15 min", "20 min", "1 of 2"],
        ["Uptown", "2", "1", "1 min", "7 min", "9 min", "–"],
    ]
    assert figures(answer)["Median delivery"] == "20 min"
    assert figures(answer)["Delivered late"] == "1 of 2"
    assert file(client, "drivers") == [
        ["driver", *HEADING],
        ["Ann", "3", "3", "4", "15", "20", "40", "2", "1"],
        ["'=Bob", "1", "0", "1", "", "", "", "0", "0"],
    ]
    assert file(client, "deliveries") == [
        ["location", *HEADING],
        ["Downtown", "2", "2", "4", "15", "20", "40", "2", "1"],
        ["Uptown", "2", "1", "1", "7", "9", "9", "0", "0"],
    ]


def test_a_whole_minute_is_not_rounded_away(client, location):
    ann = driver(location.merchant)
    for minutes in (1, 7, 29, 59):
        delivery(ann, completed(location, NOW), NOW, delivered_at=after(minutes))
    assert file(client, "drivers")[1][5:7] == ["7", "59"]


def test_a_clock_set_back_counts_as_zero_minutes(client, location):
    delivery(driver(location.merchant), completed(location, NOW), NOW, delivered_at=after(-3))
    assert file(client, "drivers")[1][5] == "0"


def test_a_delivery_known_as_own_and_as_followed_counts_once(client, location):
    ann, own = driver(location.merchant), an_order(location)
    twin = completed(location, NOW, own_order=own)
    delivery(ann, twin, NOW, delivered_at=after(5))
    assert file(client, "drivers")[1][1] == "1"
    delivery(ann, own, NOW, delivered_at=after(7))
    assert file(client, "drivers")[1][1:6] == ["1", "1", "", "", "7"]


def test_deliveries_of_a_channel(client, location):
    ann = driver(location.merchant)
    delivery(ann, an_order(location, source="Uber"), NOW)
    delivery(ann, completed(location, NOW, source="uber"), NOW)
    delivery(ann, completed(location, NOW, source="doordash"), NOW)
    assert file(client, "drivers", channel="uber")[1][1] == "2"


def test_before_the_first_delivery(client, location):
    answer = client.get(PAGE)
    assert "Our drivers were assigned no order in these days." in answer.content.decode()
    assert "Median delivery" not in figures(answer)
    assert file(client, "drivers") == [["driver", *HEADING]]


def test_deliveries_of_others_are_not_shown(browser_client, merchant, location):
    casa = factories.location(factories.merchant(name="Casa Verde"), name="Casa Uno")
    uptown = factories.location(merchant, name="Uptown")
    delivery(driver(casa.merchant, "Foreigner"), completed(casa, NOW), NOW)
    delivery(driver(merchant, "Uptowner"), completed(uptown, NOW), NOW)
    delivery(driver(merchant, "Ann"), completed(location, NOW), NOW)
    user = factories.user(merchant, "manager")
    LocationAccess.objects.create(user=user, location=location)
    limited = browser_client(user)
    assert [row[0] for row in file(limited, "drivers")] == ["driver", "Ann"]
    assert [row[0] for row in file(limited, "deliveries")] == ["location", "Downtown"]
    page = limited.get(PAGE).content.decode()
    assert "Foreigner" not in page
    assert "Uptowner" not in page


def test_an_erased_driver_has_a_number_for_a_name(client, location):
    ann = driver(location.merchant)
    delivery(ann, completed(location, NOW), NOW)
    Driver.objects.update(name="", phone="", erased_at=NOW)
    assert file(client, "drivers")[1][0] == f"Erased driver {ann.pk}"


def test_many_deliveries_and_followed_orders_need_no_more_queries(client, merchant, location):
    counts = []
    for _ in range(2):
        for number in range(20):
            order = completed(location, NOW - timedelta(days=number), source=f"c{number}")
            delivery(driver(merchant), order, NOW, delivered_at=NOW)
        with CaptureQueriesContext(connection) as queries:
            client.get(PAGE)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 22
