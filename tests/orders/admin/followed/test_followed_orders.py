"""Followed orders in the admin: searched, read, never changed, and limited to one's own."""

from datetime import timedelta

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.models import LocationAccess
from orders.models import Driver, DriverAssignment, FollowedEvent, FollowedOrder
from tests.orders.support.board_pages import board_order, text_of
from tests.orders.support.other_pos_orders import DETAILS, followed, stream_event
from tests.support import factories
from tests.support.admin_forms import names

LIST = "/admin/orders/followedorder/"
EVENTS = "/admin/orders/streamevent/"


def page_of(order):
    return f"{LIST}{order.pk}/change/"


def test_the_list_shows_only_own_orders_in_readable_form(client, location, foreign):
    followed(None, "U-1")
    order = followed(location, "A-1", delivery_status="enroute_to_pickup")
    page = client.get(LIST)
    assert names(page) == {str(order)}
    text = text_of(page)
    for words in ("Uber Eats", "In progress", "Driver on the way here", "21.00 USD", "Test C."):
        assert words in text
    assert f"{location.local(order.due_at):%d %b %Y, %H:%M}" in text
    for word in ("F-1", "U-1", "Casa", "casachannel", "casastatus"):
        assert word not in text


def test_orders_are_found_by_number_customer_phone_and_streams_id(client, location):
    order = followed(location, "A-1", stream_order_id="so-1")
    followed(location, "B-2", customer_name="Bob", customer_phone="+19998887766")
    for words in ("A-1", "dsp-A-1", "Test C.", "2135550123", "so-1", str(order.pk)):
        assert names(client.get(LIST, {"q": words})) == {str(order)}, words


def test_filters_offer_and_accept_only_own_values(client, merchant, location, foreign):
    uptown = factories.location(merchant, name="Uptown")
    here = followed(location, "A-1", status="completed")
    there = followed(uptown, "B-2", source="grubhub")
    assert names(client.get(LIST, {"location": uptown.pk})) == {str(there)}
    assert names(client.get(LIST, {"channel": "uber"})) == {str(here)}
    assert names(client.get(LIST, {"status": "completed"})) == {str(here)}
    for query in (
        {"location": foreign.location_id}, {"channel": "casachannel"}, {"status": "casastatus"},
    ):  # fmt: skip
        assert names(client.get(LIST, query)) == {str(here), str(there)}
    assert client.get(LIST, {"merchant": foreign.merchant_id}).status_code == 400
    assert names(client.get(LIST, {"known": "no"})) == {str(here), str(there)}


def test_an_order_that_is_also_our_own_is_not_listed_again(client, location):
    own = board_order(location)
    order = followed(location, "A-1", own_order=own)
    assert names(client.get(LIST)) == set()
    assert names(client.get(LIST, {"pos": "here"})) == {str(order)}
    page = client.get(page_of(order)).content.decode()
    assert f"/admin/orders/order/{own.pk}/change/" in page


def test_our_own_staff_find_the_unassigned_ones(ours, location, foreign):
    lost, known = followed(None, "U-1"), followed(location, "A-1")
    assert names(ours.get(LIST)) == {str(lost), str(known), str(foreign)}
    assert names(ours.get(LIST, {"known": "no"})) == {str(lost)}
    assert names(ours.get(LIST, {"known": "yes"})) == {str(known), str(foreign)}
    assert names(ours.get(LIST, {"merchant": foreign.merchant_id})) == {str(foreign)}
    text = text_of(ours.get(page_of(lost)))
    assert "Nobody knows yet whose it is" in text
    assert f"{lost.confirmed_at:%d %b %Y, %H:%M} UTC" in text


