"""The admin pages of stores."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dsp.admin.stores import status
from dsp.live.state import StoreState
from dsp.menus.schema import PublishedMenu
from dsp.models import MenuContent, ReceivedMenu, Store
from dsp.stores import connection
from tests.dsp.support.channel import new_store
from tests.dsp.support.order_rows import channel_order
from tests.orders.support.board_pages import text_of
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


def _menu_of(store, **fields):
    row = {"arrival": 1, "number": 7, "currency": "jpy", "live_at": timezone.now()}
    menu = ReceivedMenu.objects.create(store=store, **row | fields)
    empty = PublishedMenu(1, "jpy", 20, (), (), ())
    MenuContent.objects.create(
        menu=menu, file=b"", compiled=msgspec.msgpack.encode(empty), guest_body=b"",
        guest_gzip=b"", object_ids=b"",
    )  # fmt: skip
    Store.objects.filter(pk=store.pk).update(live_menu=menu)


def _state(monkeypatch, *state):
    """Let the live menu's hours answer this."""
    answer = StoreState(*state, menu_id=None, timetable=None)
    monkeypatch.setattr(status.live_state, "state_of", lambda *_, **__: answer)


def _line(browser):
    (store,) = browser.get(LIST).context_data["cl"].result_list
    sentences = [hint.sentence for hint in store.status.hints]
    return (store.status.label, store.status.line.replace("\xa0", " "), sentences)


def test_the_form_takes_types_and_amounts_of_the_menus_currency(browser, store):
    _menu_of(store)
    page = f"{LIST}{store.pk}/change/"
    form = filled(browser.get(page), name="Downtown") | {
        "phone": "+1 (512) 555-0123", "fulfillment_types": ["pickup", "drive_thru"],
        "delivery_fee": "399", "delivery_fee_tax_rate": "8.5", "guests_may_cancel_late": "on",
    }  # fmt: skip
    assert "Delivery fee (JPY)" in browser.get(page).content.decode()
    assert browser.post(page, form).status_code == 302
    after = Store.objects.get()
    assert (after.phone, after.fulfillment_types) == ("+15125550123", ["pickup", "drive_thru"])
    assert (after.delivery_fee, after.service_charge, after.delivery_fee_tax_rate) == (399, 0, 8.5)
    assert after.guests_may_cancel_late
    wrong = {"phone": "555", "delivery_fee": "3.99", "delivery_fee_tax_rate": "101"}
    text = errors(browser.post(page, form | wrong | {"fulfillment_types": ["kiosk"]}))
    for name in (*wrong, "fulfillment_types"):
        assert f"* {name}\n" in text


def test_the_status_line_says_why_a_store_is_closed_and_until_when(browser, store, monkeypatch):
    assert _line(browser)[:2] == (
        "Not connected",
        "Stream connects it when it publishes its menu · no fulfillment type",
    )
    until = datetime(2030, 1, 1, 20, tzinfo=UTC)
    Store.objects.update(own_paused_at=timezone.now(), own_paused_until=until)
    _menu_of(store)
    _state(monkeypatch, False, "store_paused", until)
    assert _line(browser)[:2] == (
        "Closed",
        "paused by us until 01 Jan 2030, 14:00 · menu 7, 0 minutes old · no fulfillment type",
    )
    Store.objects.update(own_paused_until=None, paused_at=timezone.now())
    _state(monkeypatch, False, "store_paused", None)
    assert _line(browser)[1].startswith(
        "paused by Stream until Stream resumes it and by us until somebody resumes it · menu 7"
    )
    _state(monkeypatch, True, None, None)
    assert _line(browser)[0] == "Open"
    assert _line(browser)[1].startswith("takes orders · menu 7, 0 minutes old")


def test_the_status_has_hints_about_odd_stores(browser, store, monkeypatch):
    _state(monkeypatch, True, None, None)
    assert _line(browser)[2] == ["Guests can order nothing: choose a fulfillment type."]
    eight_days_ago = timezone.now() - timedelta(days=8)
    _menu_of(store, live_at=eight_days_ago)
    Store.objects.update(suspect_since=timezone.now(), fulfillment_types=["drive_thru"])
    line, (stale, suspect, unpaid) = _line(browser)[1:]
    assert line == (
        "takes orders · menu 7, 1 week old · stale · its POS refuses carts"
        " · no unpaid order accepted yet"
    )
    assert stale == "Its menu is older than a week: publish it again in Stream."
    assert suspect.startswith("Its POS refuses carts of this menu since ")
    assert unpaid.startswith("Until its first unpaid order was accepted")
    channel_order(store, is_unpaid=True, accepted_at=timezone.now())
    assert len(_line(browser)[2]) == 2
    ReceivedMenu.objects.create(store=store, arrival=2, verdict="refused")
    assert "Its last published menu was not taken" in _line(browser)[2][1]
    ReceivedMenu.objects.create(store=store, arrival=3, verdict="live")
    assert len(_line(browser)[2]) == 2


def test_more_stores_take_no_more_queries(browser, merchant, store):
    def queries():
        with CaptureQueriesContext(database) as captured:
            assert browser.get(LIST).status_code == 200
        return len(captured)

    _menu_of(store)
    queries()  # Reads the hours of the first menu.
    few = queries()
    for number in range(30):
        _menu_of(new_store(merchant, name=f"Store {number}"))
    queries()
    assert queries() == few


def test_a_store_is_paused_and_resumed(browser, store):
    page = f"{LIST}{store.pk}/change/"
    press = f"{LIST}{store.pk}/press/"
    assert "Resume" not in text_of(browser.get(page))
    answer = browser.post(f"{press}pause_half_an_hour/", follow=True)
    assert "Downtown, order ahead: paused until " in text_of(answer)
    paused = Store.objects.get()
    assert paused.own_paused_until - paused.own_paused_at == pytest.approx(
        timedelta(minutes=30), abs=timedelta(seconds=5)
    )
    assert "Resume" in text_of(browser.get(page))
    browser.post(f"{press}pause/")
    assert Store.objects.get().own_paused_until is None
    browser.post(f"{press}resume/")
    assert Store.objects.get().own_paused_at is None
    _press(browser, "pause", store)
    assert Store.objects.get().own_paused_at is not None


def test_the_page_leads_to_the_order_page_its_code_and_a_key(browser, store, settings):
    settings.PUBLIC_URL = "https://pos.example.com"
    page = browser.get(f"{LIST}{store.pk}/change/").content.decode()
    assert 'href="https://pos.example.com/order/str_8H2K/"' in page
    assert f'href="/admin/dsp/channelkey/add/?merchant={store.merchant_id}"' in page
    assert "It sells drive-thru only, paid at the window." in page
    code = browser.get(f"{LIST}{store.pk}/qr.svg")
    assert code["Content-Type"] == "image/svg+xml"
    assert code.content.startswith(b"<?xml")
    assert b"<title>Downtown, order ahead</title>" in code.content
    foreign = new_store(factories.merchant(name="Elsewhere"))
    assert browser.get(f"{LIST}{foreign.pk}/qr.svg").status_code == 404
    assert browser.post(f"{LIST}{foreign.pk}/press/pause/").status_code == 404
