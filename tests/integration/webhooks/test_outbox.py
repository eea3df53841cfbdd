"""The outbox and the wake-ups of its workers (contract WH)."""

import json
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import transaction

from integration import wakeups
from integration.delivery import leases
from integration.delivery.results import Result, record
from integration.delivery.transport import Answer
from integration.models import OutboundEvent
from integration.webhooks import outbox
from tests.support import factories

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
State = OutboundEvent.State


class OurFault(Exception):
    pass


@pytest.fixture
def emit(merchant):
    def emit_one(**fields):
        return outbox.emit(
            **{
                "merchant_id": merchant.pk,
                "location_id": "loc_1",
                "event_type": "location.catalog.updated",
                "ordering_key": "loc_1/catalog",
            }
            | fields
        )

    return emit_one


@time_machine.travel(NOW, tick=False)
def test_an_event_is_exactly_what_will_be_sent(emit):
    event = emit(event_type="order.status.updated", data={"status": "ready", "note": "Señor ☕"})
    event.refresh_from_db()
    assert event.body == (
        '{"type":"order.status.updated",'
        '"object":{"location_id":"loc_1","status":"ready","note":"Señor ☕"}}'
    )
    assert (event.state, event.attempt_count, event.due_at) == (State.WAITING, 0, NOW)


@pytest.mark.django_db(transaction=True)
def test_a_commit_wakes_the_worker_and_a_rollback_leaves_nothing(emit, woken):
    with pytest.raises(OurFault), transaction.atomic():  # noqa: PT012  # Raised at the end.
        emit()
        raise OurFault
    assert not OutboundEvent.objects.exists()
    assert woken == []

    with transaction.atomic():
        emit()
        assert woken == []
    assert woken == [("integration.tasks.deliver_due",)]


@pytest.mark.django_db(transaction=True)
def test_a_failure_while_waking_does_not_reach_the_request(emit, monkeypatch):
    def fail(*args, **kwargs):
        raise OurFault

    monkeypatch.setattr(wakeups, "wake", fail)
    assert emit().pk


@time_machine.travel(NOW, tick=False)
def test_an_event_that_is_held_back_is_due_later(emit):
    assert emit(due_in=timedelta(seconds=1)).due_at == NOW + timedelta(seconds=1)


def test_a_waiting_event_can_be_withdrawn_once(emit):
    event = emit()
    assert outbox.is_waiting(event.pk)
    assert outbox.withdraw(event.pk)
    assert not outbox.withdraw(event.pk)
    assert not outbox.is_waiting(event.pk)
    event.refresh_from_db()
    assert event.state == State.WITHDRAWN
    assert event.finished_at is not None


@time_machine.travel(NOW, tick=False)
def test_a_leased_event_is_neither_withdrawn_nor_requeued(emit):
    held = emit()
    OutboundEvent.objects.update(leased_until=NOW + timedelta(seconds=1))
    assert not outbox.is_waiting(held.pk)
    assert not outbox.withdraw(held.pk)
    assert outbox.requeue(OutboundEvent.objects.all()) == 0
    OutboundEvent.objects.update(leased_until=NOW)  # The lease is over.
    assert outbox.withdraw(held.pk)


@time_machine.travel(NOW, tick=False)
def test_an_event_under_way_for_a_disconnected_location_is_not_retried(emit, settings):
    settings.STREAM_WEBHOOK_URL = "http://127.0.0.1:9/hook"
    emit()
    (held,) = leases.claim("stream", 1)
    assert outbox.withdraw_all(["loc_1"]) == 1
    record([Result(held, Answer(500), started_at=NOW, duration_ms=1)])
    held.refresh_from_db()
    assert held.state == State.WITHDRAWN
    with time_machine.travel(NOW + timedelta(days=30), tick=False):
        assert leases.claim("stream", 1) == []


@time_machine.travel(NOW, tick=False)
def test_a_new_event_makes_older_events_of_its_key_due_at_once(emit, woken):
    for key in ("loc_1/status", "loc_2/status"):
        late = emit(ordering_key=key)
        OutboundEvent.objects.filter(pk=late.pk).update(
            attempt_count=4, due_at=NOW + timedelta(hours=3)
        )
    emit(ordering_key="loc_1/status")
    waiting = OutboundEvent.objects.order_by("pk").values_list("due_at", "attempt_count")
    assert list(waiting) == [(NOW, 3), (NOW + timedelta(hours=3), 4), (NOW, 0)]


