"""Orders in the admin: searched, read, never changed, and limited to one's own."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Location, LocationAccess
from orders.models import InboundEvent, Order, OrderEvent, OrderLine
from orders.states import State
from tests.support import factories
from tests.support.admin_forms import names

LIST = "/admin/orders/order/"
EVENTS = "/admin/orders/inboundevent/"


def an_order(at: Location, number: str, **fields: Any) -> Order:
    defaults = {
        "state": State.IN_PROGRESS, "source": "uber", "dsp_order_id": f"dsp-{number}",
        "customer_name": "Ann", "prep_time_minutes": 15, "subtotal": 2600, "tax": 214,
        "total": 2814, "fingerprint": "x", "answer": "{}",
    }  # fmt: skip
    return Order.objects.create(
        merchant=at.merchant, location=at, identity=number, dsp_order_number=number,
        currency=at.merchant.currency, **defaults | fields,
    )  # fmt: skip


def an_event(order: Order, body: bytes = b'{"type":"order.created"}') -> InboundEvent:
    return InboundEvent.objects.create(
        merchant=order.merchant, event_type="order.created", body=body, outcome="accepted",
        status_code=200, answer='{"ok":true}', order=order,
    )  # fmt: skip


@pytest.fixture
def client(browser_client: Any, owner: Any) -> Any:
    return browser_client(owner)


@pytest.fixture
def foreign(db: None) -> Order:
    casa = factories.merchant(name="Casa Verde", currency="jpy")
    return an_order(factories.location(casa, name="Casa Uno"), "F-1", source="casachannel")


def test_the_list_shows_only_own_orders_in_readable_form(client, location, foreign):
    order = an_order(location, "A-1")
    page = client.get(LIST)
    assert names(page) == {str(order)}
    text = page.content.decode()
    assert "28.14 USD" in text
    assert "In progress" in text
    assert f"{location.local(order.created_at):%d %b %Y, %H:%M}" in text
    for word in ("F-1", "Casa Uno", "casachannel", "Casa Verde"):
        assert word not in text


def test_orders_are_found_by_number_channel_id_customer_and_key(client, location):
    order, _ = an_order(location, "A-1"), an_order(location, "B-2", customer_name="Bob")
    for words in ("A-1", "dsp-A-1", "Ann", str(order.pk)):
        assert names(client.get(LIST, {"q": words})) == {str(order)}


def test_filters_offer_only_own_values(client, merchant, location, foreign):
    uptown = factories.location(merchant, name="Uptown")
    here, there = an_order(location, "A-1"), an_order(uptown, "B-2", source="grubhub")
    assert names(client.get(LIST, {"location": uptown.pk})) == {str(there)}
    assert names(client.get(LIST, {"channel": "uber"})) == {str(here)}
    for query in ({"location": foreign.location_id}, {"channel": "casachannel"}):
        assert names(client.get(LIST, query)) == {str(here), str(there)}
    assert client.get(LIST, {"merchant": foreign.merchant_id}).status_code == 400


def test_the_page_of_an_order(client, location):
    details = {
        "special_instructions": "No nuts <b>",
        "delivery_address": {"street": "5 Main St", "city": "Austin"},
        "discounts": [{"amount": 100}],
        "store_tip": 200,
        "customers": [{"name": "Ann", "phone": "+1 555", "masked_phone_code": "77"}],
    }
    driver = {"name": "Dan", "vehicle_info": {"make": "Ford", "color": "red"}}
    order = an_order(location, "A-1", details=details, driver=driver, delivery_status="on_the_way")
    line = OrderLine.objects.create(
        order=order, position=0, kind="item", name="Burger", quantity=2, price_amount=1100,
        special_instructions="Well done",
    )  # fmt: skip
    OrderLine.objects.create(
        order=order, parent=line, depth=1, position=1, kind="modifier", name="Cheese",
        quantity=1, price_amount=150,
    )  # fmt: skip
    OrderEvent.objects.create(order=order, actor="stream", what="Accepted", state=order.state)
    event = an_event(order)
    page = client.get(f"{LIST}{order.pk}/change/").content.decode()
    for words in (
        "No nuts &lt;b&gt;", "5 Main St, Austin", "-1.00 USD", "2.00 USD", "+1 555, code 77",
        "red Ford", "on the way", "Burger", "Well done", "sp-depth-1", "1.50 USD", "28.14 USD",
        "Accepted", f"{EVENTS}{event.pk}/change/",
    ):  # fmt: skip
        assert words in page


def test_another_merchants_order_is_not_found(client, location, foreign):
    event = an_event(foreign)
    for address in (f"{LIST}{foreign.pk}/change/", f"{LIST}{foreign.pk}/history/"):
        assert client.get(address).status_code == 302
    assert client.get(f"{EVENTS}{event.pk}/change/").status_code == 302
    assert names(client.get(EVENTS)) == set()


@pytest.mark.parametrize("key", ["x", "0", "1" * 40, "a-1"])
def test_a_malformed_key_is_handled(client, key):
    assert client.get(f"{LIST}{key}/change/").status_code == 302
    assert client.get(LIST, {"q": key, "location": key, "channel": key}).status_code == 200


def test_a_limited_person_sees_the_orders_of_their_location(browser_client, merchant, location):
    user = factories.user(merchant, "kitchen")
    LocationAccess.objects.create(user=user, location=location)
    here = an_order(location, "A-1")
    there = an_order(factories.location(merchant, name="Uptown"), "B-2", source="grubhub")
    shown, hidden = an_event(here), an_event(there)
    client = browser_client(user)
    page = client.get(LIST)
    assert names(page) == {str(here)}
    assert "Uptown" not in page.content.decode()
    assert "grubhub" not in page.content.decode()
    assert client.get(f"{LIST}{there.pk}/change/").status_code == 302
    assert client.get(f"{EVENTS}{shown.pk}/change/").status_code == 200
    assert client.get(f"{EVENTS}{hidden.pk}/change/").status_code == 302


def test_nothing_is_added_changed_or_deleted(client, location):
    order = an_order(location, "A-1")
    for page, row in ((LIST, order), (EVENTS, an_event(order))):
        assert client.get(f"{page}add/").status_code == 403
        assert client.post(f"{page}{row.pk}/change/", {"state": "completed"}).status_code == 403
        assert client.post(f"{page}{row.pk}/delete/", {"post": "yes"}).status_code == 403
        data = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
        client.post(page, data)
        row.refresh_from_db()


@pytest.mark.parametrize(
    "body", [b'{"a": "<script>"}', b"not json \xff\xfe", b"[" * 50_000, b"1" * 9_000, b""]
)
def test_an_event_page_shows_any_body(client, location, body):
    event = an_event(an_order(location, "A-1"), body)
    page = client.get(f"{EVENTS}{event.pk}/change/")
    assert page.status_code == 200
    assert b"<script>&quot;" not in page.content
    assert b'"<script>"' not in page.content
    assert b"&quot;ok&quot;: true" in page.content


def test_events_are_found_by_order_not_by_body(client, location):
    event = an_event(an_order(location, "A-1"))
    assert names(client.get(EVENTS, {"q": "dsp-A-1"})) == {str(event)}
    assert names(client.get(EVENTS, {"q": str(event.order_id)})) == {str(event)}
    assert names(client.get(EVENTS, {"q": "order.created"})) == set()
    assert names(client.get(EVENTS, {"outcome__exact": "refused"})) == set()


@pytest.mark.parametrize("address", [LIST, EVENTS])
def test_a_long_list_needs_no_more_queries(client, location, address):
    counts = []
    for batch in range(2):
        for number in range(50):
            an_event(an_order(location, f"{batch}-{number}"))
        with CaptureQueriesContext(connection) as queries:
            client.get(address, {"all": "1"})
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 15
