"""Payments after the order: awaited, authorized, captured, released, too late (DSP-LIFE)."""

import json
from datetime import timedelta

import pytest
import time_machine

from dsp.models import ChannelOrder, Refund, Store
from dsp.orders import clock
from dsp.stores import connection
from integration.models import OutboundEvent
from tests.dsp.support.front_end import PAID
from tests.dsp.support.menus import NOON

pytestmark = pytest.mark.django_db
NOON_MS = int(NOON.timestamp() * 1000)
AUTHORIZED = PAID | {"state": "authorized"}


def later(front_end, store, **changes):
    """Place an order that is paid later, and return its answer."""
    answer = front_end.order(store, payment=None, pay_later=True, **changes)
    assert answer.status_code == 201, answer.content
    return answer.json()


def prove(front_end, order, **changes):
    return front_end.post(f"/orders/{order['id']}/payment", PAID | changes)


def shown(front_end, order):
    return front_end.get(f"/orders/{order['id']}").json()


def accept(order_id):
    ChannelOrder.objects.filter(provider_id=order_id).update(state="accepted", accepted_at=NOON)


def test_an_order_waits_for_its_payment_and_then_goes_to_the_restaurant(front_end, selling):
    order = later(front_end, selling)
    assert (order["state"], order["payment"]) == (
        "awaiting_payment", {"state": "awaited", "amount": 2687},
    )  # fmt: skip
    assert not OutboundEvent.objects.exists()
    with time_machine.travel(NOON + timedelta(minutes=10), tick=False):
        answer = prove(front_end, order)
        assert (answer.status_code, answer.json()["state"]) == (200, "placed")
        assert "payment" not in answer.json()
    assert [step["detail"] for step in answer.json()["history"]] == ["Ordered.", "Paid."]
    sent = json.loads(OutboundEvent.objects.get().body)["order"]
    # Its preparation begins ten minutes later; a menu that names no time counts with 20 minutes.
    assert sent["estimated_ready_at_ms"] == NOON_MS + 30 * 60_000
    assert prove(front_end, order).json() == shown(front_end, order)
    assert OutboundEvent.objects.count() == 1


def test_a_payment_is_proven_once_and_for_the_whole_total(front_end, selling):
    order = later(front_end, selling)
    for changes in ({"amount": 2686}, {"amount": 2688}, {"currency": "eur"}):
        answer = prove(front_end, order, **changes)
        assert (answer.status_code, answer.json()["code"]) == (422, "amount_differs")
    assert prove(front_end, order, state="authorized", amount=2686).status_code == 422
    assert prove(front_end, order, state="pending").status_code == 400
    assert ChannelOrder.objects.get().state == "awaiting_payment"
    assert prove(front_end, order).status_code == 200
    answer = prove(front_end, order, reference="pay_2")
    assert (answer.status_code, answer.json()["code"]) == (422, "not_awaited")
    assert ChannelOrder.objects.get().payment_reference == "pay_1"


def test_a_drive_thru_order_is_paid_at_the_window_only(front_end, selling):
    quote = front_end.quote(selling, fulfillment_type="drive_thru", tip=0).json()
    body = {"quote_id": quote["quote_id"], "customer": {"name": "Lane 1"}, "unpaid": True}
    order = front_end.post("/orders", body, "key-1").json()
    answer = prove(front_end, order, amount=quote["total"])
    assert (answer.status_code, answer.json()["code"]) == (422, "not_awaited")
    for more in ({"pay_later": True}, {"pay_later": True, "unpaid": False, "payment": PAID}):
        assert front_end.post("/orders", body | more, "key-2").status_code == 400


def test_a_paid_order_for_later_is_held(front_end, selling):
    wanted = NOON_MS + 3 * 3_600_000
    quote = front_end.quote(selling, requested_for=wanted).json()
    order = later(front_end, selling, quote_id=quote["quote_id"])
    assert prove(front_end, order).json()["state"] == "held"
    assert not OutboundEvent.objects.exists()


