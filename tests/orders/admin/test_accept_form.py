"""Accepting in the admin with a prep time, and the announced automatic decision."""

import json
from typing import Any

import pytest
from django.test import Client

from catalog.models import Location
from integration.models import OutboundEvent
from orders.models import Order
from orders.states import State
from tests.orders.support.deferred_orders import history, order

LIST = "/admin/orders/order/"
__all__ = ["order"]


@pytest.fixture
def client(browser_client: Any, owner: Any) -> Client:
    browser: Client = browser_client(owner)
    return browser


def _page(order: Order) -> str:
    return f"{LIST}{order.pk}/change/"


def _accept(client: Client, order: Order, entered: str) -> Any:
    pressed = f"{LIST}{order.pk}/press/accept/"
    return client.post(pressed, {"prep_time_minutes": entered}, follow=True)


@pytest.mark.parametrize(("entered", "stored"), [("25", 25), ("0", 0), ("15", 15), ("", 15)])
def test_accepting_sets_the_prep_time(client, order, entered, stored):
    assert 'name="prep_time_minutes" value="15"' in client.get(_page(order)).content.decode()
    _accept(client, order, entered)

    order.refresh_from_db()
    assert (order.state, order.prep_time_minutes) == (State.IN_PROGRESS, stored)
    details = {} if stored == 15 else {"preparation": f"{stored} minutes"}
    assert history(order)[0][3] == {"by": "Pat Owner", **details}
    assert json.loads(OutboundEvent.objects.get().body)["object"]["prep_time_minutes"] == stored


@pytest.mark.parametrize("entered", ["-1", "1441", "99999999999999999999", "soon", "1.5", "\0"])
def test_an_invalid_prep_time_accepts_nothing(client, order, entered):
    answer = _accept(client, order, entered)
    assert "Nothing was accepted." in answer.content.decode()
    assert Order.objects.get().state == State.PENDING
    assert not OutboundEvent.objects.exists()


def test_the_page_shows_the_automatic_decision(client, order):
    assert "after that it is rejected automatically" in client.get(_page(order)).content.decode()
    Location.objects.update(default_decision="accept")
    assert "after that it is accepted automatically" in client.get(_page(order)).content.decode()
    assert (
        "The first one is accepted automatically"
        in client.get(f"{LIST}reject/?order={order.pk}").content.decode()
    )
