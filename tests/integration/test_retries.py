"""What becomes of an event by its answer: delivered, given up, tried again (contract WH)."""

import random
import socket
import time
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from integration import dispatch, tasks
from integration.models import OutboundEvent

from .events import state_of
from .receiver import answer, never

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
State = OutboundEvent.State


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_is_delivered(receiver, emit, status):
    receiver.behave = answer(status, b"")
    event = emit()
    tasks.deliver_due()
    assert state_of(event) == State.DELIVERED


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 413, 422])
def test_a_refusal_is_given_up_at_once(receiver, emit, status):
    receiver.behave = answer(status, b"no \x00 thank you \xff")
    event = emit()
    tasks.deliver_due()
    assert state_of(event) == State.FAILED
    attempt = event.attempts.get()
    assert (attempt.status_code, attempt.excerpt) == (status, "no  thank you \ufffd")


@pytest.mark.parametrize("status", [301, 302, 307, 308, 408, 425, 429, 500, 502, 503, 504])
def test_trouble_is_tried_again_when_the_schedule_says_so(receiver, emit, settings, status):
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
    assert {got.path for got in receiver.received} == {"/pos/tests/webhook"}


def test_a_late_success_ends_the_tries(receiver, emit, settings):
    receiver.behave = answer(500)
    event = emit()
    tasks.deliver_due()
    receiver.behave = answer(200)
    OutboundEvent.objects.update(due_at=NOW)
    assert tasks.deliver_due() == 1
    assert state_of(event) == State.DELIVERED
    assert tasks.deliver_due() == 0
    assert event.attempt_count == 2


def test_the_default_schedule_is_ten_tries_over_three_days(settings):
    settings.WEBHOOK_RETRY_JITTER = 0
    waits = [dispatch._retry_in(tries) for tries in range(1, 11)]
    assert waits[0] == timedelta(seconds=5)
    assert waits[-1] is None
    assert sum(waits[:-1], timedelta()) == timedelta(hours=75, minutes=35, seconds=5)


def test_a_wait_is_at_most_a_fifth_early_or_late(monkeypatch):
    for drawn, seconds in ((-1, 240), (0, 300), (1, 360)):
        monkeypatch.setattr(random, "uniform", lambda low, high, drawn=drawn: drawn)
        assert dispatch._retry_in(2) == timedelta(seconds=seconds)
    monkeypatch.undo()
    waits = [dispatch._retry_in(2).total_seconds() for _ in range(200)]
    assert min(waits) >= 240
    assert max(waits) <= 360
    assert max(waits) - min(waits) > 30


def _nobody_listens():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}/"


@pytest.mark.parametrize(
    ("url", "error"),
    [
        (None, "ConnectionError"),
        ("http://webhook.invalid/", "ConnectionError"),
        ("https://127.0.0.1:1/", "ConnectionError"),
        ("http://[broken/", "InvalidURL"),
    ],
)
def test_a_receiver_that_cannot_be_reached_is_tried_again(emit, settings, url, error):
    settings.STREAM_WEBHOOK_URL = url or _nobody_listens()
    event = emit()
    tasks.deliver_due()
    assert state_of(event) == State.WAITING
    attempt = event.attempts.get()
    assert attempt.status_code is None
    assert attempt.error.startswith(error)


def test_silence_is_a_timeout_and_tried_again(receiver, emit):
    receiver.behave = never
    event = emit()
    began = time.monotonic()
    tasks.deliver_due()
    assert time.monotonic() - began < 2
    assert state_of(event) == State.WAITING
    assert event.attempts.get().error.startswith("ReadTimeout")
