"""Moves of orders that time brings (contract DSP-LIFE, DSP-RULES-TIME)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from dsp.models import ChannelOrder, Refund, Store
from dsp.orders import clock, settling
from dsp.stores import connection, own_pause, pause
from integration.db import database_time
from integration.models import Alarm, OutboundEvent
from tests.dsp.support.orders import bodies_owed, example, in_state, owed, place

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


@pytest.fixture
def time(monkeypatch):
    """Stop the database's time; return a function that moves it on."""
    instants = [timezone.now()]
    monkeypatch.setattr(database_time, "now", lambda: instants[-1])

    def move_on(**span):
        instants.append(instants[-1] + timedelta(**span))
        return instants[-1]

    return move_on


def _fresh(order):
    return ChannelOrder.objects.get(pk=order.pk)


def _held(store, minutes=60, **fields):
    wanted = database_time.now() + timedelta(minutes=minutes)
    return place(store, requested_for=wanted, ready_at=wanted, **fields)


@pytest.fixture
def connected(store, monkeypatch):
    monkeypatch.setattr(connection, "is_connected", lambda store: store.connected_at is not None)
    store.connected_at = timezone.now()
    store.save()
    return store


def test_silence_is_unconfirmed_after_three_minutes_and_given_up_after_fifteen(store, time):
    order = in_state(store, "sent")
    time(seconds=179)
    assert clock.run() == 0
    time(seconds=1)
    assert (clock.run(), clock.run()) == (1, 0)
    assert _fresh(order).state == "unconfirmed"
    alarm = Alarm.objects.get()
    assert (alarm.kind, alarm.endpoint, alarm.merchant) == ("unheard", "str_8H2K", store.merchant)
    time(seconds=899)
    assert clock.run() == 0
    time(seconds=1)
    assert clock.run() == 1
    assert (_fresh(order).state, _fresh(order).money) == ("given_up", "due_to_guest")
    assert bodies_owed(order)[1] == {
        **example("CXL"), "cancel_source": "dsp", "cancel_reason": "other",
    }  # fmt: skip
    time(hours=24)
    assert clock.run() == 0
    assert Refund.objects.count() == 1


def test_a_forwarded_order_is_unconfirmed_only_when_it_is_due(store, time, settings):
    settings.DSP = settings.DSP._replace(holds_future_orders=False)
    order = _held(store)
    ChannelOrder.objects.update(state="sent", state_since=database_time.now())
    time(minutes=35)
    assert clock.run() == 0
    time(minutes=3)
    assert clock.run() == 1
    assert _fresh(order).state == "unconfirmed"


@pytest.mark.parametrize("state", ["ready_for_pickup", "out_for_delivery", "accepted"])
def test_an_order_is_completed_six_hours_after_ready(store, time, state):
    order = in_state(store, state)
    time(hours=6, seconds=-1)
    assert clock.run() == 0
    time(seconds=1)
    assert clock.run() == 1
    assert (_fresh(order).state, _fresh(order).money) == ("completed", "none")
    assert _fresh(order).ended_at is not None


def test_a_payment_that_never_comes_expires_the_order(store, time):
    order = place(store)
    ChannelOrder.objects.update(state="awaiting_payment")
    time(minutes=15)
    assert clock.run() == 1
    assert (_fresh(order).state, _fresh(order).money) == ("expired", "none")


def test_a_held_order_is_handed_over_as_one_for_now(connected, time):
    order = _held(connected)
    time(minutes=35, seconds=-1)
    assert clock.run() == 0
    time(seconds=1)
    assert (clock.run(), clock.run()) == (1, 0)
    assert _fresh(order).state == "placed"
    (body,) = bodies_owed(order)
    assert body["order"]["is_future_order"] is False
    assert body["order"]["estimated_ready_at_ms"] == round(order.ready_at.timestamp() * 1000)
    (event,) = owed(order)
    assert event.expires_at == database_time.now() + timedelta(seconds=120)


@pytest.mark.parametrize("by", ["stream", "us"])
def test_a_held_order_waits_for_the_end_of_a_pause_and_its_guest_is_told(connected, time, by):
    order = _held(connected)
    until = time(minutes=30) + timedelta(minutes=60)
    if by == "stream":
        pause.pause(connected, until)
    else:
        own_pause.pause(connected.pk, until, "pat@example.com")
    time(minutes=5)
    assert (clock.run(), clock.run()) == (1, 0)
    assert _fresh(order).state == "held"
    assert "after the pause" in order.history.last().detail
    time(minutes=55)
    assert clock.run() == 1
    assert _fresh(order).state == "placed"
    assert _fresh(order).ready_at == order.ready_at + timedelta(minutes=55)


def test_a_held_order_of_a_store_without_authorization_fails(connected, time, monkeypatch):
    order = _held(connected)
    monkeypatch.setattr(connection, "is_connected", lambda store: False)
    time(minutes=35)
    assert clock.run() == 1
    after = _fresh(order)
    assert (after.state, after.failure_reason) == ("failed", "store_disconnected")
    assert after.money == "due_to_guest"


def test_a_disconnect_fails_what_no_worker_has_taken(connected):
    unsent, begun = place(connected), place(connected, provider_id="ord_02")
    held, sent = (
        _held(connected, provider_id="ord_03"),
        in_state(connected, "sent", provider_id="ord_04"),
    )
    OutboundEvent.objects.filter(pk=begun.outbound_event_id).update(last_claimed_at=timezone.now())
    connection.disconnect(Store.objects.all())
    states = [_fresh(order).state for order in (unsent, begun, held, sent)]
    assert states == ["failed", "placed", "failed", "sent"]
    reasons = ChannelOrder.objects.filter(state="failed").values_list("failure_reason", flat=True)
    assert set(reasons) == {"store_disconnected"}
    assert Refund.objects.count() == 2
    assert [event.state for event in owed(unsent)] == ["withdrawn"]


@pytest.mark.parametrize(
    ("event", "state", "reason"),
    [
        ({"state": "delivered", "ending": "arrived"}, "sent", ""),
        ({"state": "failed", "ending": "refused"}, "failed", "refused_by_stream"),
        ({"state": "failed", "ending": "expired"}, "failed", "not_handed_over_in_time"),
        ({"state": "failed", "ending": "stopped"}, "failed", "not_handed_over_in_time"),
    ],
)
def test_an_order_follows_its_event(store, event, state, reason):
    order, waiting = place(store), place(store, provider_id="ord_02")
    ended = OutboundEvent.objects.filter(pk=order.outbound_event_id)
    ended.update(finished_at=timezone.now(), **event)
    assert (settling.settle(), settling.settle()) == (1, 0)
    after = _fresh(order)
    assert (after.state, after.failure_reason) == (state, reason)
    assert after.money == ("none" if state == "sent" else "due_to_guest")
    assert _fresh(waiting).state == "placed"


def test_an_order_whose_event_is_gone_fails_rather_than_waits_for_ever(store):
    order = place(store)
    OutboundEvent.objects.all().delete()
    assert settling.settle() == 1
    assert _fresh(order).state == "failed"


def test_an_idle_second_costs_a_few_queries(store, django_assert_num_queries, settings):
    settings.STREAM_DSP_CLIENT_ID = "stream-dsp"
    place(store)
    in_state(store, "accepted", provider_id="ord_02")
    from dsp import tasks

    # Ended hand-overs, what is due, stores that take no orders, pauses that end.
    with django_assert_num_queries(4):
        tasks.look_after_channel()
