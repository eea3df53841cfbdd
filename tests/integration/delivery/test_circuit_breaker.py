"""The circuit breaker: a failing receiver is probed, not hammered, and recovers by itself."""

from datetime import timedelta

import pytest
import time_machine

from integration import tasks
from integration.delivery import circuit_breaker, leases
from integration.models import Alarm, Endpoint, OutboundEvent
from tests.integration.support.deliveries import NOW, state_of
from tests.integration.support.receiver import answer

pytestmark = pytest.mark.django_db
State = OutboundEvent.State


@pytest.fixture
def failing(receiver, settings):
    settings.WEBHOOK_BREAKER_FAILURES = 3
    settings.WEBHOOK_RETRY_JITTER = 0
    receiver.behave = answer(503)
    return receiver


def _stream():
    return Endpoint.objects.get(pk="stream")


def test_after_many_consecutive_failures_only_a_probe_is_sent(failing, emit):
    with time_machine.travel(NOW, tick=False) as clock:
        for number in range(3):
            emit(f"key {number}")
        assert tasks.deliver_due() == 3
        assert _stream().breaker == "open"
        assert _stream().failing_since == NOW
        assert _stream().last_failure == "It answered 503."
        probe_in = (_stream().probe_at - NOW).total_seconds()
        assert 4.5 <= probe_in <= 5.5

        for number in range(50):
            emit(f"new {number}")
        assert tasks.deliver_due() == 0
        clock.shift(timedelta(seconds=6))
        assert tasks.deliver_due() == 1  # The probe; all of them were due.
        assert 9 <= (_stream().probe_at - NOW).total_seconds() - 6 <= 11


def test_the_gaps_between_probes_grow_to_half_a_minute_and_after_an_hour_to_five(failing, emit):
    with time_machine.travel(NOW, tick=False) as clock:
        emit("a"), emit("b"), emit("c")
        tasks.deliver_due()
        waits = []
        for _ in range(10):
            wait = _stream().probe_at - clock_now()
            waits.append(_stream().probe_wait_seconds)
            clock.shift(wait)
            assert tasks.deliver_due() == 1
        assert waits == [5, 10, 20, 30, 30, 30, 30, 30, 30, 30]
        clock.move_to(NOW + timedelta(hours=1))
        waits = []
        for _ in range(6):
            assert tasks.deliver_due() == 1
            waits.append(_stream().probe_wait_seconds)
            clock.move_to(_stream().probe_at)
    assert waits == [60, 120, 240, 300, 300, 300]


def clock_now():
    from django.utils import timezone

    return timezone.now()


def test_a_successful_probe_releases_everything_at_once(failing, emit):
    with time_machine.travel(NOW, tick=False) as clock:
        events = [emit(f"key {number}") for number in range(20)]
        tasks.deliver_due()
        assert Alarm.objects.get(kind="failing", resolved_at=None).count == 1
        failing.behave = answer(200)
        clock.shift(timedelta(seconds=6))
        assert tasks.deliver_due() == 20
        assert [state_of(event) for event in events] == [State.DELIVERED] * 20
    assert _stream().breaker == "closed"
    assert _stream().consecutive_failures == 0
    assert not Alarm.objects.filter(resolved_at=None).exists()


@pytest.mark.parametrize("count", [1, 4, 20])
def test_a_receiver_away_for_a_minute_gets_everything_within_a_minute(
    failing, emit, settings, count
):
    settings.WEBHOOK_BREAKER_FAILURES = 10
    with time_machine.travel(NOW, tick=False) as clock:
        events = [emit(f"key {number}") for number in range(count)]
        for _ in range(60):
            tasks.deliver_due()
            clock.shift(timedelta(seconds=1))
        assert {state_of(event) for event in events} == {State.WAITING}
        failing.behave = answer(200)
        for _ in range(60):
            tasks.deliver_due()
            clock.shift(timedelta(seconds=1))
    assert [state_of(event) for event in events] == [State.DELIVERED] * count


def test_one_success_after_few_failures_makes_the_others_due(failing, emit, settings):
    settings.WEBHOOK_BREAKER_FAILURES = 10
    with time_machine.travel(NOW, tick=False) as clock:
        failed, asked, bad = emit("a"), emit("b"), emit("c")
        tasks.deliver_due()
        clock.shift(timedelta(seconds=60))
        later = clock_now() + timedelta(seconds=300)
        OutboundEvent.objects.filter(pk=failed.pk).update(due_at=later)
        OutboundEvent.objects.filter(pk=asked.pk).update(due_at=later, asked_until=later)
        OutboundEvent.objects.filter(pk=bad.pk).update(due_at=later + timedelta(seconds=1))
        failing.behave = answer(200)
        emit("new")
        assert tasks.deliver_due() == 2
    states = [state_of(event) for event in (failed, asked, bad)]
    assert states == [State.DELIVERED, State.WAITING, State.WAITING]


