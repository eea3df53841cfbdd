"""The delivery run: parallel sending, slow receivers, database outages."""

import threading
import time
from datetime import timedelta

import pytest
import time_machine
from django.db import OperationalError

from integration import tasks
from integration.delivery import runner as delivery_runner
from integration.delivery.jobs import Job
from integration.delivery.results import Result, record
from integration.delivery.transport import Answer
from integration.delivery.worker_pool import DeliveryPool
from integration.models import DeliveryAttempt, Endpoint, OutboundEvent
from integration.webhooks import endpoints, outbox
from integration.webhooks.endpoints import Destination
from tests.integration.support.deliveries import NOW, claim, state_of
from tests.integration.support.receiver import Receiver, answer

State = OutboundEvent.State


@pytest.fixture
def endpoint(monkeypatch, merchant):
    """Return a function that registers another endpoint for a receiver."""

    def make(name, receiver):
        destination = Destination(url=receiver.url, secrets=("a secret of the tests",))
        monkeypatch.setitem(endpoints._sources, name, lambda: destination)
        Endpoint.objects.create(name=name)

        def promise(key):
            return outbox.emit(
                merchant_id=merchant.pk,
                location_id="loc_1",
                event_type="test",
                ordering_key=f"{name}/{key}",
                endpoint=name,
            )

        return promise

    return make


@pytest.fixture
def another_receiver():
    server = Receiver()
    server.start()
    yield server
    server.stop()


@pytest.mark.django_db(transaction=True)
def test_a_hanging_receiver_delays_nobody_else(receiver, another_receiver, endpoint, settings):
    settings.WEBHOOK_TIMEOUT_SECONDS = (5, 5)
    release = threading.Event()

    def hang(handler):
        release.wait(20)
        answer(200)(handler)

    another_receiver.behave = hang
    slow, quick = endpoint("slow", another_receiver), endpoint("quick", receiver)
    stuck = [slow(number) for number in range(200)]
    events = [quick(number) for number in range(200)]
    running = threading.Thread(target=tasks.deliver_due)
    running.start()
    assert len(receiver.wait_for(200, seconds=15)) == 200
    assert len(another_receiver.received) < len(stuck)
    later = quick("later")
    tasks.deliver_due()  # The run under way looks again.
    assert len(receiver.wait_for(201, seconds=15)) == 201
    release.set()
    running.join(timeout=60)
    assert not running.is_alive()
    assert {state_of(event) for event in [*events, later, *stuck]} == {State.DELIVERED}


@pytest.mark.django_db(transaction=True)
def test_events_are_sent_in_parallel(receiver, emit, settings):
    settings.WEBHOOK_TIMEOUT_SECONDS = (5, 5)
    settings.WEBHOOK_CONNECTIONS = 8
    together = threading.Barrier(8, timeout=10)  # Breaks, unless eight are under way at once.

    def meet(handler):
        together.wait()
        answer(200)(handler)

    receiver.behave = meet
    for number in range(16):
        emit(f"key {number}")
    assert tasks.deliver_due() == 16
    assert OutboundEvent.objects.filter(state=State.DELIVERED).count() == 16


@pytest.mark.django_db(transaction=True)
def test_results_are_recorded_when_the_database_is_back(receiver, emit, monkeypatch):
    event = emit()
    record, refused = delivery_runner.record, []

    def away_at_first(results):
        if len(refused) < 2:
            refused.append(results)
            raise OperationalError("the connection was closed")
        record(results)

    monkeypatch.setattr(delivery_runner, "record", away_at_first)
    monkeypatch.setattr(delivery_runner, "_PAUSE_SECONDS", 0.01)
    assert tasks.deliver_due() == 1
    assert state_of(event) == State.DELIVERED
    assert len(receiver.received) == 1


@pytest.mark.django_db(transaction=True)
def test_an_internal_error_while_sending_is_a_failed_attempt(receiver, emit, monkeypatch):
    def broken(self):
        raise RuntimeError("a fault")

    monkeypatch.setattr("integration.delivery.jobs.Exchange.run", broken)
    event = emit()
    assert tasks.deliver_due() == 1
    assert state_of(event) == State.WAITING
    assert event.attempts.get().error == "RuntimeError: a fault"


@pytest.mark.django_db(transaction=True)
def test_an_attempt_that_cannot_be_aborted_is_abandoned(emit, settings, monkeypatch):
    settings.WEBHOOK_TIMEOUT_SECONDS = (0.1, 0.1)
    monkeypatch.setattr("integration.delivery.worker_pool._GRACE_SECONDS", 0.2)
    release = threading.Event()
    aborted = []

    class Stuck:
        def __init__(self, *args, **kwargs):
            pass

        def run(self):
            release.wait(20)

        def abort(self):
            aborted.append(True)

    monkeypatch.setattr("integration.delivery.jobs.Exchange", Stuck)
    event = emit()
    began = time.monotonic()
    assert tasks.deliver_due() == 1
    assert time.monotonic() - began < 5
    assert aborted
    assert state_of(event) == State.WAITING
    assert event.attempts.get().error == "The answer took too long."
    release.set()
    time.sleep(0.1)
    assert DeliveryAttempt.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_process_that_ends_sends_no_more_and_leases_nothing(receiver, emit, monkeypatch):
    monkeypatch.setattr(delivery_runner, "_winding_down", threading.Event())
    event = emit()
    delivery_runner.wind_down()
    assert tasks.deliver_due() == 0
    event.refresh_from_db()
    assert (event.state, event.claim, event.attempt_count) == (State.WAITING, None, 0)


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 60])
def test_claiming_and_recording_make_the_same_queries_for_one_and_for_many(
    emit, django_assert_max_num_queries, count
):
    for number in range(count):
        emit(f"key {number}")
    with django_assert_max_num_queries(5):  # With its savepoint.
        held = claim(count)
    with django_assert_max_num_queries(9):
        record([Result(event, Answer(200), started_at=NOW, duration_ms=3) for event in held])
    assert OutboundEvent.objects.filter(state=State.DELIVERED).count() == count


@pytest.mark.django_db(transaction=True)
def test_an_event_whose_lease_ends_during_a_database_outage_is_not_sent_again(
    receiver, emit, monkeypatch
):
    with time_machine.travel(NOW, tick=False) as clock:
        event = emit()
        real, refused = delivery_runner.record, []

        def away_past_the_lease(results):
            if not refused:
                refused.append(results)
                clock.shift(timedelta(hours=72))
                delivery_runner._run_requested.set()
                raise OperationalError("the connection was closed")
            real(results)

        monkeypatch.setattr(delivery_runner, "record", away_past_the_lease)
        monkeypatch.setattr(delivery_runner, "_PAUSE_SECONDS", 0.01)
        assert tasks.deliver_due() == 1
    assert state_of(event) == State.DELIVERED
    assert len(receiver.received) == 1


@pytest.mark.django_db(transaction=True)
def test_a_finished_but_ungathered_job_counts_as_under_way(receiver, emit):
    emit()
    [held] = claim()
    sending = DeliveryPool()
    sending.add([Job(held, endpoints.destination("stream"))])
    deadline = time.monotonic() + 10
    while any(sending._running.values()) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert sending.event_ids() == {held.pk}
    [ended] = sending.gather(1)
    assert ended.answer.status_code == 200
    assert sending.event_ids() == set()
