"""The rounds of a delivery run: recovery from a failed one, and many receivers in one."""

import threading

import pytest
from django.db import OperationalError

from integration import tasks
from integration.delivery import leases
from integration.delivery import runner as delivery_runner
from integration.delivery.results import Result, record
from integration.delivery.transport import Answer
from integration.models import Endpoint, OutboundEvent
from integration.webhooks import endpoints, outbox
from integration.webhooks.endpoints import Destination
from tests.integration.support.deliveries import NOW, state_of
from tests.integration.support.receiver import answer

State = OutboundEvent.State


@pytest.fixture
def owe(merchant):
    """Return a function that emits events, creating their endpoints if needed."""

    def make(endpoint, key="key", **options):
        Endpoint.objects.get_or_create(name=endpoint)
        return outbox.emit(
            merchant_id=merchant.pk,
            location_id="loc_1",
            event_type="test",
            ordering_key=key,
            endpoint=endpoint,
            **options,
        )

    return make


def fails_once(monkeypatch, place, name):
    real, failures = getattr(place, name), []

    def failing(*args, **kwargs):
        if not failures:
            failures.append(args)
            raise OperationalError("the connection was closed")
        return real(*args, **kwargs)

    monkeypatch.setattr(place, name, failing)
    monkeypatch.setattr(delivery_runner, "_PAUSE_SECONDS", 0.01)
    return failures


@pytest.mark.django_db(transaction=True)
def test_the_next_event_of_a_key_is_sent_in_the_run_in_which_recording_failed(
    receiver, emit, monkeypatch
):
    first, second = emit("a", n=1), emit("a", n=2)
    failures = fails_once(monkeypatch, delivery_runner, "record")
    assert tasks.deliver_due() == 2
    assert len(failures) == 1
    assert [state_of(first), state_of(second)] == [State.DELIVERED, State.DELIVERED]
    assert len(receiver.received) == 2


@pytest.mark.django_db(transaction=True)
def test_events_due_when_claiming_fails_do_not_wait_for_a_hanging_receiver(
    receiver, emit, monkeypatch
):
    release = threading.Event()

    def hang(handler):
        release.wait(20)
        answer(200)(handler)

    receiver.behave = hang
    first = emit("a")
    running = threading.Thread(target=tasks.deliver_due)
    running.start()
    assert len(receiver.wait_for(1, seconds=10)) == 1
    receiver.behave = answer(200)
    fails_once(monkeypatch, leases, "claim_each")
    second = emit("b")
    tasks.deliver_due()
    assert len(receiver.wait_for(2, seconds=4)) == 2
    release.set()
    running.join(timeout=20)
    assert [state_of(first), state_of(second)] == [State.DELIVERED, State.DELIVERED]


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 20])
def test_a_round_over_many_receivers_makes_as_many_queries_as_for_one(
    owe, django_assert_max_num_queries, count
):
    names = [f"receiver-{number:02}" for number in range(count)]
    events = [owe(name) for name in names]
    Endpoint.objects.update(last_success_at=NOW.replace(year=2999))  # Just recorded.
    with django_assert_max_num_queries(5):  # With its savepoint.
        held = leases.claim_each(dict.fromkeys(names, 4))
    assert [event.pk for event in held] == [event.pk for event in events]
    assert {(event.claim_count, event.claim) for event in held} == {(1, held[0].claim)}
    assert held[0].claim is not None
    with django_assert_max_num_queries(9):
        record([Result(event, Answer(200), started_at=NOW, duration_ms=3) for event in held])
    assert {state_of(event) for event in events} == {State.DELIVERED}


@pytest.mark.django_db
def test_a_receiver_gets_no_more_than_it_has_room_for(owe):
    for number in range(6):
        owe("busy", f"key {number}")
    quiet = [owe("quiet", f"key {number}").pk for number in range(2)]
    full = owe("full").pk
    held = leases.claim_each({"busy": 3, "quiet": 2})
    assert [event.endpoint for event in held] == ["busy"] * 3 + ["quiet"] * 2
    assert [event.pk for event in held[3:]] == quiet
    assert state_of(OutboundEvent.objects.get(pk=full)) == State.WAITING
    assert OutboundEvent.objects.get(pk=full).claim is None
    assert leases.claim_each({}) == []


@pytest.mark.django_db
def test_a_long_queue_of_one_receiver_does_not_hide_another(owe, monkeypatch):
    monkeypatch.setattr(leases, "_MANY", 5)
    for number in range(9):
        owe("busy", f"key {number}")
    later = owe("quiet")
    held = leases.claim_each({"busy": 50, "quiet": 50, "idle": 50})
    assert [event.endpoint for event in held] == ["busy"] * 9 + ["quiet"]
    assert held[-1].pk == later.pk


@pytest.mark.django_db
def test_only_the_first_of_several_events_of_a_key_is_claimed(owe):
    first, _, third = owe("one", "same"), owe("one", "same"), owe("two", "same")
    assert [event.pk for event in leases.claim_each({"one": 9, "two": 9})] == [first.pk, third.pk]
    assert leases.claim_each({"one": 9, "two": 9}) == []


@pytest.mark.django_db(transaction=True)
def test_events_of_a_receiver_that_lost_its_address_are_released(owe, monkeypatch):
    event = owe("leaving")
    asked = []

    def known_once(name):
        asked.append(name)
        is_known = name == "leaving" and asked.count(name) <= 2  # To expire, and to claim.
        return Destination("http://127.0.0.1:9/", ("a secret",)) if is_known else None

    monkeypatch.setattr(endpoints, "destination", known_once)
    assert tasks.deliver_due() == 0
    event.refresh_from_db()
    assert (event.state, event.claim) == (State.WAITING, None)
