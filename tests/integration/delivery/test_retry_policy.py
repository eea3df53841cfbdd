"""The retry policy: an answer means delivered, given up or retried (contract WH)."""

import random
import socket
import time
from datetime import timedelta

import pytest
import time_machine

from integration import tasks
from integration.delivery import circuit_breaker, leases, retry_policy
from integration.delivery.transport import Answer
from integration.models import Alarm, OutboundEvent
from integration.webhooks import outbox
from tests.integration.support.deliveries import NOW, state_of
from tests.integration.support.receiver import answer, never

pytestmark = pytest.mark.django_db
State = OutboundEvent.State


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_is_delivered(receiver, emit, status):
    receiver.behave = answer(status, b"")
    event = emit()
    tasks.deliver_due()
    assert state_of(event) == State.DELIVERED


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 422])
def test_a_refusal_is_given_up_at_once(receiver, emit, status):
    receiver.behave = answer(status, b"no \x00 thank you \xff")
    event = emit()
    tasks.deliver_due()
    assert state_of(event) == State.FAILED
    attempt = event.attempts.get()
    assert (attempt.status_code, attempt.excerpt) == (status, "no  thank you \ufffd")


@pytest.mark.parametrize("status", [301, 302, 307, 308, 408, 425, 429, 500, 502, 503, 504])
def test_a_failure_is_retried_on_schedule(receiver, emit, settings, status):
    settings.WEBHOOK_RETRY_SECONDS = [100, 1000]
    settings.WEBHOOK_RETRY_JITTER = 0
    receiver.behave = answer(status, b"", Location=receiver.url + "/elsewhere")
    with time_machine.travel(NOW, tick=False) as clock:
        event = emit()
        assert tasks.deliver_due() == 1
        assert state_of(event) == State.WAITING
        assert event.due_at == NOW + timedelta(seconds=100)
        clock.shift(timedelta(seconds=99.9))
        assert tasks.deliver_due() == 0
        clock.shift(timedelta(seconds=0.1))
        assert tasks.deliver_due() == 1
        event.refresh_from_db()
        assert event.due_at == NOW + timedelta(seconds=1100)
        clock.shift(timedelta(seconds=1000))
        assert tasks.deliver_due() == 1
        assert state_of(event) == State.FAILED
    assert list(event.attempts.order_by("pk").values_list("number", "status_code")) == [
        (1, status),
        (2, status),
        (3, status),
    ]
    assert {request.path for request in receiver.received} == {"/pos/tests/webhook"}


def test_a_late_success_ends_the_attempts(receiver, emit, settings):
    receiver.behave = answer(500)
    event = emit()
    tasks.deliver_due()
    receiver.behave = answer(200)
    OutboundEvent.objects.update(due_at=NOW)
    assert tasks.deliver_due() == 1
    assert state_of(event) == State.DELIVERED
    assert tasks.deliver_due() == 0
    assert event.attempt_count == 2


def test_the_default_schedule_is_fifteen_attempts_over_three_days(settings):
    settings.WEBHOOK_RETRY_JITTER = 0
    waits = [retry_policy._scheduled(tries) for tries in range(1, 16)]
    assert [wait.total_seconds() for wait in waits[:7]] == [2, 5, 15, 30, 60, 120, 300]
    assert waits[-1] is None
    assert sum(waits[:-1], timedelta()) == timedelta(hours=75, minutes=38, seconds=52)


def test_a_wait_is_up_to_a_fifth_longer_and_never_shorter(monkeypatch):
    for drawn, seconds in ((0, 300), (0.5, 330), (1, 360)):
        monkeypatch.setattr(random, "uniform", lambda low, high, drawn=drawn: drawn)
        assert retry_policy._scheduled(7) == timedelta(seconds=seconds)
    monkeypatch.undo()
    waits = [retry_policy._scheduled(7).total_seconds() for _ in range(200)]
    assert min(waits) >= 300
    assert max(waits) <= 360
    assert max(waits) - min(waits) > 30


def _nobody_listens():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}/"


@pytest.mark.parametrize(
    ("url", "error"),
    [
        (None, "127.0.0.1 cannot be reached: Connection refused."),
        ("http://webhook.invalid/", "webhook.invalid has no address"),
        ("https://127.0.0.1:1/", "127.0.0.1 cannot be reached: Connection refused."),
        ("http://[broken/", "The webhook URL cannot be used"),
    ],
)
def test_an_unreachable_receiver_is_retried(emit, settings, url, error):
    settings.STREAM_WEBHOOK_URL = url or _nobody_listens()
    event = emit()
    tasks.deliver_due()
    assert state_of(event) == State.WAITING
    attempt = event.attempts.get()
    assert attempt.status_code is None
    assert attempt.error.startswith(error)


def test_a_timeout_is_retried(receiver, emit):
    receiver.behave = never
    event = emit()
    began = time.monotonic()
    tasks.deliver_due()
    assert time.monotonic() - began < 2
    assert state_of(event) == State.WAITING
    assert event.attempts.get().error == "No answer came within 0.5 seconds."


@pytest.mark.parametrize(
    ("status", "retry_after", "seconds"),
    [
        (429, "120", 120),
        (503, "120", 120),
        (503, "7200", 7200),
        (503, "Sun, 01 Mar 2026 12:02:00 GMT", 120),
        (503, "Sun, 01 Mar 2026 11:00:00 GMT", 1),  # Past: soon, yet not at once.
        (503, "0", 1),
        (503, "99999999999999999999", 86400),
        (503, "-5", 2),  # Nonsense is ignored.
        (503, "soon", 2),
        (503, "١٢٠", 2),  # Digits, but not RFC 9110's.
        (500, "", 2),
    ],
)
def test_retry_after_is_honored(receiver, emit, settings, status, retry_after, seconds):
    settings.WEBHOOK_RETRY_JITTER = 0
    receiver.behave = answer(status, b"", **{"Retry-After": retry_after.encode().decode("latin-1")})
    with time_machine.travel(NOW, tick=False):
        event = emit()
        tasks.deliver_due()
        event.refresh_from_db()
        assert event.due_at == NOW + timedelta(seconds=seconds)


