"""Followed orders over HTTP: received from Stream, erased on their page, repeated afterwards."""

from typing import Any

import pytest

from catalog.models import LocationAccess
from orders.models import FollowedOrder, StreamEvent
from orders.privacy.details import HISTORY_TEXT
from orders.stream_events import processing
from tests.orders.support.followed_secrets import CUSTOMER, DETAILS, secret_order
from tests.orders.support.personal_data import NOW, erase_by_the_clock, everything, now, secrets_in
from tests.support import factories
from tests.support.stream_events import send_event

__all__ = ["now"]  # Fixtures.


def confirm(location: Any, **fields: Any) -> None:
    order = {
        "id": "so-1", "source": "uber", "status": "completed", "currency": "usd",
        "customer": CUSTOMER, **DETAILS, **fields,
    }  # fmt: skip
    sent = send_event(
        type="order.confirmed", location_id="sl-1", reference_id=location.provider_id, order=order
    )
    assert sent.status_code == 201
    processing.process_due()


def press(client: Any, order: FollowedOrder) -> Any:
    return client.post(f"/admin/orders/followedorder/{order.pk}/press/erase/")


def page(client: Any, order: FollowedOrder) -> str:
    text: str = client.get(f"/admin/orders/followedorder/{order.pk}/change/").content.decode()
    return text


def test_an_owner_erases_a_followed_order_on_its_page(browser_client, owner, location):
    confirm(location)
    order, client = FollowedOrder.objects.get(), browser_client(owner)
    assert "Erase personal data …" in page(client, order)
    assert "Annabel Leigh" in page(client, order)
    assert press(client, order).status_code == 302
    shown = page(client, order)
    assert "Personal data was erased on 04 May 2026, 12:00." in shown
    assert "Erase personal data …" not in shown
    assert secrets_in(shown) == []
    press(client, order)
    assert order.history.filter(what=HISTORY_TEXT).count() == 1
    assert secrets_in(everything()) == []


def test_repeats_and_late_events_of_an_erased_order_bring_nothing_back(location):
    confirm(location)
    erase_by_the_clock()
    confirm(location)
    assert StreamEvent.objects.count() == 1
    confirm(location, total=7)
    assert [bytes(event.body) for event in StreamEvent.objects.all()] == [b"", b""]
    assert secrets_in(everything()) == []


@pytest.mark.parametrize("role", ["manager", "kitchen"])
def test_managers_and_kitchen_cannot_erase(browser_client, merchant, location, role):
    order, client = secret_order(location), browser_client(factories.user(merchant, role))
    assert "Erase personal data …" not in page(client, order)
    assert press(client, order).status_code == 403
    assert FollowedOrder.objects.get().erased_at is None


def test_other_merchants_limited_owners_and_anonymous_visitors_cannot_erase(
    browser_client, location, merchant, client
):
    order = secret_order(location)
    theirs = browser_client(factories.user(factories.merchant(name="Casa Verde"), "owner"))
    assert press(theirs, order).status_code == 404
    assert press(client, order).status_code == 302
    limited = factories.user(merchant, "owner")
    LocationAccess.objects.create(
        user=limited, location=factories.location(merchant, name="Uptown")
    )
    assert press(browser_client(limited), order).status_code == 404
    assert FollowedOrder.objects.get().erased_at is None


def test_an_open_order_has_no_button_and_says_what_to_do(browser_client, owner, location):
    order, client = secret_order(location, ended_at=None, due_at=NOW), browser_client(owner)
    assert "Erase personal data …" not in page(client, order)
    press(client, order)
    assert "Try again a day after it was due" in page(client, order)
    assert FollowedOrder.objects.get().erased_at is None
