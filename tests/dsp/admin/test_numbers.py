"""The page of the channel's numbers."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dsp.models import ReceivedMenu
from dsp.reports.order_numbers import count_orders
from tests.dsp.support.channel import new_store
from tests.dsp.support.order_rows import channel_order
from tests.orders.support.board_pages import text_of
from tests.support import factories

pytestmark = pytest.mark.django_db
PAGE = "/admin/dsp/channelorder/numbers/"


@pytest.fixture
def browser(role, browser_client, owner):
    return browser_client(owner)


def accepted(store, seconds, **fields):
    sent = timezone.now() - timedelta(minutes=10)
    taken = {"sent_at": sent, "accepted_at": sent + timedelta(seconds=seconds)}
    return channel_order(store, **{"state": "completed"} | taken | fields)


def figures(page):
    return {figure["label"]: figure["value"] for figure in page.context_data["page"]["figures"]}


def test_the_numbers_of_a_span(browser, store):
    for seconds in (10, 20, 30, 240):
        accepted(store, seconds)
    channel_order(store, "failed", failure_reason="pos_missing_items")
    channel_order(store, "given_up")
    channel_order(store, "canceled")
    channel_order(store, "expired")
    accepted(store, 5, placed_at=timezone.now() - timedelta(days=3))
    channel_order(new_store(factories.merchant(name="Elsewhere")), "failed")

    day = browser.get(PAGE, {"span": "day"})

    assert figures(day) == {
        "Orders": "7",
        "Completed": "4",
        "Failed or given up": "2 (28.6 %)",
        "Canceled by the restaurant": "1",
        "Median time to accept": "20 s",
        "95 % are accepted within": "4.0 min",
    }
    assert set(day.context_data["page"]["failures"]) == {
        ("The POS does not have all items", "1", "14.3 %"),
        ("The restaurant never answered", "1", "14.3 %"),
    }
    assert ("Expired", "1") in day.context_data["page"]["states"]
    assert figures(browser.get(PAGE, {"span": "week"}))["Orders"] == "8"
    assert figures(browser.get(PAGE, {"span": "nonsense"}))["Orders"] == "8"


def test_the_numbers_without_orders(browser):
    page = browser.get(PAGE)
    assert figures(page)["Failed or given up"] == "0 (–)"
    assert "No orders were placed in this period." in text_of(page)


def test_the_age_of_each_menu_is_told_and_a_stale_one_marked(browser, merchant, store):
    new_store(merchant, name="Uptown")
    menu = ReceivedMenu.objects.create(
        store=store, arrival=1, number=3, live_at=timezone.now() - timedelta(days=8)
    )
    store.live_menu = menu
    store.save()
    text = text_of(browser.get(PAGE)).replace("\xa0", " ")
    assert "Downtown, order ahead 3 1 week · stale" in text
    assert "Uptown – none yet" in text


def test_events_of_unknown_types_are_counted_and_lead_to_their_list(browser, channel):
    assert "Unknown events" not in text_of(browser.get(PAGE))
    for _ in range(2):
        channel.event({"type": "location.moved", "location_id": "str_8H2K"})
    page = browser.get(PAGE)
    assert "Type Events location.moved 2" in " ".join(text_of(page).split())
    path = "/admin/dsp/receivedevent/?outcome__exact=unknown_type"
    assert f'href="{path}"' in page.content.decode()
    assert "location.moved" in text_of(browser.get(path))


def test_the_orders_are_counted_in_one_query(role, merchant, store):
    for state in ("accepted", "failed", "completed"):
        accepted(store, 5, state=state)
    with CaptureQueriesContext(connection) as captured:
        numbers = count_orders(merchant, timezone.now() - timedelta(days=1))
    assert (len(captured), numbers.total, numbers.failed) == (1, 3, 1)


def test_our_own_staff_see_all_or_one_merchants(role, browser_client, store):
    channel_order(store)
    channel_order(new_store(factories.merchant(name="Elsewhere")))
    ours = browser_client(factories.user(None, "", is_superuser=True))
    assert figures(ours.get(PAGE))["Orders"] == "2"
    assert figures(ours.get(PAGE, {"merchant": store.merchant_id}))["Orders"] == "1"