def test_one_bad_event_among_good_ones_is_neither_hammered_nor_given_up(failing, emit):
    def only_the_bad_one_fails(handler):
        answer(500 if b'"bad":1' in failing.received[-1].body else 200)(handler)

    failing.behave = only_the_bad_one_fails
    with time_machine.travel(NOW, tick=False) as clock:
        bad = emit("bad", bad=1)
        for number in range(120):
            tasks.deliver_due()
            clock.shift(timedelta(seconds=20))
            emit(f"good {number}")
            tasks.deliver_due()
            clock.shift(timedelta(seconds=10))
    assert state_of(bad) == State.WAITING
    # Successes shorten its first waits; those of 300 and 1800 seconds stay.
    assert (bad.attempts.count(), bad.attempt_count) == (9, 9)


def test_an_event_used_as_an_early_probe_is_not_charged(failing, emit):
    with time_machine.travel(NOW, tick=False) as clock:
        events = [emit(f"key {number}") for number in range(3)]
        tasks.deliver_due()
        OutboundEvent.objects.update(due_at=NOW + timedelta(hours=5))
        for _ in range(4):
            clock.shift(timedelta(minutes=6))
            assert tasks.deliver_due() == 1
        for event in events:
            event.refresh_from_db()
            assert (event.attempt_count, event.due_at) == (1, NOW + timedelta(hours=5))
        probes = OutboundEvent.objects.filter(attempts__is_probe=True)
        assert probes.count() == 4


def test_two_workers_never_probe_at_once(failing, emit):
    with time_machine.travel(NOW, tick=False) as clock:
        emit("a"), emit("b"), emit("c")
        tasks.deliver_due()
        endpoint = _stream()
        clock.move_to(endpoint.probe_at)
        assert circuit_breaker.take_probe(endpoint, endpoint.probe_at)
        assert not circuit_breaker.take_probe(endpoint, endpoint.probe_at)
        # If a worker dies while probing, another follows after a lease.
        clock.shift(leases.LEASE)
        assert circuit_breaker.take_probe(_stream(), clock_now())


def test_a_success_between_failures_keeps_the_breaker_closed(failing, emit):
    emit("a"), emit("b")
    tasks.deliver_due()
    failing.behave = answer(204)
    emit("c")
    tasks.deliver_due()
    failing.behave = answer(503)
    emit("d"), emit("e")
    tasks.deliver_due()
    assert _stream().breaker == "closed"
    assert _stream().consecutive_failures == 2


def test_a_refusal_shows_that_the_receiver_works(failing, emit):
    emit("a"), emit("b")
    tasks.deliver_due()
    failing.behave = answer(404)
    emit("c")
    tasks.deliver_due()
    assert _stream().consecutive_failures == 0


def test_an_urgent_event_is_sent_even_to_a_failing_receiver(failing, emit):
    with time_machine.travel(NOW, tick=False):
        emit("a"), emit("b"), emit("c")
        tasks.deliver_due()
        failing.behave = answer(200)
        minute = NOW + timedelta(seconds=60)
        urgent = emit("order/1", event_type="order.accepted", expires_at=minute)
        tasks.deliver_due()
        assert state_of(urgent) == State.DELIVERED


def test_a_gone_receiver_gets_nothing_until_staff_resume_it(receiver, emit):
    receiver.behave = answer(410)
    with time_machine.travel(NOW, tick=False) as clock:
        event = emit("a")
        tasks.deliver_due()
        assert state_of(event) == State.WAITING
        assert event.attempt_count == 0
        assert _stream().breaker == "stopped"
        alarm = Alarm.objects.get(kind="stopped", resolved_at=None)
        assert alarm.merchant_id is None

        later = emit("b")
        clock.shift(timedelta(days=40))
        assert tasks.deliver_due() == 0
        receiver.behave = answer(200)
        assert circuit_breaker.resume("stream")
        assert not circuit_breaker.resume("stream")
        assert tasks.deliver_due() == 2
        assert [state_of(event), state_of(later)] == [State.DELIVERED] * 2
    assert not Alarm.objects.filter(resolved_at=None).exists()


def test_the_time_a_receiver_is_stopped_does_not_count_for_its_events(receiver, emit):
    receiver.behave = answer(410)
    with time_machine.travel(NOW, tick=False) as clock:
        moved = emit("order/1", event_type="order.status.updated")
        tasks.deliver_due()
        clock.shift(timedelta(days=3))
        tasks.deliver_due()
        assert state_of(moved) == State.WAITING
        circuit_breaker.resume("stream")
        moved.refresh_from_db()
        assert moved.expires_at == NOW + timedelta(days=4)


def test_probing_a_receiver_by_hand_does_not_wait_for_the_clock(failing, emit):
    with time_machine.travel(NOW, tick=False):
        emit("a"), emit("b"), emit("c")
        tasks.deliver_due()
        failing.behave = answer(200)
        assert tasks.deliver_due() == 0
        assert circuit_breaker.probe_now("stream")
        assert tasks.deliver_due() == 3
        assert not circuit_breaker.probe_now("stream")
