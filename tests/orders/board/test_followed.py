"""Orders of other POSs on the board of a location that asks for them."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.models import Location
from orders.models import FollowedOrder
from orders.staff_pages.language import COOKIE
from tests.orders.support.board_pages import (
    BOARD,
    PART,
    board_order,
    buttons,
    columns,
    poll,
    text_of,
)
from tests.orders.support.other_pos_orders import followed
from tests.support import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def asking(location):
    Location.objects.update(shows_followed_orders=True)
    location.refresh_from_db()
    return location


def test_the_board_shows_them_only_where_the_location_asks(live, location):
    followed(location)
    assert "followed" not in columns(poll(live))
    Location.objects.update(shows_followed_orders=True)
    answer = poll(live)
    assert columns(answer)["followed"] == ["1234"]
    assert "From another POS" in text_of(answer)


def test_a_card_shows_the_order_and_no_button(live, asking):
    due = timezone.now() + timedelta(minutes=20)
    order = followed(asking, due_at=due, delivery_status="enroute_to_pickup")
    answer = poll(live)
    text = text_of(answer)
    for words in (
        f"1234 Due {asking.local(due):%H:%M} Uber Eats · Our own delivery",
        "In progress · Driver on the way here",
        "Extra napkins please",
        "2 × Cheeseburger No bun &lt;please&gt; 1 × Extra Patty 1 × Well done 1 × Cola",
    ):
        assert words in text
    assert f"/admin/orders/followedorder/{order.pk}/change/" in answer.content.decode()
    assert buttons(answer) == []
    assert "data-open" not in answer.content.decode()  # It does not ring.
    assert 'data-waiting="0"' in answer.content.decode()


def test_a_long_order_is_cut_and_counted(live, asking):
    items = [{"name": f"Dish {n}", "quantity": 1} for n in range(52)]
    followed(asking, details={"items": items})
    text = text_of(poll(live))
    assert "Dish 49" in text
    assert "Dish 50" not in text
    assert "And 2 more lines." in text


def test_they_are_in_spanish_too(live, asking):
    live.cookies[COOKIE] = "es"
    followed(asking)
    assert "De otro punto de venta" in text_of(poll(live))


def test_the_next_due_is_on_top_and_those_without_a_time_are_last(live, asking):
    now = timezone.now()
    for number, minutes in (("B", 30), ("A", 10)):
        followed(asking, number, due_at=now + timedelta(minutes=minutes))
    followed(asking, "C", due_at=None, status="brewing_up")
    answer = poll(live)
    assert columns(answer)["followed"] == ["A", "B", "C"]
    assert "Brewing up" in text_of(answer)


def test_ended_own_and_forgotten_orders_are_left_out(live, asking):
    now = timezone.now()
    followed(asking, "E", ended_at=now)
    followed(asking, "O", own_order=board_order(asking))
    followed(asking, "F", due_at=now - timedelta(hours=12, minutes=1))
    followed(asking, "G", due_at=None, confirmed_at=now - timedelta(hours=12, minutes=1))
    shown = columns(poll(live))
    assert "followed" not in shown
    assert shown["progress"] == ["A-1"]


def test_orders_of_other_locations_and_merchants_never_appear(live, browser_client, asking):
    foreign = factories.location(factories.merchant(), shows_followed_orders=True)
    followed(foreign, "F")
    followed(None, "U")
    quiet = factories.location(asking.merchant, name="Uptown")
    followed(quiet, "Q")
    followed(asking, "M")
    assert columns(poll(live))["followed"] == ["M"]
    there = f"{PART}?location={quiet.provider_id}"
    assert "followed" not in columns(poll(live, address=there))


@pytest.mark.parametrize("field", ["new", "status", "delivery_status", "updated_at", "ended_at"])
def test_every_change_changes_the_version(live, asking, field):
    order = followed(asking)
    version = poll(live)["ETag"]
    assert poll(live, version).status_code == 304
    if field == "new":
        followed(asking, "B-2")
    else:
        value = "changed" if "status" in field else timezone.now() + timedelta(seconds=1)
        FollowedOrder.objects.filter(pk=order.pk).update(**{field: value})
    assert poll(live, version).status_code == 200


def queries(browser, version=""):
    with CaptureQueriesContext(connection) as caught:
        answer = poll(browser, version)
    return len(caught), answer["ETag"]


def test_a_location_that_asks_costs_one_query_more_for_the_version_and_one_for_the_cards(
    live, location
):
    followed(location)
    poll(live)
    plain, version = queries(live)
    unchanged, _ = queries(live, version)
    Location.objects.update(shows_followed_orders=True)
    for number in range(5):
        followed(location, f"N-{number}")
    shown, version = queries(live)
    assert shown == plain + 2
    assert queries(live, version)[0] == unchanged + 1


def test_only_the_next_due_are_shown_when_there_are_too_many(live, asking, monkeypatch):
    monkeypatch.setattr("orders.board.followed.MAX_FOLLOWED", 2)
    now = timezone.now()
    for number in ("A", "B", "C"):
        followed(asking, number, due_at=now + timedelta(minutes=ord(number)))
    answer = poll(live)
    assert columns(answer)["followed"] == ["A", "B"]
    assert "Too many open orders" in text_of(answer)


def test_the_search_of_the_page_finds_them(live, asking):
    followed(asking, "A-7")
    followed(asking, "B-8")
    page = live.get(BOARD, {"q": "b-8"})
    assert columns(page)["followed"] == ["B-8"]


def test_the_owner_switches_them_on_at_the_location(live, location):
    page = live.get(f"/admin/catalog/location/{location.pk}/change/").content.decode()
    assert 'name="shows_followed_orders"' in page
