"""Refunds: once per order, due until acknowledged (contract DSP-RULES)."""

import pytest

from dsp.models import ChannelOrder, Refund
from dsp.orders import cancelation, refunds
from tests.dsp.support.orders import place

pytestmark = pytest.mark.django_db


def _completed(store, **fields):
    order = place(store, **fields)
    ChannelOrder.objects.filter(pk=order.pk).update(state="completed")
    return order


def test_nothing_is_owed_for_an_order_paid_at_the_window(store):
    unpaid = {"is_unpaid": True, "payment_amount": None, "fulfillment_type": "drive_thru"}
    order = cancelation.cancel(place(store, **unpaid).pk, "guest", True)
    assert order.money == "none"
    assert not Refund.objects.exists()


def test_a_refund_is_acknowledged_once(store):
    order = cancelation.cancel(place(store).pk, "guest", True)
    refund = Refund.objects.get()
    done = refunds.acknowledge(refund.pk, "re_1", "key:1")
    again = refunds.acknowledge(refund.pk, "re_2", "key:1")
    assert (again.state, again.reference, again.done_at) == ("done", "re_1", done.done_at)
    order.refresh_from_db()
    assert order.money == "refunded"
    assert [row.actor for row in order.history.all()] == ["guest", "guest", "key:1"]


def test_staff_refund_a_part_of_a_completed_order_once(store):
    order = _completed(store)
    refund = refunds.refund_part(order.pk, 500, "pat@example.com")
    assert (refund.amount, refund.reason, refund.order.money) == (500, "partial", "due_to_guest")
    assert order.history.last().actor == "pat@example.com"
    with pytest.raises(refunds.Impossible, match="already"):
        refunds.refund_part(order.pk, 500, "pat@example.com")


@pytest.mark.parametrize("amount", [0, -1, 2688])
def test_a_part_lies_within_the_total(store, amount):
    with pytest.raises(refunds.Impossible, match="between"):
        refunds.refund_part(_completed(store).pk, amount, "pat@example.com")


def test_an_open_or_unpaid_order_is_not_refunded_by_hand(store):
    with pytest.raises(refunds.Impossible, match="completed"):
        refunds.refund_part(place(store).pk, 1, "pat@example.com")
    unpaid = _completed(store, provider_id="ord_02", is_unpaid=True, payment_amount=None)
    with pytest.raises(refunds.Impossible, match="not paid"):
        refunds.refund_part(unpaid.pk, 1, "pat@example.com")
