"""Orders in other POSs join the reports, marked, and never counted twice."""

from datetime import UTC, datetime, timedelta

import pytest

from catalog.models import LocationAccess
from tests.orders.support.other_pos_orders import completed
from tests.orders.support.report_pages import NOW, PAGE, an_order, client, figures, file, now, rows
from tests.support import factories

__all__ = ["client", "now"]  # Fixtures.

HEADING = ["orders sold", "orders lost", "currency", "sales", "totals", "POS"]


def test_orders_in_other_poss_are_marked_by_channel_and_location(client, merchant, location):
    uptown = factories.location(merchant, name="Uptown")
    an_order(location, source="uber")
    completed(location, NOW, source="Uber")
    completed(location, NOW, source="uber")
    completed(uptown, NOW, source="uber", subtotal=300, tax=20, total=None)
    completed(uptown, NOW, source="", status="dsp_canceled")
    completed(location, NOW - timedelta(days=40))
    answer = client.get(PAGE)
    assert rows(answer, "Orders by channel") == [
        ["uber in another POS", "3", "0", "23.00 USD", "25.00 USD"],
        ["uber", "1", "0", "10.00 USD", "12.50 USD"],
        ["No channel in another POS", "0", "1", "–", "–"],
    ]
    assert rows(answer, "Orders by location") == [
        ["Downtown in another POS", "2", "0", "20.00 USD", "25.00 USD"],
        ["Downtown", "1", "0", "10.00 USD", "12.50 USD"],
        ["Uptown in another POS", "1", "1", "3.00 USD", "0.00 USD"],
    ]
    shown = figures(answer)
    assert (shown["Orders sold"], shown["Sales"]) == ("1", "10.00 USD")
    assert (shown["Sold in other POSs"], shown["Canceled there"]) == ("3", "1")
    assert (shown["Sales there"], shown["Tax there"]) == ("23.00 USD", "1.80 USD")
    assert [row[1] for row in rows(answer, "Orders by day")] == ["1"]
    assert file(client, "channels") == [
        ["channel", *HEADING],
        ["uber", "1", "0", "USD", "10.00", "12.50", "ours"],
        ["uber", "3", "0", "USD", "23.00", "25.00", "another"],
        ["", "0", "1", "USD", "0.00", "0.00", "another"],
    ]
    assert file(client, "locations") == [
        ["location", *HEADING],
        ["Downtown", "1", "0", "USD", "10.00", "12.50", "ours"],
        ["Downtown", "2", "0", "USD", "20.00", "25.00", "another"],
        ["Uptown", "1", "1", "USD", "3.00", "0.00", "another"],
    ]


def test_an_order_that_is_also_our_own_is_counted_once(client, location):
    completed(location, NOW, own_order=an_order(location, source="uber"))
    answer = client.get(PAGE)
    assert [row[:2] for row in rows(answer, "Orders by channel")] == [["uber", "1"]]
    assert [row[:2] for row in rows(answer, "Orders by location")] == [["Downtown", "1"]]
    assert "Sold in other POSs" not in figures(answer)
    assert len(file(client, "other-orders")) == 1


@pytest.mark.parametrize(("code", "sales"), [("USD", "10.00 USD"), ("eur", "0.00 USD")])
def test_amounts_in_another_currency_are_not_added_up(client, location, code, sales):
    completed(location, NOW, currency=code)
    shown = figures(client.get(PAGE))
    assert (shown["Sold in other POSs"], shown["Sales there"]) == ("1", sales)


@pytest.mark.parametrize("status", ["rejected", "failed", "merchant_canceled", "dsp_canceled"])
def test_a_canceled_order_is_no_sale_there(client, location, status):
    completed(location, NOW, status=status)
    shown = figures(client.get(PAGE))
    assert (shown["Sold in other POSs"], shown["Canceled there"]) == ("0", "1")


def test_only_followed_orders_of_the_requested_days_count_in_the_locations_zone(client, location):
    for confirmed in (
        datetime(2026, 5, 1, 4, 59, 59, tzinfo=UTC),  # Still April in Chicago.
        datetime(2026, 5, 1, 5, tzinfo=UTC),
        datetime(2026, 5, 3, 4, 59, 59, tzinfo=UTC),
        datetime(2026, 5, 3, 5, tzinfo=UTC),
    ):
        completed(location, confirmed)
    answer = client.get(PAGE, {"since": "2026-05-01", "until": "2026-05-02"})
    assert figures(answer)["Sold in other POSs"] == "2"


def test_a_channel_of_other_poss_only_can_be_chosen(client, location):
    completed(location, NOW, source="doordash")
    completed(location, NOW, source="uber")
    answer = client.get(PAGE, {"channel": "DOORDASH"})
    assert answer.context["page"]["channels"] == ["doordash", "uber"]
    assert figures(answer)["Sold in other POSs"] == "1"


def test_orders_of_other_merchants_and_of_nobody_are_not_shown(client, location):
    casa = factories.location(factories.merchant(name="Casa Verde"), name="Casa Uno")
    completed(casa, NOW, source="casachannel")
    completed(None, NOW, source="nobodychannel")
    completed(location, NOW)
    answer = client.get(PAGE)
    assert figures(answer)["Sold in other POSs"] == "1"
    for word in ("casachannel", "nobodychannel", "Casa"):
        assert word not in answer.content.decode()
    assert len(file(client, "other-orders")) == 2


def test_a_limited_person_sees_the_followed_orders_of_their_location(
    browser_client, merchant, location
):
    uptown = factories.location(merchant, name="Uptown")
    user = factories.user(merchant, "manager")
    LocationAccess.objects.create(user=user, location=location)
    completed(location, NOW)
    completed(uptown, NOW, source="grubhub")
    client = browser_client(user)
    answer = client.get(PAGE)
    assert figures(answer)["Sold in other POSs"] == "1"
    for word in ("Uptown", "grubhub"):
        assert word not in answer.content.decode()
    assert [row[3] for row in file(client, "other-orders")] == ["location", "Downtown"]


def test_the_file_of_orders_in_other_poss(client, location):
    completed(
        location, NOW, dsp_order_number="=1+1", customer_name="Annabel", dsp_order_id="dsp-1",
        delivery_status="completed", due_at=NOW, stream_order_id="ord-1", tax=None, currency="JPY",
        subtotal=700, total=800, fulfillment_type="pickup",
    )  # fmt: skip
    heading, row = file(client, "other-orders", people="yes")
    assert heading == [
        "number", "channel", "channel order id", "location", "kind", "status", "delivery status",
        "confirmed (UTC)", "confirmed (local)", "due (UTC)", "currency", "subtotal", "tax",
        "total", "id at Stream",
    ]  # fmt: skip
    assert row == [
        "'=1+1", "uber", "dsp-1", "Downtown", "pickup", "completed", "completed",
        "2026-05-04 17:00:00", "2026-05-04 12:00:00", "2026-05-04 17:00:00", "JPY", "700", "",
        "800", "ord-1",
    ]  # fmt: skip
