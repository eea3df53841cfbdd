"""A key reused with different content is refused, and staff see it (contract ORD-NEW)."""

import pytest

from orders.models import InboundEvent, Order
from orders.states import State
from tests.orders.support.stream_orders import order, refusal_in
from tests.support import factories
from tests.support.admin_forms import names

pytestmark = pytest.mark.usefixtures("menu")
EVENTS = "/admin/orders/inboundevent/"


def _twice(stream):
    stream.order(**order())
    first = Order.objects.get()
    assert refusal_in(stream.order(**order(tax=1))) == {
        "orderValidation": [
            {
                "order_error": "invalid_cart",
                "order_error_reason": "An order with this key was accepted before with"
                " different content. Send a new key for a new order; to change an order, cancel it"
                " and send it again.",
            }
        ]
    }
    return first


def test_the_orders_history_says_it_and_nothing_else_changes(stream):
    first = _twice(stream)
    Order.objects.update(state=State.READY_FOR_PICKUP)
    refusal_in(stream.order(**order(tax=2)))

    said = [(one.actor, one.what, one.state) for one in first.history.all()]
    assert said == [
        ("stream", "Order accepted", "in_progress"),
        ("stream", "The key came again with other content", "in_progress"),
        ("stream", "The key came again with other content", "ready_for_pickup"),
    ]
    kept = Order.objects.get()
    assert (kept.tax, kept.total, kept.state) == (0, 1000, "ready_for_pickup")


def test_a_repeat_says_nothing_of_it(stream, browser_client, owner):
    stream.order(**order())
    stream.order(**order())

    kept = Order.objects.get()
    assert [one.what for one in kept.history.all()] == ["Order accepted"]
    page = browser_client(owner).get(f"/admin/orders/order/{kept.pk}/change/").content.decode()
    assert "other content" not in page


def test_the_list_of_received_events_finds_it(stream, browser_client, owner):
    _twice(stream)
    stream.order(**order(idempotency_key="bad", unpaid=True))
    reused = InboundEvent.objects.get(outcome="key_reused")
    client = browser_client(owner)

    found = client.get(EVENTS, {"outcome__exact": "key_reused"})

    assert (
        names(found)
        == {"order.created: Refused: key reused with different content"}
        == {str(reused)}
    )
    assert reused.order == Order.objects.get()
    assert reused.status_code == 400


@pytest.mark.parametrize("role", ["owner", "manager", "kitchen"])
def test_the_orders_page_says_it_loudly(stream, browser_client, merchant, role):
    first = _twice(stream)
    client = browser_client(factories.user(merchant, role))

    page = client.get(f"/admin/orders/order/{first.pk}/change/").content.decode()

    assert "Its idempotency key was reused with different content." in page
    assert "order.created: Refused: key reused with different content" in page
    assert "Answered 400" in page
