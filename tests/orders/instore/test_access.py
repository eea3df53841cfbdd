"""Access to order entry, and malformed requests."""

import uuid

import pytest
from django.test import Client

from catalog.models import Location, LocationAccess
from integration import roles
from orders.models import Order, OrderEvent
from tests.orders.support.instore_pages import DISH, FINISH, HERE, LINE, NEW, Counter
from tests.support import factories

PAGES = [NEW, DISH, FINISH]


@pytest.fixture
def placed(counter: Counter) -> Order:
    counter.add("fam_soda")
    return counter.placed(
        how="merchant_managed_delivery", name="Ann", phone="+15125550100",
        street="5 Main St", city="Austin", postal_code="78701",
    )  # fmt: skip


def all_answers(client: Client, order: Order, location: str = "loc_downtown") -> set[int]:
    """Try every request of the pages; return the status codes."""
    here = {"location": location}
    key = {"key": "0" * 36, "total": "250", "how": "pickup", "paid": "paid", "do": "place"}
    answers = [
        client.get(NEW, here),
        client.get(DISH, here | {"family": "fam_soda"}),
        client.post(DISH, here | {"family": "fam_soda", "quantity": "1"}),
        client.post(LINE, here | {"line": "x", "do": "more"}),
        client.get(FINISH, here),
        client.post(FINISH, here | key),
        client.get(f"{NEW}{order.pk}/"),
        client.post(f"{NEW}{order.pk}/"),
        client.get(f"/board/orders/{order.pk}/driver/"),
        client.post(f"/board/orders/{order.pk}/driver/", {"name": "Eve", "phone": "+15125550100"}),
    ]
    return {answer.status_code for answer in answers}


@pytest.mark.parametrize("role", ["owner", "manager", "kitchen"])
def test_every_role_can_enter_orders(browser_client, merchant, shop, role):
    person = factories.user(merchant, role, full_name="Kim Cook")
    counter = Counter(browser_client(person))
    counter.add("fam_soda")
    assert counter.placed().entered_by == person


@pytest.mark.parametrize("is_foreign", [True, False])
def test_locations_and_orders_of_others_are_not_found(browser_client, merchant, placed, is_foreign):
    """Another merchant's owner, and a manager who is limited to another location."""
    person = factories.user(factories.merchant(name="Casa"), "owner")
    if not is_foreign:
        person = factories.user(merchant, "manager")
        uptown = factories.location(merchant, name="Uptown")
        LocationAccess.objects.create(user=person, location=uptown)
    client = browser_client(person)
    before = OrderEvent.objects.count()
    assert all_answers(client, placed) == {404}
    assert "Downtown" not in client.get(NEW, follow=True).content.decode()
    assert (Order.objects.count(), OrderEvent.objects.count()) == (1, before)


def test_a_limited_person_enters_orders_at_their_location(browser_client, merchant, shop):
    person = factories.user(merchant, "kitchen")
    factories.location(merchant, name="Uptown")
    LocationAccess.objects.create(user=person, location=shop)
    client = browser_client(person)
    assert client.get(NEW)["Location"] == f"{NEW}?location=loc_downtown"


def test_a_person_with_several_locations_chooses_one(counter, merchant):
    factories.location(merchant, name="Uptown", provider_id="loc_up")
    shown = counter.client.get(NEW).content.decode()
    assert f"{NEW}?location=loc_up" in shown
    assert f"{NEW}?location=loc_downtown" in shown


def test_without_the_permission_every_page_is_forbidden(
    browser_client, merchant, placed, monkeypatch
):
    monkeypatch.setitem(roles._GRANTED, roles.Role.KITCHEN, {"orders.view"})
    client = browser_client(factories.user(merchant, "kitchen"))
    assert all_answers(client, placed) == {403}


def test_anonymous_visitors_are_asked_to_sign_in(placed):
    client = Client(SERVER_NAME="127.0.0.1")
    assert all_answers(client, placed) == {302}
    assert "/account/sign-in/" in client.get(NEW)["Location"]
    assert Order.objects.get().driver == {}


def test_an_archived_location_accepts_no_order_but_shows_its_orders(counter, placed):
    Location.objects.update(archived_at=placed.created_at)
    assert counter.menu().status_code == 404
    assert counter.client.get(f"{NEW}{placed.pk}/").status_code == 200


@pytest.mark.parametrize("location_id", ["", "x", "\0", "loc_downtown\0", "é" * 300, "' OR 1=1"])
def test_an_unknown_location_is_not_found(counter, location_id):
    for address in PAGES:
        assert counter.client.get(address, {"location": location_id}).status_code == 404
        assert counter.client.post(address, {"location": location_id}).status_code in (404, 405)


@pytest.mark.parametrize("family", ["", "x", "\0", "mod_ham", "é" * 3000])
def test_an_unknown_dish_is_not_found(counter, family):
    assert counter.client.get(DISH, HERE | {"family": family}).status_code == 404
    assert counter.add(family).status_code == 404


@pytest.mark.parametrize(
    "fields",
    [
        {"line": "\0"}, {"line": "x" * 5000}, {"size": "\0"}, {"note": "\0 \ud7ff"},
        {"pick/grp_extras": ["mod_patty"] * 50}, {"pick/grp_extras": "\0"},
        {"pick/../..": "x"}, {"category": "\0" * 400},
    ],
)  # fmt: skip
def test_malformed_dish_fields_are_handled(counter, fields):
    assert counter.add("fam_soda", **fields).status_code == 302
    assert counter.placed().subtotal == 250


@pytest.mark.parametrize(
    "fields",
    [
        {"key": "\0"},
        {"key": "x" * 9000},
        {"key": ""},
        {"total": "\0"},
        {"total": "²"},
        {"do": "\0"},
    ],
)
def test_malformed_checkout_fields_are_handled(counter, fields):
    counter.add("fam_soda")
    answer = counter.place(**fields)
    is_total = "total" in fields
    assert answer.status_code == (400 if is_total else 302)
    assert Order.objects.count() == (0 if is_total else 1)


@pytest.mark.parametrize("key", ["x", "0", "1" * 400, uuid.UUID(int=0), "%00"])
def test_an_unknown_order_page_is_not_found(counter, key):
    assert counter.client.get(f"{NEW}{key}/").status_code == 404
    assert counter.client.post(f"/board/orders/{key}/driver/").status_code == 404


def test_a_cart_has_a_maximum_size(counter):
    for _ in range(100):
        assert counter.add("fam_soda").status_code == 302
    assert "at most 100 lines" in counter.add("fam_soda").content.decode()


def test_a_missing_line_is_reported(counter):
    answer = counter.client.post(LINE, HERE | {"line": "x", "do": "more"}, follow=True)
    assert "not in the cart any more" in answer.content.decode()


@pytest.mark.parametrize("role", ["owner", "kitchen"])
def test_the_admin_links_to_order_entry(browser_client, merchant, shop, role):
    client = browser_client(factories.user(merchant, role))
    link = "/admin/orders/order/enter/"
    assert link in client.get("/admin/orders/order/").content.decode()
    assert client.get(link)["Location"] == NEW
