"""Short leases are renewed while their worker works (contract WH)."""

import threading
import time
from contextlib import contextmanager
from datetime import timedelta

import pytest
import time_machine
from django.db import OperationalError, connection

from integration import tasks
from integration.delivery import circuit_breaker, leases
from integration.delivery import runner as delivery_runner
from integration.models import Endpoint, OutboundEvent
from tests.integration.support.deliveries import NOW, claim, state_of
from tests.integration.support.receiver import answer
from tests.support.threads import at_once

State = OutboundEvent.State
A_SECOND = timedelta(seconds=1)


@pytest.fixture
def short_leases(monkeypatch):
    monkeypatch.setattr(leases, "LEASE", A_SECOND)


@contextmanager
def running():
    """Deliver on another thread, and wait for its end."""
    thread = threading.Thread(target=lambda: (tasks.deliver_due(), connection.close()))
    thread.start()
    try:
        yield
    finally:
        thread.join(timeout=20)
        assert not thread.is_alive()


def claims_of_another_worker(seconds):
    """Try to claim what is due, as another worker does, for this long."""
    claimed = []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        claimed += [event.pk for event in claim()]
        time.sleep(0.05)
    return claimed


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("short_leases")
def test_what_is_queued_or_under_way_longer_than_a_lease_stays_with_its_worker(
    receiver, emit, settings
):
    settings.WEBHOOK_TIMEOUT_SECONDS = (5, 5)
    settings.WEBHOOK_CONNECTIONS = 2
    release = threading.Event()

    def hang(handler):
        release.wait(10)
        answer(200)(handler)

    receiver.behave = hang
    events = [emit(f"key {number}") for number in range(4)]
    with running():
        receiver.wait_for(2, seconds=5)
        assert OutboundEvent.objects.exclude(claim=None).count() == 4
        assert claims_of_another_worker(2.5) == []
        release.set()
    assert {state_of(event) for event in events} == {State.DELIVERED}
    assert {event.claim_count for event in events} == {1}
    assert len(receiver.received) == 4


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("short_leases")
def test_what_has_ended_and_cannot_be_recorded_stays_with_its_worker(receiver, emit, monkeypatch):
    real, is_back = delivery_runner.record, threading.Event()

    def record(results):
        if not is_back.is_set():
            raise OperationalError("the connection was closed")
        real(results)

    monkeypatch.setattr(delivery_runner, "record", record)
    monkeypatch.setattr(delivery_runner, "_PAUSE_SECONDS", 0.01)
    event = emit()
    with running():
        receiver.wait_for(1, seconds=5)
        assert claims_of_another_worker(2.5) == []
        is_back.set()
    assert state_of(event) == State.DELIVERED
    assert len(receiver.received) == 1


@pytest.mark.django_db(transaction=True)
def test_a_renewal_that_fails_is_tried_again_at_once(receiver, emit, settings, monkeypatch):
    settings.WEBHOOK_TIMEOUT_SECONDS = (5, 5)
    monkeypatch.setattr(leases, "LEASE", 4 * A_SECOND)
    monkeypatch.setattr("integration.delivery.lease_keeper._AGAIN_SECONDS", 0.05)
    real, tries, release = leases.renew, [], threading.Event()

    def renew(events, until):
        tries.append(time.monotonic())
        if len(tries) == 1:
            raise OperationalError("the connection was closed")
        held = real(events, until)
        release.set()
        return held

    monkeypatch.setattr(leases, "renew", renew)
    receiver.behave = lambda handler: (release.wait(10), answer(200)(handler))
    event = emit()
    with running():
        assert release.wait(10)
    assert tries[1] - tries[0] < leases.renewal_seconds()
    assert state_of(event) == State.DELIVERED


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 40])
def test_all_leases_are_renewed_by_one_statement(emit, django_assert_num_queries, count):
    for number in range(count):
        emit(f"key {number}")
    held = claim(count)
    until = held[0].leased_until + timedelta(seconds=3)
    with django_assert_num_queries(3):  # With its savepoint.
        assert leases.renew(held, until) == {event.pk for event in held}
    assert set(OutboundEvent.objects.values_list("leased_until", flat=True)) == {until}


