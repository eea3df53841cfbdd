"""Access to the reports page, and its CSV files."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import LocationAccess
from orders.models import InboundEvent
from tests.orders.support import stream_orders
from tests.orders.support.report_pages import NOW, PAGE, an_order, client, figures, file, now
from tests.support import factories

__all__ = ["client", "now"]  # Fixtures.


# Access.


def test_a_merchants_reports_are_its_own(client, merchant, location):
    casa = factories.merchant(name="Casa Verde")
    foreign = factories.location(casa, name="Casa Uno")
    an_order(foreign, source="casachannel")
    an_order(location)
    answer = client.get(PAGE, {"merchant": casa.pk})
    assert figures(answer)["Orders sold"] == "1"
    for word in ("casachannel", "Casa"):
        assert word not in answer.content.decode()
    assert client.get(PAGE, {"location": foreign.provider_id}).status_code == 404
    assert client.get(f"{PAGE}orders.csv", {"location": foreign.provider_id}).status_code == 404
    assert len(file(client, "orders", merchant=casa.pk)) == 2


def test_a_limited_person_sees_the_reports_of_their_location(
    browser_client, merchant, location, stream, menu
):
    uptown = factories.location(merchant, provider_id="loc_uptown", name="Uptown")
    user = factories.user(merchant, "manager")
    LocationAccess.objects.create(user=user, location=location)
    an_order(location)
    an_order(uptown, source="grubhub")
    bad = stream_orders.order(stream_orders.line("fam_none", 100))
    for place in ("loc_downtown", "loc_uptown", "loc_none"):
        stream.order(**{**bad, "location_id": place})
    client = browser_client(user)
    answer = client.get(PAGE)
    assert figures(answer)["Orders sold"] == "1"
    assert figures(answer)["Events refused"] == "1"
    for word in ("Uptown", "grubhub", "loc_uptown"):
        assert word not in answer.content.decode()
    assert client.get(PAGE, {"location": "loc_uptown"}).status_code == 404
    assert [row[3] for row in file(client, "orders")] == ["location", "Downtown"]
    (example,) = [row["example"] for row in answer.context["page"]["refusals"]]
    assert client.get(example).status_code == 200
    hidden = InboundEvent.objects.exclude(location_named="loc_downtown")
    for event in hidden:
        address = f"/admin/orders/inboundevent/{event.pk}/change/"
        assert client.get(address).status_code == 302


@pytest.mark.parametrize(("role", "status"), [("owner", 200), ("manager", 200), ("kitchen", 403)])
def test_roles(browser_client, merchant, location, role, status):
    client = browser_client(factories.user(merchant, role))
    assert client.get(PAGE).status_code == status
    assert client.get(f"{PAGE}orders.csv").status_code == status
    assert (PAGE in client.get("/admin/").content.decode()) == (status == 200)


def test_anonymous_visitors_see_no_reports(db, client):
    client.logout()
    assert client.get(PAGE).status_code == 302
    assert client.get(f"{PAGE}orders.csv").status_code == 302


def test_our_own_staff_choose_a_merchant(browser_client, merchant, location):
    client = browser_client(factories.user(None, "", is_superuser=True))
    an_order(location)
    assert "Harbor Kitchen" in client.get(PAGE).content.decode()
    assert client.get(f"{PAGE}orders.csv").status_code == 404
    answer = client.get(PAGE, {"merchant": merchant.pk})
    assert figures(answer)["Orders sold"] == "1"
    assert f"merchant={merchant.pk}" in answer.context["page"]["asked"].query


# The page and the files.


def test_before_the_first_order(client, location):
    answer = client.get(PAGE)
    page = answer.content.decode()
    assert "No orders were received in these days." in page
    assert "No order waited for a decision" in page
    assert "No events were refused in this period." in page
    assert figures(answer)["Sales"] == "–"


def test_before_the_first_location(client):
    assert client.get(PAGE).status_code == 200


def test_many_orders_need_no_more_queries(client, location):
    counts = []
    for _ in range(2):
        for number in range(30):
            an_order(location, NOW - timedelta(days=number), source=f"c{number}", wait_seconds=1)
        with CaptureQueriesContext(connection) as queries:
            client.get(PAGE)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 18


def test_the_orders_file_has_customers_only_on_request(client, location):
    an_order(
        location, customer_name="=HYPERLINK(1)", customer_phone="+1 555", dsp_order_number="@A-1",
        wait_seconds=4, kitchen_seconds=60, tax=100,
    )  # fmt: skip
    heading, row = file(client, "orders")
    assert "customer" not in heading
    shown = dict(zip(heading, row, strict=True))
    assert shown["number"] == "'@A-1"
    assert shown["received (local)"] == "2026-05-04 12:00:00"
    assert (shown["subtotal"], shown["tax"], shown["total"]) == ("10.00", "1.00", "12.50")
    assert (shown["waited seconds"], shown["kitchen seconds"]) == ("4", "60")
    heading, row = file(client, "orders", people="yes")
    assert heading[-2:] == ["customer", "phone"]
    assert row[-2:] == ["'=HYPERLINK(1)", "'+1 555"]


def test_the_other_files(client, location):
    an_order(location, source="uber")
    heading = ["orders sold", "orders lost", "currency", "sales", "totals"]
    sums = ["1", "0", "USD", "10.00", "12.50"]
    days = file(client, "days", span="today")
    assert days == [["day", *heading], ["2026-05-04", *sums]]
    assert file(client, "hours")[13] == ["12", *sums]
    assert file(client, "channels") == [["channel", *heading, "POS"], ["uber", *sums, "ours"]]
