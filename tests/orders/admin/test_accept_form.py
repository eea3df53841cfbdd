"""Accepting in the admin says when the order is ready; the page says what the clock will do."""

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
    made: Client = browser_client(owner)
    return made


def _page(order: Order) -> str:
    return f"{LIST}{order.pk}/change/"


def _accept(client: Client, order: Order, said: str) -> Any:
    pressed = f"{LIST}{order.pk}/press/accept/"
    return client.post(pressed, {"prep_time_minutes": said}, follow=True)


@pytest.mark.parametrize(("said", "kept"), [("25", 25), ("0", 0), ("15", 15), ("", 15)])
def test_whoever_accepts_says_when_it_is_ready(client, order, said, kept):
    assert 'name="prep_time_minutes" value="15"' in client.get(_page(order)).content.decode()
    _accept(client, order, said)

    order.refresh_from_db()
    assert (order.state, order.prep_time_minutes) == (State.IN_PROGRESS, kept)
    told = {} if kept == 15 else {"preparation": f"{kept} minutes"}
    assert history(order)[0][3] == {"by": "Pat Owner", **told}
    assert json.loads(OutboundEvent.objects.get().body)["object"]["prep_time_minutes"] == kept


@pytest.mark.parametrize("said", ["-1", "1441", "99999999999999999999", "soon", "1.5", "\0"])
def test_a_time_that_is_none_accepts_nothing(client, order, said):
    answer = _accept(client, order, said)
    assert "Nothing was accepted." in answer.content.decode()
    assert Order.objects.get().state == State.PENDING
    assert not OutboundEvent.objects.exists()


def test_the_page_says_what_the_clock_will_do(client, order):
    assert "after that it is rejected automatically" in client.get(_page(order)).content.decode()
    Location.objects.update(default_decision="accept")
    assert "after that it is accepted automatically" in client.get(_page(order)).content.decode()
    assert (
        "The first is accepted by itself"
        in client.get(f"{LIST}reject/?order={order.pk}").content.decode()
    )
