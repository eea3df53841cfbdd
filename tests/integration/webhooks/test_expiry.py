"""Expiry of events, and the alarms and listeners that follow."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from integration import tasks
from integration.models import Alarm, OutboundEvent
from integration.webhooks import outbox
from tests.integration.support import event_types
from tests.integration.support.deliveries import NOW, ending_of, state_of
from tests.integration.support.receiver import answer
from tests.support import factories

pytestmark = pytest.mark.django_db
State = OutboundEvent.State


@pytest.fixture
def ended(monkeypatch):
    """Collect what the listeners of order decisions are called with."""
    notified = []
    event_types.change(
        monkeypatch,
        "order.accepted",
        on_ended=(lambda event: notified.append((event.pk, event.state, event.ending)),),
    )
    return notified


@pytest.fixture
def decision(emit):
    def decide():
        return emit(
            "order/1",
            event_type="order.accepted",
            expires_at=NOW + timedelta(seconds=60),
        )

    return decide


def test_a_decision_is_never_sent_after_its_minute(receiver, decision, ended):
    with time_machine.travel(NOW, tick=False) as clock:
        event = decision()
        clock.shift(timedelta(seconds=60))
        assert tasks.deliver_due() == 0
    assert receiver.received == []
    assert (state_of(event), event.ending) == (State.FAILED, "expired")
    assert ended == [(event.pk, "failed", "expired")]
    alarm = Alarm.objects.get()
    assert (alarm.kind, alarm.merchant_id) == ("expired", event.merchant_id)


def test_a_decision_is_sent_until_its_minute_is_over(receiver, decision, ended):
    with time_machine.travel(NOW, tick=False) as clock:
        event = decision()
        clock.shift(timedelta(seconds=59.9))
        assert tasks.deliver_due() == 1
    assert ended == [(event.pk, "delivered", "arrived")]


def test_a_decision_is_retried_many_times_within_its_minute(receiver, decision, ended):
    receiver.behave = answer(503)
    with time_machine.travel(NOW, tick=False) as clock:
        event = decision()
        tries = 0
        for _ in range(700):
            tries += tasks.deliver_due()
            clock.shift(timedelta(seconds=0.1))
        assert ending_of(event) == "expired"
    assert tries >= 8
    assert len(receiver.received) == tries
    assert ended == [(event.pk, "failed", "expired")]


def test_a_decision_expires_even_without_a_webhook_address(settings, decision, ended):
    settings.STREAM_WEBHOOK_URL = ""
    with time_machine.travel(NOW, tick=False) as clock:
        event = decision()
        clock.shift(timedelta(seconds=61))
        tasks.deliver_due()
    assert ended == [(event.pk, "failed", "expired")]


def test_an_expired_decision_cannot_be_sent_again(receiver, decision):
    with time_machine.travel(NOW, tick=False) as clock:
        decision()
        clock.shift(timedelta(seconds=61))
        tasks.deliver_due()
        assert outbox.requeue(OutboundEvent.objects.all()) == 0
        assert tasks.deliver_due() == 0


def test_an_order_status_is_not_sent_after_a_day(receiver, emit):
    with time_machine.travel(NOW, tick=False) as clock:
        late, early = (emit(key, event_type="order.status.updated") for key in ("a", "b"))
        OutboundEvent.objects.filter(pk=early.pk).update(expires_at=NOW + timedelta(hours=25))
        clock.shift(timedelta(hours=24))
        assert tasks.deliver_due() == 1
    assert ending_of(late) == "expired"
    assert ending_of(early) == "arrived"


def test_an_order_status_does_not_expire_while_there_is_no_address(settings, emit):
    settings.STREAM_WEBHOOK_URL = ""
    with time_machine.travel(NOW, tick=False) as clock:
        event = emit("a", event_type="order.status.updated")
        clock.shift(timedelta(hours=30))
        tasks.deliver_due()
    assert state_of(event) == State.WAITING


def test_an_event_that_reports_a_state_is_sent_however_late_the_worker_runs(receiver, emit):
    with time_machine.travel(NOW, tick=False) as clock:
        receiver.behave = answer(500)
        event = emit()
        tasks.deliver_due()
        receiver.behave = answer(200)
        clock.shift(timedelta(days=30))  # Nothing ran for a month.
        assert tasks.deliver_due() == 1
    assert ending_of(event) == "arrived"


def test_an_event_is_given_up_when_it_still_fails_after_a_week(receiver, emit):
    receiver.behave = answer(500)
    with time_machine.travel(NOW, tick=False) as clock:
        event = emit()
        tasks.deliver_due()
        event.refresh_from_db()
        assert event.expires_at == NOW + timedelta(days=7)
        clock.shift(timedelta(days=7))
        assert tasks.deliver_due() == 1
    assert ending_of(event) == "expired"
    assert Alarm.objects.get(kind="expired").count == 1


def test_staff_may_send_an_expired_status_again(receiver, location, token, emit):
    factories.connect(location)
    today = datetime.now(UTC)
    with time_machine.travel(NOW, tick=False) as clock:
        event = emit("a", event_type="order.status.updated")
        clock.shift(timedelta(hours=30))
        tasks.deliver_due()
        OutboundEvent.objects.update(location_id=location.provider_id)
        clock.move_to(today)
        assert outbox.requeue(OutboundEvent.objects.all()) == 1
        assert tasks.deliver_due() == 1
    assert ending_of(event) == "arrived"


def test_a_failing_listener_does_not_make_an_event_be_sent_again(receiver, decision, monkeypatch):
    event_types.change(monkeypatch, "order.accepted", on_ended=(lambda event: 1 / 0,))
    with time_machine.travel(NOW, tick=False):
        event = decision()
        assert tasks.deliver_due() == 1
    assert state_of(event) == State.DELIVERED