def test_the_page_of_an_order(client, location, owner):
    order = followed(location, customer_phone_code="77", unpaid=True, stream_order_id="so-1")
    FollowedEvent.objects.create(
        followed=order,
        actor="staff",
        what="Driver assigned",
        details={"by": "Pat", "driver": "Sam"},
    )
    FollowedEvent.objects.create(
        followed=order, actor="stream", what="Confirmed", details={"status": "in_progress"}
    )
    event = stream_event(order, reason="As expected")
    driver = Driver.objects.create(merchant=location.merchant, name="Sam", phone="+12135550199")
    DriverAssignment.objects.create(
        merchant=location.merchant, location=location, driver=driver, followed=order,
        assigned_at=timezone.now(), assigned_by=owner,
    )  # fmt: skip
    page = client.get(page_of(order))
    text = text_of(page)
    for words in (
        "2 × Cheeseburger", "No bun &lt;please&gt;", "10.00 USD each", "1 × Well done",
        "Extra napkins please", "+12135550123 , code 77", "123 test lane, Los Angeles, CA",
        "Unpaid: to be collected", "Subtotal 15.00 USD", "Tax 1.50 USD", "Delivery fee 3.50 USD",
        "Tip for the driver 1.00 USD", "Total as sent 21.00 USD",
        "The amounts add up to the total.", "Our own delivery", "so-1", "STREAM_LOCATION_1",
        "Driver assigned Pat · Driver: Sam", "order.confirmed: Applied",
        "Confirmed Stream · Status: In progress",
        "Sam +12135550199", "Assigned by Pat Owner",
    ):  # fmt: skip
        assert words in text, words
    assert f"{EVENTS}{event.pk}/change/" in page.content.decode()
    assert "sp-depth-2" in page.content.decode()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"total": 2200}, "Their sum is 21.00 USD; the total that Stream sent is 1.00 USD more."),
        ({"total": 2000}, "Their sum is 21.00 USD; the total that Stream sent is 1.00 USD less."),
        ({"total": None}, "Total as sent not sent The sum is 21.00 USD."),
        ({"details": {}, "total": 1650}, "The amounts add up to the total."),
        ({"details": {**DETAILS, "delivery_fee_tax": 30}}, "The amounts add up to the total."),
        (
            {"details": {**DETAILS, "delivery_fee_tax": 30}, "total": 2130},
            "The amounts add up to the total.",
        ),
        ({"details": {**DETAILS, "delivery_fee_tax": 30}, "total": 2131}, "is 0.31 USD more."),
        ({"subtotal": None, "tax": None, "total": 450, "currency": ""}, "add up to the total."),
    ],
)
def test_the_arithmetic_of_the_amounts_is_checked(client, location, fields, words):
    text = text_of(client.get(page_of(followed(location, **fields))))
    assert words in text
    assert ("The amounts do not add up" in text) == words.endswith(("more.", "less."))


def test_a_deeply_nested_order_is_shown_whole(client, location):
    item = {"name": "Level 30", "quantity": 1}
    for level in range(29, -1, -1):
        item = {"name": f"Level {level}", "quantity": 1, "modifiers": [item]}
    text = text_of(client.get(page_of(followed(location, details={"items": [item]}))))
    assert text.index("Level 0") < text.index("Level 29") < text.index("Level 30")


def test_an_erased_order_shows_no_customer(client, location):
    order = followed(location, customer_name="", erased_at=timezone.now(), details={})
    assert "Personal data was erased on" in text_of(client.get(page_of(order)))
    assert "erased" in text_of(client.get(LIST))


def test_another_merchants_and_unassigned_orders_are_not_found(client, location, foreign):
    for order in (foreign, followed(None)):
        assert client.get(page_of(order)).status_code == 302
        assert client.get(f"{LIST}{order.pk}/history/").status_code == 302


def test_a_limited_person_sees_the_orders_of_their_location(browser_client, merchant, location):
    uptown = factories.location(merchant, name="Uptown")
    here, there = followed(location, "A-1"), followed(uptown, "B-2", source="grubhub")
    kitchen = factories.user(merchant, "kitchen")
    LocationAccess.objects.create(user=kitchen, location=location)
    browser = browser_client(kitchen)
    assert names(browser.get(LIST)) == {str(here)}
    assert names(browser.get(LIST, {"channel": "grubhub"})) == {str(here)}
    assert browser.get(page_of(there)).status_code == 302


@pytest.mark.parametrize("key", ["x", "0", "1" * 40, "a-1"])
def test_a_malformed_key_is_handled(client, location, key):
    assert client.get(f"{LIST}{key}/change/").status_code == 302
    query = {"q": key, "location": key, "channel": key, "status": key, "pos": key}
    assert client.get(LIST, query).status_code == 200


def test_nothing_can_be_changed_added_or_deleted(client, ours, location):
    order = followed(location)
    for browser in (client, ours):
        assert browser.post(page_of(order), {"number": "x"}).status_code == 403
        assert browser.get(f"{LIST}add/").status_code in (302, 403)
        assert browser.post(f"{LIST}{order.pk}/delete/", {"post": "yes"}).status_code == 403
    order.refresh_from_db()
    assert order.dsp_order_number == "1234"


def test_the_number_of_queries_does_not_depend_on_the_orders(ours, client, location):
    def queries(browser, address):
        with CaptureQueriesContext(connection) as caught:
            assert browser.get(address).status_code == 200
        return len(caught)

    order = followed(location)
    ContentType.objects.get_for_model(FollowedOrder)  # Kept by the process, read by its first page.
    few = [queries(one, address) for one in (client, ours) for address in (LIST, page_of(order))]
    for number in range(20):
        followed(location, f"N-{number}", due_at=timezone.now() + timedelta(hours=number))
        stream_event(order)
        FollowedEvent.objects.create(followed=order, actor="stream", what="Status changed")
    many = [queries(one, address) for one in (client, ours) for address in (LIST, page_of(order))]
    assert many == few
