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


def test_the_gaps_between_probes_grow_to_five_minutes(failing, emit):
    with time_machine.travel(NOW, tick=False) as clock:
        emit("a"), emit("b"), emit("c")
        tasks.deliver_due()
        waits = []
        for _ in range(10):
            wait = _stream().probe_at - clock_now()
            waits.append(_stream().probe_wait_seconds)
            clock.shift(wait)
            assert tasks.deliver_due() == 1
    assert waits == [5, 10, 20, 40, 80, 160, 300, 300, 300, 300]


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
        clock.shift(leases.lease())
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
