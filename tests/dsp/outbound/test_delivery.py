"""Delivery to Stream over HTTP: what its answers mean to an order (contract DSP-WH)."""

import hashlib
import hmac
import json
from datetime import timedelta

import pytest
from django.utils import timezone

from dsp.orders import cancelation, settling
from dsp.outbound import receiver as stream
from integration import tasks
from integration.delivery.results import Result
from integration.delivery.retry_policy import next_step
from integration.delivery.transport import Answer
from integration.models import Alarm, OutboundEvent
from integration.webhooks import explanations, outbox
from tests.dsp.support.orders import owed, place
from tests.integration.support.receiver import Receiver, answer, never

pytestmark = pytest.mark.django_db
SECRET = "the-webhook-secret-of-the-channel"


@pytest.fixture
def receiver(settings, role):
    server = Receiver()
    server.start()
    settings.DSP = settings.DSP._replace(webhook_url=server.url, webhook_secrets=(SECRET,))
    settings.WEBHOOK_TIMEOUT_SECONDS = (0.5, 0.3)
    yield server
    server.stop()


def _deliver(order):
    tasks.deliver_due()
    settling.settle()
    order.refresh_from_db()
    return order


def _again_after(order):
    event = owed(order)[0]
    return (event.due_at - event.attempts.latest("number").started_at).total_seconds()


def test_the_exact_bytes_are_signed_and_sent(receiver, store):
    order = _deliver(place(store))
    (request,) = receiver.received
    signature = hmac.new(SECRET.encode(), request.body, hashlib.sha256).hexdigest()
    assert request.headers["Stream-Webhook-Signature"] == signature
    assert request.headers["Content-Type"] == "application/json"
    sent = json.loads(request.body)
    assert sent["order"]["customer_facing_id"] == order.number
    assert (sent["type"], sent["location_id"], sent["order"]["id"]) == (
        "new_order", "str_8H2K", "ord_01",
    )  # fmt: skip
    assert (order.state, order.sent_at is not None) == ("sent", True)


def test_409_is_taken_over(receiver, store):
    receiver.behave = answer(409)
    assert _deliver(place(store)).state == "sent"


@pytest.mark.parametrize("status", [400, 410, 422])
def test_a_refusal_is_final_and_its_words_are_kept_for_staff(receiver, store, status):
    receiver.behave = answer(status, b"x" * 5000)
    order = _deliver(place(store))
    assert (order.state, order.failure_reason) == ("failed", "refused_by_stream")
    assert order.failure_message == f"{status} {'x' * 2048}"
    assert outbox.requeue(OutboundEvent.objects.all()) == 0
    follows = "Its order fails and a payment is owed back: see Channel orders."
    alarm = Alarm.objects.get().message
    assert alarm.endswith(f"refused with {status}. {follows} Check the receiver's answer.")
    told = explanations.explain(owed(order)[0], None, timezone.now())
    assert f"fix the cause first. {follows}" in told
    receiver.behave = answer(200)
    assert _deliver(place(store, provider_id="ord_02")).state == "sent"  # 410 stops nothing.


@pytest.mark.parametrize("status", [302, 408, 425, 429, 503])
def test_trouble_is_tried_again_a_second_later(receiver, store, status):
    receiver.behave = answer(status, Location="http://127.0.0.1:1/")
    order = _deliver(place(store))
    assert order.state == "placed"
    assert 1 <= _again_after(order) < 2
    assert len(receiver.received) == 1


@pytest.mark.parametrize("status", [401, 403, 404])
def test_wrong_settings_are_tried_again_with_an_alarm_at_once(receiver, store, status):
    receiver.behave = answer(status)
    order = _deliver(place(store))
    assert order.state == "placed"
    assert 1 <= _again_after(order) < 2
    alarm = Alarm.objects.get()
    assert (alarm.kind, alarm.endpoint, alarm.merchant) == ("refused", "stream_dsp", None)
    assert f"answered {status}" in alarm.message


def test_an_unknown_outcome_is_tried_again_after_five_seconds(receiver, store):
    receiver.behave = never
    order = _deliver(place(store))
    assert 5 <= _again_after(order) < 7
    OutboundEvent.objects.update(due_at=timezone.now())
    assert owed(order)[0].asked_until > timezone.now()  # So no success elsewhere hastens it.


def test_without_a_connection_nothing_can_have_arrived(store, role, settings):
    settings.DSP = settings.DSP._replace(webhook_url="http://127.0.0.1:1/order/us")
    order = _deliver(place(store))
    assert 1 <= _again_after(order) < 2


def test_the_waits_double_and_retry_after_counts():
    now = timezone.now()
    event = OutboundEvent(endpoint=stream.NAME, event_type="new_order", is_urgent=True)
    event.expires_at = now + timedelta(hours=24)
    waits = []
    for event.attempt_count in (1, 2, 3, 4, 9, 10, 500):
        step = next_step(event, Answer(503), now)
        assert step.asked_until == step.due_at
        waits.append((step.due_at - now).total_seconds())
    assert waits == [1, 2, 4, 8, 256, 300, 300]
    asked = next_step(event, Answer(429, retry_after="7"), now)
    assert asked.due_at == now + timedelta(seconds=7)


def test_at_the_deadline_the_order_fails(receiver, store, settings):
    settings.DSP = settings.DSP._replace(handover_seconds=0)
    order = _deliver(place(store))
    assert (order.state, order.failure_reason) == ("failed", "not_handed_over_in_time")
    assert order.money == "due_to_guest"
    assert receiver.received == []
    assert "given up. Its order fails and a payment is owed back" in Alarm.objects.get().message


def test_a_cancelation_leaves_after_the_order_that_failed(receiver, store):
    receiver.behave = answer(503)
    order = _deliver(place(store))
    receiver.behave = answer(200)
    cancelation.cancel(order.pk, "guest", True)
    _deliver(order)
    assert [json.loads(request.body)["type"] for request in receiver.received] == [
        "new_order", "cancel_order",
    ]  # fmt: skip
    assert order.state == "guest_canceled"


def test_failures_raise_an_alarm_and_open_no_circuit_breaker(receiver, store, settings):
    settings.WEBHOOK_BREAKER_FAILURES = 2
    receiver.behave = answer(500)
    for count in range(4):
        _deliver(place(store, provider_id=f"ord_1{count}"))
    assert len(receiver.received) == 4
    alarm = Alarm.objects.get()
    assert (alarm.kind, alarm.count) == ("failing", 1)
    receiver.behave = answer(200)
    assert _deliver(place(store)).state == "sent"
    assert Alarm.objects.get().resolved_at is not None


def test_a_crash_before_the_answer_is_recorded_sends_the_same_bytes_again(
    receiver, store, monkeypatch
):
    def killed(found: list[Result]) -> None:
        raise SystemExit

    order = place(store)
    with monkeypatch.context() as patch:
        patch.setattr("integration.delivery.runner.record", killed)
        with pytest.raises(SystemExit):
            tasks.deliver_due()
    OutboundEvent.objects.update(leased_until=timezone.now())
    assert _deliver(order).state == "sent"
    first, second = receiver.received
    assert first.body == second.body
