"""Transitions in the admin: ready, out for delivery, complete and cancel."""

import json
import uuid
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from catalog.models import LocationAccess
from integration import roles
from integration.models import OutboundEvent
from orders.lifecycle import transitions
from orders.models import Order
from orders.states import State
from tests.orders.support.deferred_orders import history, order, pending
from tests.support import factories

LIST = "/admin/orders/order/"
WHY = {"reason": "The customer called."}
__all__ = ["order"]


@pytest.fixture
def client(browser_client: Any, owner: Any) -> Client:
    browser: Client = browser_client(owner)
    return browser


@pytest.fixture
def going(order: Order) -> Order:
    """An accepted order that the restaurant delivers itself."""
    Order.objects.update(state=State.IN_PROGRESS, fulfillment_type="merchant_managed_delivery")
    order.refresh_from_db()
    return order


def page(order: Order) -> str:
    return f"{LIST}{order.pk}/change/"


def press(client: Any, order: Any, button: str) -> Any:
    key = getattr(order, "pk", order)
    return client.post(f"{LIST}{key}/press/{button}/", follow=True)


def cancel(client: Any, order: Any, **fields: str) -> Any:
    return client.post(f"{LIST}{getattr(order, 'pk', order)}/cancel/", fields or WHY, follow=True)


def state_of(order: Order) -> str:
    order.refresh_from_db()
    return order.state


def statuses() -> list[str]:
    events = OutboundEvent.objects.filter(event_type="order.status.updated").order_by("pk")
    return [json.loads(event.body)["object"]["status"] for event in events]


@pytest.mark.parametrize("role", ["owner", "manager", "kitchen"])
def test_every_role_can_complete_an_order_by_buttons(browser_client, merchant, going, role):
    client = browser_client(factories.user(merchant, role, full_name="Kim Cook"))
    for button, state in (
        ("ready", State.READY_FOR_PICKUP),
        ("out_for_delivery", State.OUT_FOR_DELIVERY),
        ("complete", State.COMPLETED),
    ):
        assert f"press/{button}/" in client.get(page(going)).content.decode()
        answer = press(client, going, button)
        assert answer.redirect_chain == [(page(going), 302)]
        assert f"uber A-1: {state.label}." in answer.content.decode()
        assert state_of(going) == state
    assert statuses() == ["ready_for_pickup", "out_for_delivery", "completed"]
    assert {event[3]["by"] for event in history(going)} == {"Kim Cook"}
    assert "sp-moves" not in client.get(page(going)).content.decode()


def test_a_cancelation_stores_its_reason(client, going):
    answer = cancel(client, going)
    assert answer.redirect_chain == [(page(going), 302)]
    assert state_of(going) == State.MERCHANT_CANCELED
    assert history(going)[-1][3] == {"by": "Pat Owner", "reason": "The customer called."}
    assert statuses() == ["merchant_canceled"]


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501, "x\x00"])
def test_without_a_valid_reason_nothing_is_canceled(client, going, reason):
    answer = cancel(client, going, reason=reason)
    assert "uber A-1 was not canceled:" in answer.content.decode()
    assert state_of(going) == State.IN_PROGRESS


def test_a_pending_order_is_decided_before_it_is_moved(client, order):
    assert "sp-moves" not in client.get(page(order)).content.decode()
    answer = press(client, order, "ready")
    assert "cannot become “Ready for pickup” any more" in answer.content.decode()
    assert state_of(order) == State.PENDING


def test_a_late_action_reports_the_current_state(client, going):
    press(client, going, "ready")
    assert "Somebody else was faster" in press(client, going, "ready").content.decode()
    assert statuses() == ["ready_for_pickup"]


def test_several_orders_are_moved_from_the_list_where_possible(client, location, going):
    second, done = pending(location, dsp_order_number="B-2"), pending(location)
    Order.objects.filter(pk=second.pk).update(state=State.IN_PROGRESS)
    Order.objects.filter(pk=done.pk).update(state=State.COMPLETED, dsp_order_number="C-3")
    keys = [going.pk, second.pk, done.pk]

    answer = client.post(LIST, {"action": "ready", "_selected_action": keys}, follow=True)
    assert "uber A-1, uber B-2: Ready for pickup." in answer.content.decode()
    assert "uber C-3: This order cannot become" in answer.content.decode()
    client.post(LIST, {"action": "complete", "_selected_action": keys})
    assert {state_of(each) for each in (going, second, done)} == {State.COMPLETED}


@pytest.mark.parametrize("is_foreign", [True, False])
def test_nobody_moves_orders_they_cannot_see(browser_client, merchant, going, is_foreign):
    """Another merchant's owner, and a manager who is limited to another location."""
    person = factories.user(factories.merchant(name="Casa"), "owner")
    if not is_foreign:
        person = factories.user(merchant, "manager")
        uptown = factories.location(merchant, name="Uptown")
        LocationAccess.objects.create(user=person, location=uptown)
    client = browser_client(person)
    assert press(client, going, "ready").status_code == 404
    assert cancel(client, going).status_code == 404
    client.post(LIST, {"action": "ready", "_selected_action": [going.pk]})
    assert state_of(going) == State.IN_PROGRESS


def test_a_view_only_person_moves_nothing(browser_client, merchant, going, monkeypatch):
    monkeypatch.setitem(roles._GRANTED, roles.Role.KITCHEN, {"orders.view"})
    client = browser_client(factories.user(merchant, "kitchen"))
    assert "sp-moves" not in client.get(page(going)).content.decode()
    assert press(client, going, "ready").status_code == 403
    assert cancel(client, going).status_code == 403
    assert state_of(going) == State.IN_PROGRESS


def test_anonymous_visitors_must_sign_in_and_get_requests_change_nothing(client, going):
    stranger = Client(SERVER_NAME="127.0.0.1")
    assert stranger.post(f"{LIST}{going.pk}/cancel/", WHY).status_code == 302
    assert client.get(f"{LIST}{going.pk}/cancel/").status_code == 405
    assert state_of(going) == State.IN_PROGRESS


@pytest.mark.parametrize("key", ["x", "0", "1" * 400, uuid.UUID(int=0), "é", "%00"])
def test_a_malformed_key_is_not_found(client, going, key):
    assert press(client, key, "ready").status_code == 404
    assert cancel(client, key).status_code == 404


def test_a_database_conflict_becomes_a_message(client, going, monkeypatch):
    class Deadlock(Exception):
        sqlstate = "40P01"

    def fail(*args: Any, **kwargs: Any) -> None:
        raise OperationalError from Deadlock()

    monkeypatch.setattr(transitions, "move", fail)
    assert "uber A-1: Nothing was saved" in press(client, going, "ready").content.decode()
