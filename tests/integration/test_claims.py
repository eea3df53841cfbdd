"""Claiming events: in order, by one worker at a time, forgotten in the end (contract WH)."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection

from integration import dispatch, outbox, tasks
from integration.models import DeliveryAttempt, OutboundEvent
from integration.transport import Answer
from tests.threads import at_once

from .events import state_of
from .receiver import answer

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
State = OutboundEvent.State


def test_the_second_event_of_a_key_waits_for_the_first_and_other_keys_go_on(emit):
    first, second, other = emit("a"), emit("a"), emit("b")
    claimed = dispatch.claim_due(10)
    assert [event.pk for event in claimed] == [first.pk, other.pk]
    assert dispatch.claim_due(10) == []

    dispatch.record(claimed[0], Answer(500), started_at=NOW, duration_ms=1)
    dispatch.record(claimed[1], Answer(200), started_at=NOW, duration_ms=1)
    assert dispatch.claim_due(10) == []  # The first is due again later; the second still waits.

    OutboundEvent.objects.filter(pk=first.pk).update(state=State.FAILED)
    assert [event.pk for event in dispatch.claim_due(10)] == [second.pk]


def test_events_of_a_key_arrive_in_the_order_they_were_made(receiver, emit):
    for number in range(20):
        emit("a", n=number)
    assert tasks.deliver_due() == 20
    bodies = [got.body.decode() for got in receiver.received]
    assert bodies == list(OutboundEvent.objects.order_by("pk").values_list("body", flat=True))


def test_a_dead_workers_events_are_free_within_a_minute(emit):
    with time_machine.travel(NOW, tick=False) as clock:
        event = emit()
        [held] = dispatch.claim_due(10)
        slowest = sum((5, 15, 15))
        assert timedelta(seconds=slowest) < held.leased_until - NOW <= timedelta(seconds=50)
        clock.move_to(held.leased_until - timedelta(milliseconds=1))
        assert dispatch.claim_due(10) == []
        clock.move_to(held.leased_until)
        [anew] = dispatch.claim_due(10)
        assert (anew.pk, anew.attempt_count) == (event.pk, 2)
        assert anew.claim != held.claim

        # The first worker was only slow. What it has to say counts no more.
        dispatch.record(held, Answer(404), started_at=NOW, duration_ms=1)
        event.refresh_from_db()
        assert (event.state, event.claim) == (State.WAITING, anew.claim)
        assert not DeliveryAttempt.objects.exists()

        dispatch.record(anew, Answer(200), started_at=NOW, duration_ms=1)
        dispatch.record(anew, Answer(500), started_at=NOW, duration_ms=1)
        assert state_of(event) == State.DELIVERED
        assert event.attempts.count() == 1


def test_an_event_that_was_stopped_while_it_was_sent_tells_the_truth(emit):
    event = emit()
    [held] = dispatch.claim_due(1)
    assert outbox.stop(OutboundEvent.objects.all()) == 1
    dispatch.record(held, Answer(200), started_at=NOW, duration_ms=1)
    assert state_of(event) == State.DELIVERED


def test_an_event_that_was_stopped_is_not_sent_again(emit):
    event = emit()
    [held] = dispatch.claim_due(1)
    outbox.stop(OutboundEvent.objects.all())
    dispatch.record(held, Answer(500), started_at=NOW, duration_ms=1)
    assert state_of(event) == State.FAILED
    assert dispatch.claim_due(1) == []


@pytest.mark.django_db(transaction=True)
def test_workers_that_claim_at_once_never_hold_the_same_event(emit):
    events = [emit(f"key {number}").pk for number in range(40)]
    claims = at_once(*[lambda: [event.pk for event in dispatch.claim_due(20)]] * 4)
    held = [key for claim in claims for key in claim]
    assert len(held) == len(set(held))
    while claim := dispatch.claim_due(20):
        held += [event.pk for event in claim]
    assert sorted(held) == events


@pytest.mark.django_db(transaction=True)
def test_everything_is_delivered_once_however_many_ask_for_it(receiver, emit):
    for number in range(30):
        emit(f"key {number % 7}", n=number)
    tried = at_once(*[tasks.deliver_due] * 4)
    assert sum(tried) == 30
    bodies = [got.body for got in receiver.received]
    assert len(bodies) == len(set(bodies)) == 30
    assert not OutboundEvent.objects.exclude(state=State.DELIVERED).exists()


@pytest.mark.django_db(transaction=True)
def test_an_event_that_arises_while_others_are_sent_goes_out_in_the_same_run(receiver, emit):
    emit("a")
    made = threading.Event()

    def slow(handler):
        made.wait(5)
        answer(200)(handler)

    receiver.behave = slow
    running = threading.Thread(target=lambda: (tasks.deliver_due(), connection.close()))
    running.start()
    receiver.wait_for(1, seconds=5)
    emit("b")
    assert tasks.deliver_due() == 0  # That run is under way and will go round once more.
    made.set()
    running.join(timeout=10)
    assert len(receiver.received) == 2


def test_finished_events_are_forgotten_after_thirty_days(emit):
    with time_machine.travel(NOW, tick=False) as clock:
        done, waiting = emit("a"), emit("b")
        dispatch.record(dispatch.claim_due(1)[0], Answer(200), started_at=NOW, duration_ms=1)
        clock.shift(timedelta(days=30))
        tasks.forget_what_is_over()
        assert OutboundEvent.objects.filter(pk=done.pk).exists()
        clock.shift(timedelta(seconds=1))
        tasks.forget_what_is_over()
    assert list(OutboundEvent.objects.values_list("pk", flat=True)) == [waiting.pk]
    assert not DeliveryAttempt.objects.exists()
