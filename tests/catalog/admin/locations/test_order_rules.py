"""The order rules on a location's page: acceptance, prep time, alerts."""

import pytest

from catalog.models import Location, LocationAccess, ObjectChange
from tests.support import factories
from tests.support.admin_forms import errors, filled

SAID = {
    "acceptance_mode": "below_load",
    "load_limit": "12",
    "default_decision": "accept",
    "prep_minutes_per_order": "2",
    "prep_orders_free": "5",
    "prep_minutes_per_item": "1",
    "prep_items_free": "8",
    "prep_time_most_minutes": "60",
    "call_after_seconds": "20",
    "call_late_minutes": "10",
    "call_emails": "pat@example.com, kim@example.com",
}


@pytest.fixture
def page(location):
    return f"/admin/catalog/location/{location.pk}/change/"


def test_a_manager_can_change_all_order_rules(browser_client, merchant, location, page):
    client = browser_client(factories.user(merchant, "manager"))
    form = filled(client.get(page), **SAID)
    del form["call_when_unwatched"]
    assert client.post(page, form).status_code == 302

    location.refresh_from_db()
    assert {name: str(getattr(location, name)) for name in SAID} == SAID
    assert not location.call_when_unwatched
    assert location.call_addresses == ["pat@example.com", "kim@example.com"]
    shown = client.get(page).content.decode()
    assert "With 17 open orders, a customer is told 44 minutes." in shown
    assert "A customer who orders 18 items while nothing else is open is told 30 minutes." in shown
    assert "Automatically below 12 open orders, otherwise by staff" in shown
    changes = {change[0]: change[2:] for change in ObjectChange.objects.latest("pk").changes}
    assert changes["minutes for each open order"] == [0, 2]
    assert changes["an order that staff do not decide on"] == ["is rejected", "is accepted"]
    assert len(changes) == len(SAID) + 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("load_limit", "0"),
        ("load_limit", "501"),
        ("load_limit", "-1"),
        ("load_limit", "99999999999999999999"),
        ("load_limit", "many"),
        ("load_limit", "\0"),
        ("default_decision", "maybe"),
        ("prep_minutes_per_order", "241"),
        ("prep_time_most_minutes", "1441"),
        ("call_after_seconds", "45"),
        ("call_late_minutes", "721"),
        ("call_emails", "pat"),
        ("call_emails", "pat@example.com\nBcc: all@example.com"),
        ("call_emails", "pat@example.com\0"),
        ("call_emails", ",".join(f"p{number}@example.com" for number in range(11))),
        ("call_emails", "p" * 1001),
    ],
)
def test_invalid_values_change_nothing(browser_client, owner, location, page, field, value):
    client = browser_client(owner)
    answer = client.post(page, filled(client.get(page), **{field: value, "name": "Elsewhere"}))
    assert field in errors(answer)
    location.refresh_from_db()
    assert (location.name, location.load_limit, location.call_emails) == ("Downtown", 10, "")


def test_the_kitchen_has_read_only_access(browser_client, merchant, page):
    client = browser_client(factories.user(merchant, "kitchen"))
    assert "Every customer is told 20 minutes." in client.get(page).content.decode()
    assert client.post(page, SAID).status_code == 403
    assert Location.objects.get().load_limit == 10


def test_other_merchants_do_not_see_the_page(client, browser_client, merchant, location, page):
    elsewhere = factories.location(merchant)
    limited = factories.user(merchant, "manager")
    LocationAccess.objects.create(user=limited, location=elsewhere)
    stranger = factories.user(factories.merchant(), "owner")
    for who in (browser_client(limited), browser_client(stranger), client):
        assert who.get(page).status_code == 302
        assert who.post(page, SAID).status_code == 302
    location.refresh_from_db()
    assert location.load_limit == 10


def test_a_new_location_has_the_default_rules(browser_client, owner, merchant):
    location = factories.location(merchant)
    location.refresh_from_db()
    assert (location.acceptance_mode, location.default_decision) == ("automatic", "reject")
    assert (location.prep_minutes_per_order, location.prep_minutes_per_item) == (0, 0)
    assert (location.call_after_seconds, location.call_late_minutes, location.call_emails) == (
        15,
        0,
        "",
    )
