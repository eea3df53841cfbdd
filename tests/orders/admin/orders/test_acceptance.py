"""Accepting and rejecting in the admin: on an order's page, and several in the list."""

import json
import uuid
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from django.db import OperationalError
from django.test import Client

from catalog.models import LocationAccess
from integration import roles
from integration.models import OutboundEvent
from orders.lifecycle import acceptance
from orders.models import Order
from orders.states import State
from tests.orders.support.deferred_orders import history, order, pending
from tests.support import factories

LIST = "/admin/orders/order/"
REJECT = f"{LIST}reject/"
BUSY = {"kind": "store_unavailable", "reason": "The kitchen is full until 19:00."}
__all__ = ["order"]


@pytest.fixture
def client(browser_client: Any, owner: Any) -> Client:
    browser: Client = browser_client(owner)
    return browser


def page(order: Order) -> str:
    return f"{LIST}{order.pk}/change/"


def press(client: Any, order: Order) -> Any:
    return client.post(f"{LIST}{order.pk}/press/accept/", follow=True)


def reject_url(*orders: Any) -> str:
    keys = [getattr(order, "pk", order) for order in orders]
    return f"{REJECT}?{urlencode([('order', key) for key in keys])}"


def state_of(order: Order) -> str:
    order.refresh_from_db()
    return order.state


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (10, "within 35 seconds:"),
        (44.5, "within 1 second:"),
        (45, "Time is up"),
        (90, "Time is up"),
    ],
)
def test_the_page_shows_the_time_left_to_decide(client, order, after, words):
    with time_machine.travel(order.created_at + timedelta(seconds=after), tick=False):
        assert words in client.get(page(order)).content.decode()


@pytest.mark.parametrize("state", [state for state in State if state != State.PENDING])
def test_an_order_without_a_pending_decision_has_no_buttons(client, order, state):
    Order.objects.update(state=state)
    shown = client.get(page(order)).content.decode()
    assert "sp-wait" not in shown
    assert "press/accept" not in shown


@pytest.mark.parametrize("role", ["owner", "manager", "kitchen"])
def test_every_role_can_accept(browser_client, merchant, order, role):
    person = factories.user(merchant, role, full_name="Kim Cook")
    client = browser_client(person)
    assert f"{LIST}{order.pk}/press/accept/" in client.get(page(order)).content.decode()

    answer = press(client, order)

    assert answer.redirect_chain == [(page(order), 302)]
    assert "uber A-1: accepted." in answer.content.decode()
    assert state_of(order) == State.IN_PROGRESS
    assert history(order) == [("staff", "Accepted", "in_progress", {"by": "Kim Cook"})]
    assert OutboundEvent.objects.get().event_type == "order.accepted"


@pytest.mark.parametrize("role", ["owner", "manager", "kitchen"])
def test_every_role_can_reject_and_stream_gets_the_reason(browser_client, merchant, order, role):
    client = browser_client(factories.user(merchant, role, full_name="Kim Cook"))

    answer = client.post(reject_url(order), BUSY, follow=True)

    assert answer.redirect_chain == [(page(order), 302)]
    assert "uber A-1: rejected." in answer.content.decode()
    assert state_of(order) == State.REJECTED
    details = {"by": "Kim Cook", "reason": BUSY["reason"]}
    assert history(order) == [("staff", "Rejected", "rejected", details)]
    validation = json.loads(OutboundEvent.objects.get().body)["object"]["posValidation"]
    reason = {"order_error": "store_unavailable", "order_error_reason": BUSY["reason"]}
    assert validation == {"orderValidation": [reason]}


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("store_unavailable", "The restaurant cannot take the order now."),
        ("invalid_cart", "Something in the order cannot be made."),
        ("other", "The restaurant does not take the order."),
    ],
)
def test_a_rejection_without_text_gets_a_default_reason(client, order, kind, sentence):
    client.post(reject_url(order), {"kind": kind, "reason": "  "})
    validation = json.loads(OutboundEvent.objects.get().body)["object"]["posValidation"]
    assert validation == {
        "orderValidation": [{"order_error": kind, "order_error_reason": sentence}]
    }


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"kind": "pos_offline", "reason": "x"},
        {"kind": "<b>", "reason": "x"},
        {"kind": "other", "reason": "x" * 501},
        {"kind": "other", "reason": "x\x00"},
    ],
)
def test_an_invalid_reason_is_asked_again(client, order, sent):
    answer = client.post(reject_url(order), sent)
    assert answer.status_code == 200
    assert b"uber A-1" in answer.content
    assert state_of(order) == State.PENDING


def test_get_requests_decide_nothing(client, order):
    assert client.get(f"{LIST}{order.pk}/press/accept/").status_code == 405
    assert client.get(f"{LIST}{order.pk}/press/reject/").status_code == 404
    assert client.post(f"{LIST}{order.pk}/press/reject/").status_code == 404
    asked = client.get(reject_url(order))
    assert asked.status_code == 200
    assert "The first one is rejected automatically in 4" in asked.content.decode()
    assert state_of(order) == State.PENDING


def test_a_late_action_reports_the_current_state(client, order):
    press(client, order)
    late = "uber A-1: This order is no longer waiting for a decision. It is: In progress."
    assert late in press(client, order).content.decode()
    assert late in client.post(reject_url(order), BUSY, follow=True).content.decode()
    asked = client.get(reject_url(order), follow=True)
    assert asked.redirect_chain == [(page(order), 302)]
    assert "None of these orders is waiting for a decision." in asked.content.decode()
    assert state_of(order) == State.IN_PROGRESS
    assert OutboundEvent.objects.count() == 1