def test_disconnecting_withdraws_only_the_locations_own_events(emit):
    waiting, done, other = emit(), emit(), emit(location_id="loc_2")
    OutboundEvent.objects.filter(pk=done.pk).update(state=State.DELIVERED)
    assert outbox.withdraw_all(["loc_1", "loc_3"]) == 1
    states = dict(OutboundEvent.objects.values_list("pk", "state"))
    assert states == {
        waiting.pk: State.WITHDRAWN,
        done.pk: State.DELIVERED,
        other.pk: State.WAITING,
    }


def test_an_event_without_a_location_of_ours_needs_no_connection(merchant):
    names = {"location_id": "STREAM_1", "order_id": "STREAM_2"}
    event = outbox.emit(
        merchant_id=merchant.pk, location_id="", event_type="t", ordering_key="k/1", data=names
    )
    assert json.loads(event.body) == {"type": "t", "object": names}
    assert str(event) == "t for k/1 (Waiting)"
    outbox.withdraw_all(["STREAM_1", "loc_1"])
    OutboundEvent.objects.update(state="failed", ending="tried_out")
    assert outbox.requeue(OutboundEvent.objects.all()) == 1


@pytest.mark.parametrize(
    ("state", "is_sent_again"),
    [("failed", True), ("delivered", True), ("waiting", True), ("withdrawn", False)],
)
def test_requeued_events_start_the_schedule_again(stream, emit, state, is_sent_again):
    event = emit(location_id="loc_downtown")
    OutboundEvent.objects.update(
        state=state, attempt_count=7, due_at=NOW + timedelta(days=900), finished_at=NOW
    )
    assert outbox.requeue(OutboundEvent.objects.all()) == int(is_sent_again)
    event.refresh_from_db()
    if is_sent_again:
        assert (event.state, event.attempt_count) == (State.WAITING, 0)
        assert event.finished_at is None
        assert event.due_at < datetime.now(UTC)
    else:
        assert event.state == state


def test_events_of_an_unconnected_location_are_not_requeued(location, token, emit):
    emit(location_id="loc_downtown")
    OutboundEvent.objects.update(state=State.FAILED)
    assert outbox.requeue(OutboundEvent.objects.all()) == 0
    factories.connect(location)
    assert outbox.requeue(OutboundEvent.objects.all()) == 1


def test_only_waiting_events_are_stopped(emit):
    emit()
    OutboundEvent.objects.filter(pk=emit().pk).update(state=State.DELIVERED)
    assert outbox.stop(OutboundEvent.objects.all()) == 1
    assert sorted(OutboundEvent.objects.values_list("state", flat=True)) == [
        State.DELIVERED,
        State.FAILED,
    ]


def test_an_event_that_was_never_sent_has_no_send_time(emit):
    assert not outbox.is_waiting(None)
    assert outbox.last_sent_at(emit().pk) is None
    assert outbox.last_sent_at(0) is None


# --- Waking.


@pytest.fixture
def real_wake(monkeypatch, woken):
    """Run the real messenger thread with a fake broker client."""
    monkeypatch.undo()
    sent = []

    class Broker:
        hold = threading.Event()

        @staticmethod
        def send_task(task, *, args, **options):
            Broker.hold.wait(5)
            sent.append((task, args))

    monkeypatch.setattr(wakeups, "current_app", Broker)
    yield Broker, sent
    Broker.hold.set()


def _until(condition, seconds=5):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert condition()


def test_a_hanging_broker_delays_nobody_and_many_wake_ups_become_one(real_wake):
    broker, sent = real_wake
    broker.hold.clear()
    began = time.monotonic()
    wakeups.wake("first")
    for number in range(3000):
        wakeups.wake("again")
        wakeups.wake("of merchant", number % 2)
    assert time.monotonic() - began < 3

    broker.hold.set()
    _until(lambda: len(sent) >= 4)
    time.sleep(0.1)
    assert sent[0] == ("first", ())
    # Each is sent once or twice: the messenger may have looked while more were arriving.
    assert set(sent[1:]) == {("again", ()), ("of merchant", (0,)), ("of merchant", (1,))}
    assert len(sent) <= 10


@pytest.mark.django_db(transaction=True)
def test_an_unreachable_broker_neither_raises_nor_delays_the_commit(
    real_wake, emit, monkeypatch, caplog
):
    broker, _ = real_wake

    def refuse(task, **options):
        raise OSError("Connection refused")

    monkeypatch.setattr(broker, "send_task", refuse)
    monkeypatch.setattr(wakeups, "_broker", wakeups._Broker())
    began = time.monotonic()
    with transaction.atomic():
        event = emit()
        inside = time.monotonic()
    assert time.monotonic() - inside < 1
    assert time.monotonic() - began < 5
    assert OutboundEvent.objects.filter(pk=event.pk).exists()
    _until(lambda: "The broker is away" in caplog.text)
    assert wakeups._thread.is_alive()