def test_a_shorter_requested_wait_uses_up_no_place_in_the_schedule(receiver, emit, settings):
    settings.WEBHOOK_RETRY_SECONDS = [100]
    receiver.behave = answer(429, b"", **{"Retry-After": "10"})
    with time_machine.travel(NOW, tick=False) as clock:
        event = emit()
        for _ in range(5):
            tasks.deliver_due()
            event.refresh_from_db()
            assert (event.state, event.attempt_count) == (State.WAITING, 0)
            clock.shift(timedelta(seconds=10))
    assert len(receiver.received) == 5


def test_fifteen_attempts_over_three_days_and_then_an_alarm(receiver, emit, settings):
    settings.WEBHOOK_RETRY_JITTER = 0
    receiver.behave = answer(500)
    with time_machine.travel(NOW, tick=False) as clock:
        event = emit()
        at = [NOW]
        while tasks.deliver_due():
            event.refresh_from_db()
            clock.move_to(event.due_at)
            at.append(event.due_at)
        assert (event.state, event.ending) == (State.FAILED, "tried_out")
    assert len(receiver.received) == 15
    assert at[14] - NOW == timedelta(hours=75, minutes=38, seconds=52)
    alarm = Alarm.objects.get(kind="tried_out")
    assert alarm.merchant_id == event.merchant_id
    assert "given up after its last attempt (500)" in alarm.message


@pytest.mark.parametrize("jitter", [0.0, 0.5, 1.0])
def test_a_lone_event_arrives_within_a_minute_after_a_receiver_was_away_for_one(
    monkeypatch, settings, jitter
):
    """Whenever it was made in that minute, and however long the receiver let it wait."""
    monkeypatch.setattr(random, "uniform", lambda low, high: low + jitter * (high - low))
    slowest = sum(settings.WEBHOOK_TIMEOUT_SECONDS)
    waits = [
        _wait_after_an_outage(age_tenths / 10, took_tenths / 10)
        for took_tenths in range(0, int(slowest * 10) + 1, 3)
        for age_tenths in range(0, 601, 3)
    ]
    # The clocks find it up to a second later.
    assert 48 < max(waits) <= 59


def _wait_after_an_outage(age: float, took: float) -> float:
    """Return the seconds from the end of the outage to the attempt that arrives.

    The event is made `age` seconds before that end; each attempt in the outage lasts `took`.
    """
    event, start = OutboundEvent(attempt_count=0, event_type="location.catalog.updated"), 0.0
    while start < age:
        event.attempt_count += 1
        failed_at = NOW + timedelta(seconds=start + took)
        answer = Answer(error="It did not answer.")
        step = retry_policy.next_step(event, answer, failed_at, timedelta(seconds=took))
        start = (step.due_at - NOW).total_seconds()
    return start - age


def test_a_long_attempt_is_part_of_an_early_wait(receiver, emit, settings):
    settings.WEBHOOK_RETRY_SECONDS = [10]
    settings.WEBHOOK_RETRY_JITTER = 0
    settings.WEBHOOK_TIMEOUT_SECONDS = (0.5, 1.2)
    receiver.behave = never
    with time_machine.travel(NOW, tick=False):
        event = emit()
        tasks.deliver_due()
    event.refresh_from_db()
    took = timedelta(milliseconds=event.attempts.get().duration_ms)
    assert took > timedelta(seconds=1)
    assert event.due_at == NOW + timedelta(seconds=10) - took


def test_a_refusal_raises_an_alarm_that_counts(receiver, emit):
    receiver.behave = answer(422)
    for number in range(3):
        emit(f"key {number}")
    tasks.deliver_due()
    alarm = Alarm.objects.get()
    assert (alarm.kind, alarm.count) == ("refused", 3)
    assert "refused with 422" in alarm.message


def test_only_its_own_key_waits_for_a_failing_event(receiver, emit):
    def only_the_first_of_a_fails(handler):
        answer(500 if b'"n":1' in receiver.received[-1].body else 200)(handler)

    receiver.behave = only_the_first_of_a_fails
    failing = emit("a", n=1)
    tasks.deliver_due()
    behind, other = emit("a", n=2), emit("b", n=3)
    OutboundEvent.objects.filter(pk=failing.pk).update(due_at=NOW + timedelta(days=9000))
    tasks.deliver_due()
    assert [state_of(event) for event in (failing, behind, other)] == [
        State.WAITING,
        State.WAITING,
        State.DELIVERED,
    ]


def test_nothing_hurries_an_event_that_the_receiver_asked_to_wait_for(receiver, emit, settings):
    receiver.behave = answer(503, b"", **{"Retry-After": "600"})
    with time_machine.travel(NOW, tick=False):
        event = emit("a")
        tasks.deliver_due()
        receiver.behave = answer(200)
        emit("a")  # Not a newer event of its key,
        circuit_breaker.hasten_all("stream", NOW)  # nor a recovered receiver,
        outbox.renew(event.pk)  # nor a newer change that the event covers.
        assert leases.claim_for_probe("stream") is None
        assert tasks.deliver_due() == 0
        event.refresh_from_db()
        assert event.due_at == NOW + timedelta(seconds=600)
