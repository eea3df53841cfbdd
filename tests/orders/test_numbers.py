"""The numbers of orders: what is counted, for whom, in whose time, and as which files."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Location, LocationAccess
from orders import decisions, staff_moves
from orders.life import State
from orders.models import InboundEvent, Order
from tests import factories
from tests.orders import ordering
from tests.orders.deciding import BUSY, pending

PAGE = "/admin/orders/order/numbers/"
NOW = datetime(2026, 5, 4, 17, 0, tzinfo=UTC)  # Monday noon in Chicago.


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def client(browser_client: Any, owner: Any) -> Any:
    return browser_client(owner)


def an_order(at: Location, received: datetime = NOW, **fields: Any) -> Order:
    order = pending(at, **{"state": State.COMPLETED, "subtotal": 1000, "total": 1250} | fields)
    Order.objects.filter(pk=order.pk).update(created_at=received)
    return order


def figures(answer: Any) -> dict[str, str]:
    return {figure["label"]: figure["value"] for figure in answer.context["page"]["figures"]}


def rows(answer: Any, title: str) -> list[list[str]]:
    (chart,) = [one for one in answer.context["page"]["charts"] if one.title == title]
    found: list[list[str]] = chart.rows
    return found


def file(client: Any, name: str, **query: Any) -> list[list[str]]:
    answer = client.get(f"{PAGE}{name}.csv", query)
    assert answer.status_code == 200
    content = b"".join(answer.streaming_content).decode()
    assert content[0] == "\ufeff"
    return list(csv.reader(io.StringIO(content[1:])))


# What is counted.


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
def test_a_day_and_an_hour_are_the_restaurants_own(client, location, zone, hour, day):
    Location.objects.filter(pk=location.pk).update(timezone=zone)
    an_order(location, datetime(2026, 5, 4, 4, 40, tzinfo=UTC))
    answer = client.get(PAGE)
    assert [row[0] for row in rows(answer, "Orders by day")] == [day]
    assert [row[0] for row in rows(answer, "Orders by hour of the day")] == [hour]


def test_several_time_zones_are_counted_each_in_its_own(client, merchant, location):
    zones = ["Asia/Kolkata", "America/New_York"]
    others = [factories.location(merchant, name=zone, timezone=zone) for zone in zones]
    for one in (location, *others):
        an_order(one, datetime(2026, 5, 4, 4, 40, tzinfo=UTC))
    answer = client.get(PAGE)
    assert [row[:2] for row in rows(answer, "Orders by hour of the day")] == [
        ["00:00", "1"],
        ["10:00", "1"],
        ["23:00", "1"],
    ]
    assert [row[:2] for row in rows(answer, "Orders by day")] == [["04 May", "2"], ["03 May", "1"]]
    page = answer.content.decode()
    assert "(America/Chicago, America/New York, Asia/Kolkata)" in page


def test_only_the_days_that_are_asked_for_and_no_minute_more(client, location):
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
def test_wrong_days_are_said_so_and_no_failure(client, location, query):
    answer = client.get(PAGE, query)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.content.decode()
    assert client.get(f"{PAGE}days.csv", query).status_code == 404


def test_a_location_or_channel_that_is_none(client, location):
    assert client.get(PAGE, {"location": "no"}).status_code == 404
    assert client.get(PAGE, {"channel": "\0"}).status_code == 400
    assert client.get(PAGE, {"channel": "x" * 5000}).status_code == 200
    assert client.get(f"{PAGE}rubbish.csv").status_code == 404


def test_amounts_of_several_currencies_stay_apart(client, location):
    an_order(location)
    an_order(location, currency="jpy", subtotal=700, total=800)
    assert figures(client.get(PAGE))["Sales"] == "700 JPY + 10.00 USD"


def test_decisions_and_the_kitchen_are_timed(client, location, owner):
    factories.connect(location)
    waits = [5, 12, 20]
    orders = [pending(location, created_at=NOW) for _ in range(4)]
    for order, seconds in zip(orders[:2], waits, strict=False):
        with time_machine.travel(NOW + timedelta(seconds=seconds), tick=False):
            decisions.accept(order.pk, by=owner)
    with time_machine.travel(NOW + timedelta(seconds=20), tick=False):
        decisions.reject(orders[2].pk, BUSY, by=owner)
    with time_machine.travel(NOW + timedelta(seconds=46), tick=False):
        decisions.reject(orders[3].pk, BUSY, by=None)
    with time_machine.travel(NOW + timedelta(seconds=5, minutes=9), tick=False):
        staff_moves.move(orders[0].pk, State.READY_FOR_PICKUP, by=owner)
    with time_machine.travel(NOW + timedelta(seconds=12, minutes=20), tick=False):
        staff_moves.move(orders[1].pk, State.READY_FOR_PICKUP, by=owner)
        staff_moves.move(orders[1].pk, State.COMPLETED, by=owner)
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        staff_moves.move(orders[0].pk, State.COMPLETED, by=owner)  # Changes neither time.
    seconds = Order.objects.values_list("wait_seconds", "kitchen_seconds")
    assert [seconds.get(pk=order.pk) for order in orders] == [
        (5, 540), (12, 1200), (20, None), (46, None),
    ]  # fmt: skip
    answer = client.get(PAGE)
    told = {one.title: one.summary for one in answer.context["page"]["charts"]}
    assert told["From receipt to decision"] == (
        "Half of 4 decisions within 12 s, 95 of 100 within 46 s; 1 were left to the clock."
    )
    assert told["From acceptance to ready"] == (
        "Half of 2 orders within 9 min, 95 of 100 within 20 min; 15 min were promised on average,"
        " and 1 came later than promised."
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


def test_an_order_that_was_accepted_at_once_is_timed_from_its_receipt(client, location, owner):
    order = pending(location, state=State.IN_PROGRESS, created_at=NOW)
    later = pending(location, state=State.IN_PROGRESS, created_at=NOW, is_future_order=True)
    with time_machine.travel(NOW + timedelta(minutes=7), tick=False):
        for one in (order, later):
            staff_moves.move(one.pk, State.READY_FOR_PICKUP, by=owner)
    order.refresh_from_db()
    assert (order.wait_seconds, order.kitchen_seconds) == (None, 420)
    assert file(client, "times")[1:] == [["acceptance to ready", "minutes", "7", "1"]]


# Refusals.


def test_refusals_are_counted_by_reason_with_an_example(client, stream, menu, location):
    ordering.off("fam_burger")()
    soda = ordering.line("fam_soda", 200)
    for number, sent in enumerate(
        [
            ordering.order(),
            ordering.order(soda),
            ordering.order(ordering.line("fam_none", 100)),
            ordering.order(unpaid=True),
        ]
    ):
        sent |= {"idempotency_key": f"key-{number}", "source": "uber"}
        assert stream.order(**sent).status_code == 400
    stream.post("/orders", b"no json")
    found = client.get(PAGE).context["page"]
    counts = {row["refusal"].reason: row["refusal"].count for row in found["refusals"]}
    assert found["refused"] == 5
    assert counts == {"stock": 2, "totals": 1, "invalid_cart": 2, "other": 1, "malformed": 1}
    examples = {row["refusal"].reason: row["refusal"].example for row in found["refusals"]}
    assert examples["stock"] == "item fam_burger: 0 left."
    assert examples["totals"] == "2.50 USD at our prices; 2.00 USD was sent."
    assert "fam_none" in examples["invalid_cart"]
    assert examples["malformed"] == "The body is not valid JSON."
    assert file(client, "refusals")[1][:2] == ["Something in the cart cannot be made", "2"]
    for row in found["refusals"]:
        assert client.get(row["example"]).status_code == 200
        events = client.get(row["events"])
        assert events.context["cl"].result_count == row["refusal"].count


def test_refusals_are_of_the_location_and_channel_that_they_name(client, stream, menu, location):
    sent = ordering.order(ordering.line("fam_none", 100), source="uber")
    stream.order(**sent)
    stream.order(**{**sent, "location_id": "loc_none", "source": "doordash"})
    refused = InboundEvent.objects.order_by("pk").values_list("location_named", "source", "reasons")
    assert list(refused) == [
        ("loc_downtown", "uber", "invalid_cart"),
        ("loc_none", "doordash", "store_unavailable"),
    ]

    def count(**query: str) -> int:
        answer = client.get(PAGE, query)
        return int(answer.context["page"]["refused"])

    assert count() == 2
    assert count(location="loc_downtown") == 1
    assert count(channel="UBER") == 1


def test_what_was_accepted_says_nothing_of_a_refusal(stream, menu):
    assert stream.order(**ordering.order()).status_code == 200
    kept = InboundEvent.objects.get()
    assert (kept.location_named, kept.source, kept.reasons) == ("", "", "")


@pytest.mark.parametrize(
    "body",
    [
        b'{"type":"order.created","object":{"location_id":"a\\u0000b","source":"u\\u0000"}}',
        b'{"type":"order.created","object":{"location_id":"\\ud800","source":"x"}}',
        b'{"type":"order.created","object":[]}',
        b'{"type":"order.created","object":{"location_id":7}}',
        json.dumps(
            {"type": "order.created", "object": {"location_id": "l" * 900, "source": "é" * 900}}
        ).encode(),
        b"\xff\xfe",
        b"[" * 50_000,
    ],
)
def test_whatever_is_refused_can_be_kept(stream, body):
    assert stream.post("/orders", body).status_code == 400
    assert InboundEvent.objects.get().reasons == "malformed"


def test_a_channel_with_a_name_that_fits_in_no_index(stream, menu, location):
    name = "".join(chr(0x1F300 + number) for number in range(600))
    assert stream.order(**ordering.order(source=name)).status_code == 200
    assert Order.objects.get().source == name[:100]


# Who sees them.


def test_a_merchants_numbers_are_its_own(client, merchant, location):
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


def test_who_is_limited_sees_the_numbers_there(browser_client, merchant, location, stream, menu):
    uptown = factories.location(merchant, provider_id="loc_uptown", name="Uptown")
    user = factories.user(merchant, "manager")
    LocationAccess.objects.create(user=user, location=location)
    an_order(location)
    an_order(uptown, source="grubhub")
    bad = ordering.order(ordering.line("fam_none", 100))
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


def test_nobody_who_is_not_signed_in(db, client):
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
    assert "No order came in these days." in page
    assert "No order waited for a decision" in page
    assert "Nothing was refused in these days." in page
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


def test_the_file_of_orders_holds_no_people_unless_asked_for(client, location):
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
    assert file(client, "channels") == [["channel", *heading], ["uber", *sums]]
