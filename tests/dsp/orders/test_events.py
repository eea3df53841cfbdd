"""Stream's order events over HTTP: the tables of DSP-LIFE, repeats, and the wrong moment."""

from datetime import UTC, datetime

import pytest
from django.utils import timezone

from dsp.models import ChannelOrder, ReceivedEvent, Refund
from integration.delivery import leases
from integration.models import Alarm
from tests.dsp.events import examples
from tests.dsp.support.channel import new_store
from tests.dsp.support.orders import bodies_owed, example, in_state, owed, place

pytestmark = pytest.mark.django_db
READY_AT = datetime(2026, 1, 1, 0, 15, tzinfo=UTC)


def _status(value):
    return {**examples.STATUS, "order_status_update": value}


EVENTS = {
    "accept": examples.ACCEPT,
    "fail": examples.FAIL,
    "cancel": examples.CANCEL,
    "in_progress": _status("in_progress"),
    "ready": examples.STATUS,
    "out": _status("out_for_delivery"),
    "completed": _status("completed"),
    "canceled": _status("canceled"),
    "other": _status("half_eaten"),
}
SENT = ["sent", "unconfirmed"]
LATER = ["accepted", "ready_for_pickup", "out_for_delivery"]
OPEN = [*SENT, *LATER]
UNDONE = ["failed", "canceled", "given_up", "guest_canceled"]
STATES = [*OPEN, "completed", *UNDONE]
# What each event makes of each state; where nothing is named, the state stays.
MOVES = {
    **{("accept", state): "accepted" for state in SENT},
    **{("in_progress", state): "accepted" for state in SENT},
    **{("ready", state): "ready_for_pickup" for state in [*SENT, "accepted"]},
    **{("out", state): "out_for_delivery" for state in [*SENT, "accepted", "ready_for_pickup"]},
    **{("completed", state): "completed" for state in OPEN},
    **{("fail", state): "failed" for state in OPEN},
    **{("cancel", state): "canceled" for state in OPEN},
    **{("canceled", state): "canceled" for state in OPEN},
}
MAKING = {"accept", "in_progress", "ready", "out", "completed"}


def _fresh(order):
    return ChannelOrder.objects.get(pk=order.pk)


def _alarms():
    return list(Alarm.objects.values_list("kind", flat=True))


@pytest.mark.parametrize("states", [STATES[:5], STATES[5:]])
def test_each_event_in_each_state(channel, store, states):
    for state in states:
        _try_every_event(channel, store, state)
    assert ("made" in _alarms()) == (states[-1] in UNDONE)


def _try_every_event(channel, store, state):
    for name, event in EVENTS.items():
        order = in_state(store, state, provider_id=f"ord_{state}_{name}")
        answer = channel.event({**event, "order_id": order.provider_id})
        assert (answer.status_code, answer.content) == (200, b"{}")
        after = _fresh(order)
        expected = MOVES.get((name, state), state)
        assert after.state == expected, name
        is_owed = expected in ("failed", "canceled") and state in OPEN
        assert after.money == ("due_to_guest" if is_owed else "none"), name
        assert Refund.objects.filter(order=order).exists() == is_owed, name
        is_made = state in UNDONE and name in MAKING
        sent = [body["type"] for body in bodies_owed(order)]
        assert sent == ["new_order"] + ["cancel_order"] * is_made, name
        assert (after.ended_at is None) == (expected in OPEN)
        assert after.history.last().actor == "stream"


def test_an_event_for_an_order_that_was_not_sent_changes_nothing(channel, store):
    order = place(store)
    for state in ("awaiting_payment", "placed", "held", "expired"):
        ChannelOrder.objects.filter(pk=order.pk).update(state=state)
        order.history.all().delete()
        for event in EVENTS.values():
            assert channel.event(event).status_code == 200
        assert _fresh(order).state == state
    assert _alarms() == ["foreign"]
    assert Alarm.objects.get().count == 36
    assert [event.state for event in owed(order)] == ["waiting"]


def test_an_event_that_came_too_early_counts_when_it_comes_again(channel, store):
    order = place(store)
    for _ in range(2):
        channel.event(EVENTS["cancel"])
    assert (_fresh(order).state, Alarm.objects.get().count) == ("placed", 1)
    leases.claim("stream_dsp", 10)
    channel.event(EVENTS["cancel"])
    assert (_fresh(order).state, _fresh(order).money) == ("canceled", "due_to_guest")


@pytest.mark.parametrize("estimate", [0, -1, -62_135_596_800_000])
def test_an_estimate_of_no_time_keeps_ours(channel, store, estimate):
    order = in_state(store, "sent")
    channel.event({**EVENTS["accept"], "estimated_ready_at_ms": estimate})
    assert (_fresh(order).state, _fresh(order).ready_at) == ("accepted", order.ready_at)


