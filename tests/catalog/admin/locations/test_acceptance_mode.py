"""A location's acceptance mode, on its page and in its history."""

import pytest

from catalog.models import Location, ObjectChange
from tests.support import factories
from tests.support.admin_forms import errors, filled

LIST = "/admin/catalog/location/"
SAID = "By staff, within 45 seconds"


@pytest.fixture
def page(location):
    return f"{LIST}{location.pk}/change/"


def test_a_new_location_accepts_orders_automatically(merchant):
    assert factories.location(merchant).acceptance_mode == "automatic"


def test_a_manager_can_let_staff_accept_orders(browser_client, merchant, location, page):
    client = browser_client(factories.user(merchant, "manager"))
    shown = client.get(page)
    assert SAID not in shown.content.decode()
    assert client.post(page, filled(shown, acceptance_mode="manual")).status_code == 302

    location.refresh_from_db()
    assert location.acceptance_mode == "manual"
    assert SAID in client.get(page).content.decode()
    change = ObjectChange.objects.latest("pk")
    assert change.changes == [
        ["orders are accepted", "", "automatically", "by staff, within 45 seconds"]
    ]


@pytest.mark.parametrize("mode", ["", "maybe", "Manual"])
def test_other_acceptance_modes_are_refused(browser_client, owner, page, mode):
    client = browser_client(owner)
    answer = client.post(page, filled(client.get(page), acceptance_mode=mode))
    assert "acceptance_mode" in errors(answer)
    assert Location.objects.get().acceptance_mode == "automatic"


def test_the_kitchen_has_read_only_access(browser_client, merchant, location, page):
    client = browser_client(factories.user(merchant, "kitchen"))
    assert "automatically" in client.get(page).content.decode()
    assert client.post(page, {"acceptance_mode": "manual"}).status_code == 403
    assert Location.objects.get().acceptance_mode == "automatic"


def test_another_merchants_location_is_not_found(browser_client, location, page):
    client = browser_client(factories.user(factories.merchant(name="Casa"), "owner"))
    client.post(page, {"acceptance_mode": "manual"})
    assert Location.objects.get().acceptance_mode == "automatic"
