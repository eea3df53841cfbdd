"""The admin pages of stores."""

import pytest

from dsp.models import Store
from dsp.stores import connection
from tests.dsp.support.channel import new_store
from tests.support import factories
from tests.support.admin_forms import errors, filled, names

pytestmark = pytest.mark.django_db
LIST = "/admin/dsp/store/"
FIELDS = {
    "name": "Airport drive-thru",
    "is_on": "on",
    "address_line_1": "3600 Presidential Blvd",
    "city": "Austin",
    "state": "TX",
    "postal_code": "78719",
    "country": "USA",
    "timezone": "America/Chicago",
}


@pytest.fixture
def browser(role, browser_client, owner):
    return browser_client(owner)


def _press(browser, action, store):
    form = {"action": action, "_selected_action": [store.pk]}
    return browser.post(f"{LIST}?archived=all", form, follow=True).content.decode()


@pytest.mark.parametrize("user_role", ["owner", "manager"])
def test_a_store_is_added_with_an_id_of_ours(role, browser_client, merchant, user_role):
    browser = browser_client(factories.user(merchant, user_role))
    assert browser.post(f"{LIST}add/", FIELDS).status_code == 302
    added = Store.objects.get()
    assert (added.merchant, added.is_on, added.connected_at) == (merchant, True, None)
    assert added.provider_id.startswith("str_")


@pytest.mark.parametrize("zone", ["", "Mars/Olympus"])
def test_a_store_needs_a_time_zone(browser, zone):
    assert "timezone" in errors(browser.post(f"{LIST}add/", {**FIELDS, "timezone": zone}))
    assert not Store.objects.exists()


def test_the_list_shows_the_state_of_the_merchants_own_stores(browser, merchant, store):
    new_store(factories.merchant(name="Elsewhere"), name="Foreign store")
    connection.connect(Store.objects.filter(pk=store.pk))
    page = browser.get(LIST)
    assert names(page) == {"Downtown, order ahead"}
    assert "Not connected" in page.content.decode()  # There is no authorization.
    Store.objects.update(is_on=False)
    assert "Not connected" not in browser.get(LIST).content.decode()


def test_another_merchants_store_cannot_be_opened_or_changed(browser):
    foreign = new_store(factories.merchant(name="Elsewhere"), name="Foreign store")
    page = f"{LIST}{foreign.pk}/change/"
    assert browser.get(page).status_code == 302
    browser.post(page, FIELDS)
    _press(browser, "archive", foreign)
    foreign.refresh_from_db()
    assert (foreign.name, foreign.archived_at) == ("Foreign store", None)


def test_archiving_disconnects_and_restoring_does_not_connect(browser, store):
    connection.connect(Store.objects.all())
    assert "archived" in _press(browser, "archive", store)
    store.refresh_from_db()
    assert (store.connected_at, store.archived_at is None) == (None, False)
    assert names(browser.get(LIST)) == set()
    _press(browser, "restore", store)
    store.refresh_from_db()
    assert (store.connected_at, store.archived_at) == (None, None)


@pytest.mark.parametrize(("user_role", "is_ended"), [("owner", True), ("manager", False)])
def test_only_an_owner_disconnects(role, browser_client, merchant, store, user_role, is_ended):
    connection.connect(Store.objects.all())
    _press(browser_client(factories.user(merchant, user_role)), "disconnect", store)
    assert (Store.objects.get().connected_at is None) == is_ended


def test_an_edit_keeps_the_id_and_the_connection(browser, store):
    connection.connect(Store.objects.all())
    page = f"{LIST}{store.pk}/change/"
    answer = browser.post(page, filled(browser.get(page), name="Downtown"))
    assert answer.status_code == 302
    after = Store.objects.get()
    assert (after.name, after.provider_id) == ("Downtown", "str_8H2K")
    assert after.connected_at is not None


def test_the_kitchen_sees_no_stores(role, browser_client, merchant, store):
    kitchen = browser_client(factories.user(merchant, "kitchen"))
    assert kitchen.get(LIST).status_code == 403


def test_without_the_role_there_are_no_pages_of_stores(browser_client, owner, store):
    browser = browser_client(owner)
    assert browser.get(LIST).status_code == 403
    assert "Ordering channel" not in browser.get("/admin/").content.decode()


def test_with_the_role_the_sidebar_leads_to_the_stores(browser):
    page = browser.get("/admin/").content.decode()
    assert "Ordering channel" in page
    assert f'href="{LIST}"' in page