@pytest.mark.parametrize("name", ["accept", "other"])
def test_an_event_while_our_try_is_under_way_counts_as_taken_over(channel, store, name):
    order = place(store)
    (held,) = leases.claim("stream_dsp", 10)
    assert channel.event(EVENTS[name]).status_code == 200
    after = _fresh(order)
    assert after.state == ("accepted" if name == "accept" else "sent")
    assert after.sent_at is not None
    leases.release([held])
    assert leases.claim("stream_dsp", 10) == []  # Never sent again.
    assert owed(order)[0].state == "delivered"


def test_a_repeat_changes_nothing(channel, store):
    for name, event in EVENTS.items():
        order = in_state(store, "accepted", provider_id=f"ord_{name}")
        event = {**event, "order_id": order.provider_id}
        channel.event(event)
        before, rows, sent = _fresh(order), order.history.count(), len(owed(order))
        assert channel.event({**event, "unknown": [1]}).status_code == 200
        assert _fresh(order).state_since == before.state_since
        assert (order.history.count(), len(owed(order))) == (rows, sent)
        assert Refund.objects.filter(order=order).count() == (before.money == "due_to_guest")
        assert ReceivedEvent.objects.latest("pk").outcome == "noted"


def test_accept_brings_its_time_and_a_newer_one_counts_until_ready(channel, store):
    order = in_state(store, "sent", ready_at=timezone.now())
    channel.event(EVENTS["accept"])
    after = _fresh(order)
    assert (after.ready_at, after.accept_count) == (READY_AT, 1)
    assert after.accepted_at is not None
    assert after.history.last().detail == "The restaurant has accepted the order."
    later = {**EVENTS["accept"], "estimated_ready_at_ms": 1767226800000}
    channel.event(later)
    assert _fresh(order).ready_at == READY_AT.replace(minute=20)
    channel.event(EVENTS["ready"])
    channel.event({**later, "estimated_ready_at_ms": 1767230000000})
    after = _fresh(order)
    assert (after.state, after.ready_at) == ("ready_for_pickup", READY_AT.replace(minute=20))
    assert after.accept_count == 1  # It was sent once.


def test_two_accepts_of_a_repeated_order_are_possibly_two_orders(channel, store):
    order = in_state(store, "sent")
    owed(order)[0].__class__.objects.update(claim_count=2)
    channel.event(EVENTS["accept"])
    channel.event({**EVENTS["accept"], "estimated_ready_at_ms": None})
    after = _fresh(order)
    assert after.accept_count == 2
    assert "twice" in after.history.last().staff_detail
    assert after.history.last().detail == ""


def test_an_ended_order_that_is_made_is_canceled_once_more_and_not_again(channel, store):
    order = in_state(store, "given_up")
    for name in ("accept", "ready", "completed"):
        channel.event(EVENTS[name])
    assert bodies_owed(order)[1:] == [
        {**example("CXL"), "cancel_source": "dsp", "cancel_reason": "other"}
    ]
    assert Alarm.objects.get().count == 3


def test_a_cancelation_after_the_end_is_for_staff_to_decide(channel, store):
    order = in_state(store, "completed")
    channel.event(EVENTS["fail"])
    row = order.history.last()
    assert "Decide whether to refund it." in row.staff_detail
    assert row.detail == ""


def test_guests_never_read_what_the_pos_wrote(channel, store):
    order = in_state(store, "sent")
    channel.event(EVENTS["fail"])
    after, row = _fresh(order), order.history.last()
    assert after.failure_reason == "items_unavailable"
    assert "none left today" in after.failure_message
    assert row.detail == "The restaurant could not take the order."
    assert "none left today" in row.staff_detail


def test_an_order_of_nobody_or_of_another_store_is_404_and_archived(channel, store):
    new_store(store.merchant, provider_id="str_9Q1D")
    order = in_state(store, "sent")
    for event in (
        {**EVENTS["accept"], "order_id": "ord_none"},
        {**EVENTS["accept"], "location_id": "str_9Q1D"},
    ):
        answer = channel.event(event)
        assert (answer.status_code, answer.json()["error"]) == (404, "not_found")
        assert ReceivedEvent.objects.latest("pk").outcome == "unknown_object"
    assert _fresh(order).state == "sent"


def test_an_answer_ends_the_alarm_about_silence(channel, store):
    in_state(store, "unconfirmed")
    in_state(store, "unconfirmed", provider_id="ord_02")
    Alarm.objects.create(cause="x", kind="unheard", endpoint="str_8H2K")
    channel.event(EVENTS["accept"])
    assert Alarm.objects.get().resolved_at is None
    channel.event({**EVENTS["fail"], "order_id": "ord_02"})
    assert Alarm.objects.get().resolved_at is not None


def test_whatever_the_order_of_events_the_end_is_the_same(channel, store):
    """Stream promises no order, so each arrival must end well."""
    arrivals = [("accept", "ready", "completed"), ("completed", "accept", "ready"),
                ("ready", "completed", "accept")]  # fmt: skip
    for count, names in enumerate(arrivals):
        order = in_state(store, "sent", provider_id=f"ord_1{count}")
        for name in names:
            channel.event({**EVENTS[name], "order_id": order.provider_id})
        assert _fresh(order).state == "completed"
    assert not Alarm.objects.exists()