@pytest.mark.parametrize("is_foreign", [True, False])
def test_nobody_decides_on_orders_they_cannot_see(
    browser_client, merchant, location, order, is_foreign
):
    """Another merchant's owner, and a manager who is limited to another location."""
    person = factories.user(factories.merchant(name="Casa"), "owner")
    if not is_foreign:
        person = factories.user(merchant, "manager")
        uptown = factories.location(merchant, name="Uptown")
        LocationAccess.objects.create(user=person, location=uptown)
    client = browser_client(person)

    assert press(client, order).status_code == 404
    assert client.post(reject_url(order), BUSY).status_code == 302
    for action in ("accept", "reject"):
        client.post(LIST, {"action": action, "_selected_action": [order.pk]})
    assert b"A-1" not in client.get(reject_url(order), follow=True).content
    assert state_of(order) == State.PENDING


def test_a_limited_person_decides_at_their_own_location(browser_client, merchant, location, order):
    person = factories.user(merchant, "kitchen")
    LocationAccess.objects.create(user=person, location=location)
    press(browser_client(person), order)
    assert state_of(order) == State.IN_PROGRESS


def test_anonymous_visitors_are_asked_to_sign_in(order):
    client = Client(SERVER_NAME="127.0.0.1")
    for address in (reject_url(order), f"{LIST}{order.pk}/press/accept/"):
        answer = client.post(address, BUSY)
        assert answer.status_code == 302
        assert "login" in answer["Location"] or "sign" in answer["Location"]
    assert state_of(order) == State.PENDING


@pytest.mark.parametrize("key", ["", "x", "0", "é", "1" * 400, uuid.UUID(int=0)])
def test_a_malformed_key_is_handled(client, order, key):
    for answer in (client.get(reject_url(key)), client.post(reject_url(key), BUSY)):
        assert (answer.status_code, answer["Location"]) == (302, LIST)
    assert client.get(REJECT).status_code == 302


def test_a_url_names_at_most_one_page_of_orders(client, order):
    others = [uuid.uuid4() for _ in range(50)]
    assert client.post(reject_url(*others, order), BUSY)["Location"] == LIST
    assert state_of(order) == State.PENDING
    client.post(reject_url(*others[1:], order), BUSY)
    assert state_of(order) == State.REJECTED


def test_a_view_only_person_decides_nothing(browser_client, merchant, order, monkeypatch):
    monkeypatch.setitem(roles._GRANTED, roles.Role.KITCHEN, {"orders.view"})
    client = browser_client(factories.user(merchant, "kitchen"))

    shown = client.get(page(order)).content.decode()
    assert "within 4" in shown
    assert "press/accept" not in shown
    assert "reject/?order" not in shown
    assert press(client, order).status_code == 403
    assert client.get(reject_url(order)).status_code == 403
    assert client.post(reject_url(order), BUSY).status_code == 403
    for action in ("accept", "reject"):
        client.post(LIST, {"action": action, "_selected_action": [order.pk]})
    assert state_of(order) == State.PENDING


@pytest.mark.parametrize("is_accepted", [True, False])
def test_a_database_conflict_becomes_a_message(client, order, monkeypatch, is_accepted):
    class Deadlock(Exception):
        sqlstate = "40P01"

    def fail(*args: Any, **kwargs: Any) -> None:
        raise OperationalError from Deadlock()

    monkeypatch.setattr(acceptance, "accept", fail)
    monkeypatch.setattr(acceptance, "reject", fail)
    decide = press if is_accepted else lambda *_: client.post(reject_url(order), BUSY, follow=True)
    answer = decide(client, order)
    assert "uber A-1: Nothing was saved" in answer.content.decode()
    assert state_of(order) == State.PENDING


def test_several_orders_are_accepted_from_the_list(client, location, order):
    second, done = pending(location, dsp_order_number="B-2"), pending(location)
    Order.objects.filter(pk=done.pk).update(state=State.COMPLETED, dsp_order_number="C-3")
    keys = [order.pk, second.pk, done.pk]

    answer = client.post(LIST, {"action": "accept", "_selected_action": keys}, follow=True)

    shown = answer.content.decode()
    assert "uber A-1, uber B-2: accepted." in shown
    assert "uber C-3: This order is no longer waiting" in shown
    assert [state_of(each) for each in (order, second, done)] == [
        State.IN_PROGRESS,
        State.IN_PROGRESS,
        State.COMPLETED,
    ]


def test_several_orders_are_rejected_from_the_list_after_confirmation(client, location, order):
    second = pending(location, dsp_order_number="B-2")
    chosen = {"action": "reject", "_selected_action": [order.pk, second.pk]}

    asked = client.post(LIST, chosen)
    assert asked["Location"] == reject_url(order, second)
    assert "uber A-1, uber B-2" in client.get(asked["Location"]).content.decode()
    assert {state_of(order), state_of(second)} == {State.PENDING}

    answer = client.post(asked["Location"], BUSY, follow=True)
    assert answer.redirect_chain == [(LIST, 302)]
    assert {state_of(order), state_of(second)} == {State.REJECTED}

    third = pending(location)
    mixed = {"action": "reject", "_selected_action": [order.pk, third.pk]}
    assert client.post(LIST, mixed)["Location"] == reject_url(third)
    again = client.post(LIST, chosen, follow=True)
    assert "None of these orders is waiting for a decision." in again.content.decode()
