"""Stores that take no orders: the page says so, and until when if that is known."""

from datetime import UTC, datetime, timedelta

import pytest

from dsp.live import overlay
from dsp.models import AvailabilityChange, ChannelOrder, FulfillmentType
from tests.dsp.menus.files import example
from tests.dsp.support.menus import NOON, go_live

from .guest import ORDER, text_of

pytestmark = pytest.mark.django_db
TWO_PM = NOON + timedelta(hours=2)


def test_a_pause_says_until_when(guest, drive_thru):
    drive_thru(paused_at=NOON, paused_until=TWO_PM)
    guest.open()
    assert "No orders at the moment: ordering is paused until 2:00 PM." in guest.text
    assert "Burger" in guest.text  # The menu can be read.
    guest.open(f"{ORDER}dish/?id=s-fam-burger")
    assert "paused until 2:00 PM." in guest.text
    assert "Add to order" not in guest.text


def test_a_pause_without_end_says_to_come_back(guest, drive_thru):
    drive_thru(own_paused_at=NOON)
    guest.open()
    assert "No orders at the moment: ordering is paused. Please try again later." in guest.text


def test_a_closed_store_says_when_it_opens(guest, selling, time_machine_at):
    time_machine_at(datetime(2026, 1, 11, 18, 0, tzinfo=UTC))  # A Sunday without hours.
    guest.open()
    assert "Closed now. Ordering opens Monday, 7:00 AM." in guest.text


def test_a_pause_between_details_and_order_leads_to_the_cart(guest, drive_thru):
    guest.add()
    form = guest.to_details()
    drive_thru(paused_at=NOON, paused_until=TWO_PM)
    guest.send(form)
    assert guest.address == f"{ORDER}cart/"
    assert "paused until 2:00 PM." in guest.text
    assert "Continue" not in guest.text
    assert not ChannelOrder.objects.exists()
    drive_thru(paused_at=None)
    guest.open(f"{ORDER}cart/")
    assert "Continue" in guest.text


def test_a_store_without_drive_thru_sells_nothing_here(guest, drive_thru):
    guest.add()
    drive_thru(fulfillment_types=[FulfillmentType.PICKUP])
    guest.open()
    assert "Online ordering is not available here." in guest.text
    assert "Burger" not in guest.text
    guest.open(f"{ORDER}details/")
    assert guest.address == f"{ORDER}cart/"
    assert "Continue" not in guest.text


@pytest.mark.parametrize("fields", [{"connected_at": None}, {"live_menu": None}, {"is_on": False}])
def test_a_store_that_cannot_sell_yet_says_so(guest, drive_thru, fields):
    drive_thru(**fields)
    guest.open()
    assert "Online ordering is not available at the moment." in guest.text


def test_what_is_sold_out_stays_on_the_menu(guest, selling):
    AvailabilityChange.objects.create(
        store=selling, kind="items", stream_id="s-fam-burger", is_active=False, arrival=99
    )
    overlay.forget()
    guest.open()
    assert "Burger Beef, pickles Allergens: wheat, dairy Sold out from $8.00" in guest.text
    assert "dish/?id=" not in guest.page.content.decode()
    guest.open(f"{ORDER}dish/?id=s-fam-burger")
    assert "Sold out" in guest.text
    assert "Add to order" not in guest.text


def test_a_menu_that_is_served_later_says_when(guest, selling):
    file = example(1)
    dinner = example(1)["menus"][0] | {"stream_id": "s-menu-dinner", "name": "Dinner"}
    dinner["schedule"] = {"thursday": ["17:00-22:00"]}
    item = dinner["categories"][0]["items"][0]
    dinner["categories"][0]["items"] = [item | {"stream_id": "s-fam-steak", "name": "Steak"}]
    file["menus"].insert(0, dinner)
    go_live(selling, file)
    guest.open()
    assert guest.text.index("Burgers All day") < guest.text.index("Burgers Dinner")
    assert "Served from 5:00 PM." in guest.text
    assert "id=s-fam-steak" not in guest.page.content.decode()


@pytest.mark.parametrize(
    "path", ["", "dish/?id=x", "cart/", "details/", f"placed/{'a' * 32}/", "placed/a/state/"]
)
def test_the_pages_are_404_while_the_role_is_off_or_the_store_unknown(guest, settings, path):
    unknown = guest.open(f"/order/str_none/{path}")
    assert unknown.status_code == 404
    assert guest.open(f"/order/a%00b/{path}").status_code == 404
    settings.STREAM_DSP_CLIENT_ID = ""
    off = guest.open(ORDER + path)
    assert (off.status_code, text_of(off)) == (404, text_of(unknown))


def test_an_archived_store_is_404(guest, drive_thru):
    drive_thru(archived_at=NOON)
    assert guest.open().status_code == 404
