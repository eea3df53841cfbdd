"""Limits on orders that nobody has paid: by phone, by network, by store."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from dsp.models import ChannelOrder
from tests.dsp.support.menus import NOON

from .guest import Guest

pytestmark = pytest.mark.django_db


def order(phone="512 555 0100", address="192.0.2.1"):
    """Place an order as a new guest, and return the answer to the details form."""
    guest = Guest()
    guest.client = Client(SERVER_NAME="127.0.0.1", REMOTE_ADDR=address, enforce_csrf_checks=True)
    guest.add()
    details = guest.to_details().fill(phone=phone)
    return guest.send(details)


@pytest.fixture
def limits(settings):
    def limit(guest, store):
        settings.DSP = settings.DSP._replace(unpaid_per_guest=guest, unpaid_per_store=store)

    return limit


def test_a_phone_orders_so_often_within_an_hour_from_wherever(selling, limits):
    limits(2, 0)
    for address in ("192.0.2.1", "192.0.2.2"):
        assert order(address=address).status_code == 200
    with time_machine.travel(NOON + timedelta(minutes=20), tick=False):
        refused = order("+1 (512) 555-0100", "192.0.2.3")
        assert (refused.status_code, refused["Retry-After"]) == (429, "2400")
        page = refused.content.decode()
        assert "Too many orders within the hour." in page
        assert 'value="Ann Lee"' in page
        assert order("512 555 0101").status_code == 200
    with time_machine.travel(NOON + timedelta(hours=1), tick=False):
        assert order().status_code == 200
    assert ChannelOrder.objects.count() == 4


def test_a_network_orders_four_times_as_often_whatever_the_phone(selling, limits):
    limits(1, 0)
    network = "2001:db8:1:2"
    for number in range(4):
        assert order(f"512 555 010{number}", f"{network}::{number}").status_code == 200
    assert order("512 555 0109", f"{network}::9").status_code == 429
    assert order("512 555 0109", "2001:db8:1:3::9").status_code == 200
    kept = set(ChannelOrder.objects.values_list("placed_from", flat=True))
    assert len(kept) == 2
    assert not any("2001" in one for one in kept)


def test_a_store_gets_so_many_orders_from_all_guests(selling, limits):
    limits(0, 3)
    for number in range(3):
        assert order(f"512 555 010{number}", f"192.0.2.{number}").status_code == 200
    assert order("512 555 0109", "192.0.2.9").status_code == 429


def test_orders_that_the_restaurant_did_not_make_do_not_count(selling, limits):
    limits(1, 1)
    for state in ("failed", "canceled", "given_up"):
        assert order().status_code == 200
        ChannelOrder.objects.update(state=state)
    assert order().status_code == 200
    assert order().status_code == 429


def test_a_repeated_form_still_leads_to_its_order(selling, limits):
    limits(1, 1)
    guest = Guest()
    guest.add()
    details = guest.to_details()
    guest.send(details)
    guest.send(details)
    assert guest.page.status_code == 200
    assert "/placed/" in guest.address
