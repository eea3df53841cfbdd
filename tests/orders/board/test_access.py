"""People who see the board, and the locations they see there."""

import pytest
from django.utils import timezone

from catalog.models import LocationAccess
from integration import roles
from tests.orders.support.board_pages import (
    BOARD,
    PART,
    board_order,
    columns,
    text_of,
)
from tests.support import factories

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("address", [BOARD, f"{BOARD}?location=loc_downtown"])
def test_nothing_is_shown_before_signing_in(client, location, address):
    answer = client.get(address)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/account/sign-in/?next=/board/")


def test_without_the_permission_there_is_no_board(kitchen, monkeypatch):
    monkeypatch.setitem(roles._GRANTED, roles.Role.KITCHEN, {"catalog.view"})
    assert kitchen.get(BOARD).status_code == 403
    assert kitchen.get(PART).status_code == 403


def test_all_locations_or_one_of_them(board, merchant, location):
    uptown = factories.location(merchant, provider_id="loc_uptown", name="Uptown")
    board_order(location)
    board_order(uptown, dsp_order_number="B-2")
    assert columns(board.get(BOARD))["progress"] == ["A-1", "B-2"]
    assert columns(board.get(f"{BOARD}?location=loc_uptown"))["progress"] == ["B-2"]
    assert columns(board.get(f"{PART}?location=loc_uptown"))["progress"] == ["B-2"]
    assert '<option value="loc_uptown" selected>' in (
        board.get(f"{BOARD}?location=loc_uptown").content.decode()
    )


@pytest.mark.parametrize("address", [BOARD, PART])
@pytest.mark.parametrize(
    "location_id", ["loc_foreign", "loc_archived", "nothing", "%00", "%ff", "' OR 1"]
)
def test_other_merchants_locations_are_not_found(board, merchant, address, location_id):
    elsewhere = factories.location(factories.merchant(), provider_id="loc_foreign")
    gone = factories.location(merchant, provider_id="loc_archived", archived_at=timezone.now())
    board_order(elsewhere, dsp_order_number="FOREIGN")
    board_order(gone, dsp_order_number="GONE")
    assert board.get(f"{address}?location={location_id}").status_code == 404
    assert columns(board.get(address))["progress"] == []


def test_a_limited_person_sees_only_their_own_locations(browser_client, merchant, location):
    person = factories.user(merchant, "kitchen")
    uptown = factories.location(merchant, provider_id="loc_uptown", name="Uptown")
    LocationAccess.objects.create(user=person, location=uptown)
    board_order(location)
    board_order(uptown, dsp_order_number="B-2")
    browser = browser_client(person)
    for address in (BOARD, PART):
        assert columns(browser.get(address))["progress"] == ["B-2"]
        assert browser.get(f"{address}?location=loc_downtown").status_code == 404
    assert "Downtown" not in browser.get(BOARD).content.decode()


def test_our_own_staff_choose_a_merchants_location(browser_client, location):
    browser = browser_client(factories.user(None, "", is_superuser=True))
    board_order(location)
    asked = browser.get(BOARD)
    assert 'href="/board/?location=loc_downtown"' in asked.content.decode()
    assert "Harbor Kitchen" in text_of(asked)
    assert "A-1" not in text_of(asked)
    assert columns(browser.get(f"{BOARD}?location=loc_downtown"))["progress"] == ["A-1"]


def test_a_merchant_without_a_location_is_told_so(browser_client, owner):
    assert "No locations yet." in text_of(browser_client(owner).get(BOARD))
