"""Cancelation by guests and staff (contract DSP-LIFE, DSP-WH-CXL)."""

import pytest
from django.utils import timezone

from dsp.models import ChannelOrder, Refund
from dsp.orders import cancelation
from integration.delivery import leases
from integration.models import OutboundEvent
from tests.dsp.support.orders import bodies_owed, example, owed, place

pytestmark = pytest.mark.django_db
ENDED = ["completed", "failed", "canceled", "given_up", "expired"]


def _in(store, state, **fields):
    order = place(store)
    ChannelOrder.objects.filter(pk=order.pk).update(state=state, **fields)
    return order


def _cancel(order, *, by_guest=True):
    return cancelation.cancel(order.pk, "guest" if by_guest else "pat@example.com", by_guest)


def test_an_order_that_no_worker_has_taken_is_canceled_silently(store):
    order = _cancel(place(store))
    assert (order.state, order.money) == ("guest_canceled", "due_to_guest")
    assert order.ended_at is not None
    assert [(event.state, event.ending) for event in owed(order)] == [("withdrawn", "undone")]
    refund = Refund.objects.get(order=order)
    assert (refund.amount, refund.currency, refund.state) == (2687, "usd", "due")


def test_a_cancelation_follows_a_try_under_way_and_none_begins_after_it(store):
    order = place(store)
    (held,) = leases.claim("stream_dsp", 10)
    _cancel(order)
    assert bodies_owed(order)[1] == example("CXL")
    assert leases.claim("stream_dsp", 10) == []  # It waits for the try.
    leases.release([held])
    first = OutboundEvent.objects.get(pk=held.pk)
    assert (first.state, first.expires_at <= timezone.now()) == ("waiting", True)


def test_after_a_try_that_failed_only_the_cancelation_is_sent(store):
    order = place(store)
    leases.release(leases.claim("stream_dsp", 10))
    _cancel(order)
    assert [event.state for event in owed(order)] == ["withdrawn", "waiting"]
    assert [event.event_type for event in leases.claim("stream_dsp", 10)] == ["cancel_order"]


@pytest.mark.parametrize("state", ["sent", "unconfirmed", "accepted"])
def test_later_a_guest_may_cancel_where_the_store_allows_it(store, state):
    order = _in(store, state)
    with pytest.raises(cancelation.TooLate):
        _cancel(order)
    store.guests_may_cancel_late = True
    store.save()
    assert _cancel(order).state == "guest_canceled"


@pytest.mark.parametrize("state", ["ready_for_pickup", "out_for_delivery"])
def test_a_ready_order_is_canceled_by_staff_alone(store, state):
    store.guests_may_cancel_late = True
    store.save()
    order = _in(store, state)
    OutboundEvent.objects.update(state="delivered", claim_count=1, last_claimed_at=timezone.now())
    with pytest.raises(cancelation.TooLate):
        _cancel(order)
    assert _cancel(order, by_guest=False).state == "guest_canceled"
    sent = bodies_owed(order)[1]
    assert (sent["cancel_source"], sent["cancel_reason"]) == ("dsp", "customer_requested")


@pytest.mark.parametrize("state", ENDED)
def test_an_ended_order_stays_as_it_is(store, state):
    order = _in(store, state, ended_at=timezone.now())
    for by_guest in (True, False):
        with pytest.raises(cancelation.TooLate):
            _cancel(order, by_guest=by_guest)
    assert not Refund.objects.exists()


def test_a_second_cancelation_changes_nothing(store):
    order = place(store)
    assert _cancel(order).state_since == _cancel(order).state_since
    assert order.history.count() == 2