@pytest.mark.parametrize("state", ["captured", "authorized"])
def test_money_for_an_order_that_has_expired_is_owed_back_once(front_end, selling, state):
    order = later(front_end, selling)
    with time_machine.travel(NOON + timedelta(minutes=15), tick=False):
        assert clock.run() == 1
        for _ in range(2):
            answer = prove(front_end, order, state=state)
            assert (answer.status_code, answer.json()["state"]) == (200, "expired")
    refund = answer.json()["refund"]
    assert (refund["amount"], refund["state"], refund["reason"]) == (2687, "due", "paid_too_late")
    assert refund.get("kind") == (None if state == "captured" else "void")
    assert Refund.objects.count() == 1
    assert not OutboundEvent.objects.exists()


def test_a_canceled_order_owes_nothing_until_its_payment_comes(front_end, selling):
    order = later(front_end, selling)
    assert front_end.post(f"/orders/{order['id']}/cancel").json()["refund"] is None
    assert prove(front_end, order).json()["refund"]["amount"] == 2687


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"own_paused_at": NOON}, "store_paused"),
        ({"connected_at": None}, "not_connected"),
        ({"live_menu": None}, "no_menu"),
    ],
)
def test_a_store_that_closed_meanwhile_fails_the_paid_order(front_end, selling, changes, reason):
    order = later(front_end, selling)
    Store.objects.update(**changes)
    paid = prove(front_end, order).json()
    assert (paid["state"], paid["refund"]["reason"]) == ("failed", reason)
    assert not OutboundEvent.objects.exists()


def test_a_disconnect_fails_an_order_that_waits_for_its_payment(front_end, selling):
    order = later(front_end, selling)
    connection.disconnect(Store.objects.filter(pk=selling.pk))
    assert (shown(front_end, order)["state"], shown(front_end, order)["refund"]) == ("failed", None)
    assert prove(front_end, order).json()["refund"]["amount"] == 2687


def test_an_authorized_payment_is_captured_once_the_restaurant_has_accepted(front_end, selling):
    order = front_end.order(selling, payment=AUTHORIZED | {"amount": 3000}).json()
    assert (order["state"], order["payment"]) == (
        "placed", {"state": "authorized", "amount": 3000},
    )  # fmt: skip
    accept(order["id"])
    assert shown(front_end, order)["payment"] == {"state": "capture_due", "amount": 2687}
    assert prove(front_end, order, amount=3000).status_code == 422
    assert "payment" not in prove(front_end, order).json()
    # A late repeat of the authorization takes nothing back.
    assert "payment" not in prove(front_end, order, state="authorized").json()
    row = ChannelOrder.objects.get()
    assert (row.payment_amount, row.is_authorized_only, row.money) == (2687, False, "none")


def test_an_authorization_is_released_when_its_order_ends(front_end, selling):
    order = front_end.order(selling, payment=AUTHORIZED | {"amount": 3000}).json()
    ended = front_end.post(f"/orders/{order['id']}/cancel").json()
    assert ended["payment"] == {"state": "void_due", "amount": 3000}
    refund = ended["refund"]
    assert (refund["kind"], refund["amount"], refund["state"]) == ("void", 3000, "due")
    done = front_end.post(f"/refunds/{refund['id']}/ack", {"reference": "void_1"}).json()
    assert done == {**refund, "state": "done"}
    assert "payment" not in shown(front_end, order)
    assert ChannelOrder.objects.get().money == "void"
    assert prove(front_end, order).json()["code"] == "not_awaited"


def test_a_capture_that_crosses_the_end_becomes_a_refund(front_end, selling):
    order = front_end.order(selling, payment=AUTHORIZED | {"amount": 3000}).json()
    front_end.post(f"/orders/{order['id']}/cancel")
    refund = prove(front_end, order).json()["refund"]
    assert (refund["amount"], refund["state"], refund.get("kind")) == (2687, "due", None)
    front_end.post(f"/refunds/{refund['id']}/ack", {"reference": "re_1"})
    assert ChannelOrder.objects.get().money == "refunded"
    assert Refund.objects.count() == 1