@pytest.mark.django_db
def test_a_lease_that_another_worker_took_is_not_renewed(emit):
    with time_machine.travel(NOW, tick=False) as clock:
        emit("a")
        [lost] = claim()
        clock.shift(leases.LEASE)
        [taken] = claim()
        emit("b")
        [kept] = claim()
        until = NOW + timedelta(minutes=1)
        assert leases.renew([lost, kept], until) == {kept.pk}
    taken.refresh_from_db()
    assert (taken.claim != lost.claim, taken.leased_until) == (True, NOW + 2 * leases.LEASE)
    kept.refresh_from_db()
    assert kept.leased_until == until


@pytest.mark.django_db
def test_a_lease_that_ended_and_that_nobody_took_is_renewed(emit):
    with time_machine.travel(NOW, tick=False) as clock:
        emit()
        held = claim()
        clock.shift(timedelta(minutes=1))
        assert leases.renew(held, NOW + timedelta(minutes=2)) == {held[0].pk}
        assert claim() == []


@pytest.mark.django_db(transaction=True)
def test_a_row_that_is_locked_is_left_for_the_next_renewal(emit):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no locks on rows.")
    emit("a"), emit("b")
    first, second = claim()
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute(
                "SELECT 1 FROM integration_outboundevent WHERE id = %s FOR UPDATE", [first.pk]
            )
            begun = time.monotonic()
            assert leases.renew([first, second], NOW) == {second.pk}
            assert time.monotonic() - begun < 3
            cursor.execute("ROLLBACK")
    finally:
        other.close()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("short_leases")
def test_a_hanging_probe_keeps_its_reservation(receiver, emit, settings):
    settings.WEBHOOK_TIMEOUT_SECONDS = (5, 5)
    release = threading.Event()
    receiver.behave = lambda handler: (release.wait(10), answer(200)(handler))
    emit()
    Endpoint.objects.create(name="stream", consecutive_failures=99, probe_at=NOW)
    with running():
        receiver.wait_for(1, seconds=5)
        until = time.monotonic() + 2.5
        while time.monotonic() < until:
            endpoint = Endpoint.objects.get()
            assert circuit_breaker.take_probe(endpoint, _now()) is None
            time.sleep(0.05)
        release.set()
    assert Endpoint.objects.get().probe_at is None
    assert len(receiver.received) == 1


@pytest.mark.django_db
def test_a_probe_that_was_rescheduled_keeps_its_new_time():
    Endpoint.objects.create(name="one", probe_at=NOW)
    Endpoint.objects.create(name="other", probe_at=NOW + A_SECOND)
    Endpoint.objects.create(name="closed", probe_at=None)
    reserved = {"one": NOW, "other": NOW, "closed": NOW}
    circuit_breaker.renew_probes(reserved, NOW + 9 * A_SECOND)
    assert dict(Endpoint.objects.values_list("name", "probe_at")) == {
        "one": NOW + 9 * A_SECOND,
        "other": NOW + A_SECOND,
        "closed": None,
    }


@pytest.mark.django_db(transaction=True)
def test_a_renewal_and_a_claim_at_once_leave_one_holder(emit):
    for number in range(20):
        emit(f"key {number}")
    held = claim(20)
    OutboundEvent.objects.update(leased_until=NOW)
    until = held[0].leased_until + timedelta(minutes=1)
    mine, theirs = at_once(
        lambda: leases.renew(held, until), lambda: {event.pk for event in claim(20)}
    )
    assert not mine & theirs
    holders = dict(OutboundEvent.objects.values_list("pk", "claim"))
    assert {pk for pk, holder in holders.items() if holder == held[0].claim} >= mine
    assert all(holders[pk] != held[0].claim for pk in theirs)


def _now():
    return circuit_breaker.database_time.now()
