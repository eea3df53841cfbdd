"""Leases: events are claimed in order, by one worker at a time (contract WH)."""

import threading
from datetime import timedelta

import pytest
import time_machine
from django.db import connection

from integration import tasks
from integration.delivery import leases
from integration.delivery.transport import Answer
from integration.models import DeliveryAttempt, OutboundEvent
from integration.webhooks import outbox
from tests.integration.support.deliveries import NOW, claim, ending_of, record_answer, state_of
from tests.integration.support.receiver import answer
from tests.support.threads import at_once

pytestmark = pytest.mark.django_db
State = OutboundEvent.State


def test_an_event_waits_for_the_first_of_its_key_and_for_no_other_key(emit):
    first, second, other = emit("a"), emit("a"), emit("b")
    claimed = claim(10)
    assert [event.pk for event in claimed] == [first.pk, other.pk]
    assert claim(10) == []

    record_answer(claimed[0], Answer(500))
    record_answer(claimed[1], Answer(200))
    assert claim(10) == []  # The first is due again later; the second still waits.

    OutboundEvent.objects.filter(pk=first.pk).update(state=State.FAILED)
    assert [event.pk for event in claim(10)] == [second.pk]


def test_events_of_a_key_arrive_in_the_order_of_creation(receiver, emit):
    for number in range(20):
        emit("a", n=number)
    assert tasks.deliver_due() == 20
    bodies = [request.body.decode() for request in receiver.received]
    assert bodies == list(OutboundEvent.objects.order_by("pk").values_list("body", flat=True))


def test_a_dead_workers_events_are_free_after_ten_seconds(emit):
    with time_machine.travel(NOW, tick=False) as clock:
        event = emit()
        [held] = claim(10)
        assert held.leased_until - NOW == timedelta(seconds=10)
        clock.move_to(held.leased_until - timedelta(milliseconds=1))
        assert claim(10) == []
        clock.move_to(held.leased_until)
        [anew] = claim(10)
        assert (anew.pk, anew.claim_count) == (event.pk, 2)
        assert anew.claim != held.claim

        # The first worker was only slow; its result no longer counts.
        record_answer(held, Answer(404))
        event.refresh_from_db()
        assert (event.state, event.claim) == (State.WAITING, anew.claim)
        assert not DeliveryAttempt.objects.exists()

        record_answer(anew, Answer(200))
        record_answer(anew, Answer(500))
        assert state_of(event) == State.DELIVERED
        assert event.attempts.count() == 1


def test_an_event_stopped_while_being_sent_records_what_happened(emit):
    event = emit()
    [held] = claim(1)
    assert outbox.stop(OutboundEvent.objects.all()) == 1
    record_answer(held, Answer(200))
    assert state_of(event) == State.DELIVERED


def test_an_event_that_was_stopped_is_not_sent_again(emit):
    event = emit()
    [held] = claim(1)
    outbox.stop(OutboundEvent.objects.all())
    record_answer(held, Answer(500))
    assert state_of(event) == State.FAILED
    assert claim(1) == []


@pytest.mark.django_db(transaction=True)
def test_workers_that_claim_at_once_never_hold_the_same_event(emit):
    events = [emit(f"key {number}").pk for number in range(40)]
    batches = at_once(*[lambda: [event.pk for event in claim(20)]] * 4)
    held = [key for batch in batches for key in batch]
    assert len(held) == len(set(held))
    while batch := claim(20):
        held += [event.pk for event in batch]
    assert sorted(held) == events


@pytest.mark.django_db(transaction=True)
def test_everything_is_delivered_once_however_many_runs_are_requested(receiver, emit):
    for number in range(30):
        emit(f"key {number % 7}", n=number)
    tried = at_once(*[tasks.deliver_due] * 4)
    assert sum(tried) == 30
    bodies = [request.body for request in receiver.received]
    assert len(bodies) == len(set(bodies)) == 30
    assert not OutboundEvent.objects.exclude(state=State.DELIVERED).exists()


@pytest.mark.django_db(transaction=True)
def test_an_event_emitted_during_a_run_is_sent_in_the_same_run(receiver, emit):
    emit("a")
    emitted = threading.Event()

    def slow(handler):
        emitted.wait(5)
        answer(200)(handler)

    receiver.behave = slow
    running = threading.Thread(target=lambda: (tasks.deliver_due(), connection.close()))
    running.start()
    receiver.wait_for(1, seconds=5)
    emit("b")
    assert tasks.deliver_due() == 0  # The run under way will make another round.
    emitted.set()
    running.join(timeout=10)
    assert len(receiver.received) == 2


def test_finished_events_are_deleted_after_thirty_days(emit):
    with time_machine.travel(NOW, tick=False) as clock:
        done, waiting = emit("a"), emit("b")
        record_answer(claim(1)[0], Answer(200))
        clock.shift(timedelta(days=30))
        tasks.forget_what_is_over()
        assert OutboundEvent.objects.filter(pk=done.pk).exists()
        clock.shift(timedelta(seconds=1))
        tasks.forget_what_is_over()
    assert list(OutboundEvent.objects.values_list("pk", flat=True)) == [waiting.pk]
    assert not DeliveryAttempt.objects.exists()


def test_a_key_goes_on_after_its_first_event_was_given_up(emit):
    first, second = emit("a"), emit("a")
    [held] = claim()
    record_answer(held, Answer(404))
    assert ending_of(first) == "refused"
    assert [event.pk for event in claim()] == [second.pk]


def test_a_released_event_is_free_at_once_and_not_charged(emit):
    event = emit()
    leases.release(claim())
    event.refresh_from_db()
    assert (event.attempt_count, event.claim, event.leased_until) == (0, None, None)
    [again] = claim()
    assert (again.attempt_count, again.claim_count) == (0, 2)


def test_events_of_another_endpoint_are_left_alone(emit):
    event = emit()
    OutboundEvent.objects.update(endpoint="another")
    assert claim() == []
    assert [held.pk for held in leases.claim("another", 10)] == [event.pk]


def test_no_more_events_are_leased_than_requested(emit):
    for number in range(12):
        emit(f"key {number}")
    assert len(claim(5)) == 5
    assert OutboundEvent.objects.exclude(claim=None).count() == 5
    assert leases.claim_for_probe("stream") is not None
    assert OutboundEvent.objects.exclude(claim=None).count() == 6


def test_workers_that_die_use_up_no_place_in_the_schedule(emit):
    with time_machine.travel(NOW, tick=False) as clock:
        event = emit()
        for _ in range(12):
            assert len(claim()) == 1
            clock.shift(leases.LEASE)
        [held] = claim()
        record_answer(held, Answer(503))
        event.refresh_from_db()
    assert (event.state, event.attempt_count, event.claim_count) == (State.WAITING, 1, 13)


def test_an_event_under_way_is_not_claimed_again_after_its_lease(emit):
    with time_machine.travel(NOW, tick=False) as clock:
        event = emit()
        claim()
        clock.shift(timedelta(hours=72))
        assert leases.claim("stream", 10, excluding=[event.pk]) == []
        assert len(claim()) == 1


def test_an_endpoint_does_not_wait_for_another_endpoints_event_of_the_same_key(emit):
    first, second = emit("a"), emit("a")
    OutboundEvent.objects.filter(pk=first.pk).update(endpoint="another")
    assert [held.pk for held in claim()] == [second.pk]
