"""Switching off from an order line, the list of what is off, switching on, and pausing."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from catalog.models import LocationAccess, ObjectChange
from integration import roles
from integration.models import OutboundEvent
from tests.orders.support.board_pages import BOARD, board_order, line, text_of
from tests.orders.support.stream_orders import make_menu, off, thing
from tests.support import factories

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 4, 17, 0, tzinfo=UTC)  # Monday noon in Chicago.
OFF, ON, PAUSE = f"{BOARD}off/", f"{BOARD}on/", f"{BOARD}pause/"


@pytest.fixture
def sold(merchant, location):
    """A line of a burger at the location."""
    make_menu(merchant)
    return line(board_order(location), "Cheeseburger", provider_id="fam_burger")


def switch(order_line):
    return f"{BOARD}lines/{getattr(order_line, 'pk', order_line)}/off/"


def here(provider_id="fam_burger"):
    return thing(provider_id).at_locations.get()


@pytest.mark.parametrize("is_live", [True, False])
def test_switching_off_asks_for_how_long(board, sold, is_live):
    assert switch(sold) in board.get(BOARD).content.decode()
    headers = {"HTTP_HX_REQUEST": "true"} if is_live else {}
    answer = board.get(switch(sold), **headers)
    assert "Switch off: Cheeseburger" in text_of(answer)
    assert ("<html" in answer.content.decode()) is not is_live


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize(
    ("how", "until", "words"),
    [
        ("hour", NOW + timedelta(hours=1), "until 13:00."),
        ("day", datetime(2026, 5, 5, 9, 0, tzinfo=UTC), "until Tue 5 May, 04:00."),
        ("stay", None, "until you switch it on."),
    ],
)
def test_it_is_off_for_the_chosen_time(live, sold, how, until, words):
    answer = live.post(switch(sold), {"how": how})
    assert (here().is_active, here().inactive_until) == (False, until)
    assert f"Cheeseburger is off at Downtown {words}" in text_of(answer)
    assert 'value="fam_burger"' in answer.content.decode()
    change = ObjectChange.objects.latest("pk")
    assert "owner@example.com" in str(vars(change)) or "Pat Owner" in str(vars(change))


@pytest.mark.parametrize("provider_id", ["item_large", "mod_cheese", "fam_burger"])
def test_sizes_and_modifiers_are_switched_too(kitchen, sold, provider_id):
    order_line = line(sold.order, "Something", 1, provider_id=provider_id)
    answer = kitchen.post(switch(order_line), {"how": "stay"}, follow=True)
    assert here(provider_id).is_active is False
    assert answer.redirect_chain == [(OFF, 302)]


@pytest.mark.parametrize("how", ["", "week", "\0"])
def test_an_unknown_duration_is_refused(live, sold, how):
    assert live.post(switch(sold), {"how": how}).status_code == 400
    assert not thing("fam_burger").at_locations.exists()


@pytest.mark.parametrize("provider_id", ["gone", "", "a\ufffd"])
def test_an_object_no_longer_on_the_menu_is_reported(live, sold, provider_id):
    order_line = line(sold.order, "Old dish", 1, provider_id=provider_id)
    assert "no longer on the menu" in text_of(live.get(switch(order_line)))
    assert "Old dish is not on the menu" in text_of(live.post(switch(order_line), {"how": "stay"}))


def test_an_open_line_has_nothing_to_switch(board, location):
    order_line = line(board_order(location), "Bag fee", kind="open")
    assert switch(order_line) not in board.get(BOARD).content.decode()


def test_what_is_off_is_listed_and_can_be_switched_back_on(live, sold, location):
    off("item_large")()
    off("grp_toppings")()
    thing("fam_soda").at_locations.create(location=location, stock_count=0)
    text = text_of(live.get(OFF))
    assert "Pizza, Large until switched back on" in text
    assert "Toppings until switched" in text
    assert "Soda sold out Soda : How many are left? Back on Soda" in text
    assert "Cheeseburger" not in text

    answer = live.post(ON, {"at": "loc_downtown", "object": "item_large"})

    assert "Pizza, Large is back on at Downtown." in text_of(answer)
    assert here("item_large").is_active is True
    assert 'value="item_large"' not in answer.content.decode()


@pytest.mark.parametrize("is_live", [True, False])
def test_a_sold_out_item_comes_back_by_a_recount(board, sold, location, is_live):
    thing("fam_soda").at_locations.create(location=location, stock_count=0)
    headers = {"HTTP_HX_REQUEST": "true"} if is_live else {}
    sent = {"at": "loc_downtown", "object": "fam_soda", "left": "12"}
    answer = board.post(ON, sent, follow=True, **headers)
    assert "Soda: 12 left at Downtown." in text_of(answer)
    assert (here("fam_soda").stock_count, here("fam_soda").is_active) == (12, True)
    assert 'value="fam_soda"' not in answer.content.decode()
    change = ObjectChange.objects.latest("pk")
    assert "Pat Owner" in str(vars(change))


@pytest.mark.parametrize("left", ["", "0", "-1", "100001", "many", "1.5", "\0", "9" * 5000])
def test_a_recount_must_be_a_valid_number(live, sold, location, left):
    thing("fam_soda").at_locations.create(location=location, stock_count=0)
    answer = live.post(ON, {"at": "loc_downtown", "object": "fam_soda", "left": left})
    assert "Enter how many of Soda are left: 1 to 100,000." in text_of(answer)
    assert here("fam_soda").stock_count == 0


def test_a_modifier_group_is_switched_but_never_counted(live, sold):
    off("grp_toppings")()
    answer = live.post(ON, {"at": "loc_downtown", "object": "grp_toppings", "left": "3"})
    assert "Toppings is back on at Downtown." in text_of(answer)


@pytest.mark.parametrize("value", ["nothing", "", "\0", "x" * 3000])
def test_an_unknown_object_cannot_be_switched_on(live, sold, value):
    assert live.post(ON, {"at": "loc_downtown", "object": value}).status_code == 404
    assert live.post(ON, {"at": value, "object": "fam_burger"}).status_code == 404


def test_other_merchants_lines_and_locations_are_not_found(live, sold):
    elsewhere = factories.merchant()
    place = factories.location(elsewhere, provider_id="loc_foreign", name="Foreign Place")
    family = factories.family(elsewhere, provider_id="fam_foreign", name="Foreign dish")
    order_line = line(board_order(place), "Foreign dish", provider_id="fam_foreign")
    family.at_locations.create(location=place, is_active=False)

    assert live.get(switch(order_line)).status_code == 404
    assert live.post(switch(order_line), {"how": "stay"}).status_code == 404
    assert live.post(ON, {"at": "loc_foreign", "object": "fam_foreign"}).status_code == 404
    assert live.post(ON, {"at": "loc_downtown", "object": "fam_foreign"}).status_code == 404
    assert live.post(PAUSE, {"at": "loc_foreign", "how": "stay"}).status_code == 404
    for address in (OFF, PAUSE):
        assert "Foreign" not in text_of(live.get(address))
        assert live.get(f"{address}?location=loc_foreign").status_code == 404
    place.refresh_from_db()
    assert not place.is_paused()
    assert family.at_locations.get().is_active is False


def test_a_limited_person_switches_and_pauses_only_their_own_locations(
    browser_client, merchant, location, sold
):
    person = factories.user(merchant, "kitchen")
    uptown = factories.location(merchant, provider_id="loc_uptown", name="Uptown")
    LocationAccess.objects.create(user=person, location=uptown)
    browser = browser_client(person)
    off("fam_soda")()
    assert browser.post(switch(sold), {"how": "stay"}).status_code == 404
    assert browser.post(ON, {"at": "loc_downtown", "object": "fam_soda"}).status_code == 404
    assert browser.post(PAUSE, {"at": "loc_downtown", "how": "stay"}).status_code == 404
    assert "Soda" not in text_of(browser.get(OFF))
    assert "Downtown" not in text_of(browser.get(PAUSE))
    assert browser.post(PAUSE, {"at": "loc_uptown", "how": "stay"}).status_code == 302


@pytest.mark.parametrize("address", [OFF, PAUSE, switch(uuid.UUID(int=1))])
def test_a_person_without_the_permission_gets_a_403(kitchen, client, monkeypatch, address):
    assert client.get(address).status_code == 302
    assert client.post(address, HTTP_HX_REQUEST="true").status_code == 401
    monkeypatch.setitem(roles._GRANTED, roles.Role.KITCHEN, {"orders.view"})
    assert kitchen.get(address).status_code == 403
    assert kitchen.post(address).status_code == 403
    assert kitchen.post(ON).status_code == 403


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize("role", ["owner", "manager", "kitchen"])
@pytest.mark.parametrize(
    ("how", "until", "words"),
    [
        ("half", NOW + timedelta(minutes=30), "until 12:30."),
        ("hour", NOW + timedelta(hours=1), "until 13:00."),
        ("day", datetime(2026, 5, 5, 9, 0, tzinfo=UTC), "until Tue 5 May, 04:00."),
        ("stay", None, "until somebody resumes it."),
    ],
)
def test_every_role_can_pause_and_resume_and_stream_is_told(
    browser_client, merchant, location, token, role, how, until, words
):
    factories.connect(location)
    browser = browser_client(factories.user(merchant, role))
    answer = browser.post(PAUSE, {"at": "loc_downtown", "how": how}, HTTP_HX_REQUEST="true")
    location.refresh_from_db()
    assert (location.is_paused(), location.paused_until) == (True, until)
    assert f"Downtown is paused {words}" in text_of(answer)
    assert "Paused: not accepting orders." in text_of(browser.get(BOARD))
    assert OutboundEvent.objects.latest("pk").event_type == "location.status.updated"

    answer = browser.post(PAUSE, {"at": "loc_downtown", "how": "resume"}, follow=True)

    assert answer.redirect_chain == [(BOARD, 302)]
    assert "Downtown takes orders again." in text_of(answer)
    location.refresh_from_db()
    assert not location.is_paused()
    assert "Paused" not in text_of(browser.get(BOARD))


@pytest.mark.parametrize("how", ["", "week", "\0"])
def test_an_unknown_pause_is_refused(live, location, how):
    assert live.post(PAUSE, {"at": "loc_downtown", "how": how}).status_code == 400
    location.refresh_from_db()
    assert not location.is_paused()
