"""Webhook requests as the engine sends them: exact bytes, signed (contract WH)."""

import base64
import hashlib
import hmac
import time

import pytest

from integration import tasks
from integration.models import OutboundEvent
from integration.webhooks import endpoints
from tests.integration.support.deliveries import state_of
from tests.integration.support.receiver import broken_off, dripping, endless, stalling

pytestmark = pytest.mark.django_db
State = OutboundEvent.State


@pytest.fixture
def receiver(receiver, settings):
    settings.WEBHOOK_TIMEOUT_SECONDS = (20, 20)
    return receiver


def test_exactly_the_stored_bytes_are_sent_and_signed(receiver, emit):
    event = emit(note="Señor ☕", money=1250)

    assert tasks.deliver_due() == 1

    request = receiver.received[0]
    assert request.path == "/pos/tests/webhook"
    assert request.body == event.body.encode()
    expected = hmac.new("schlüssel-of-the-tests".encode(), request.body, hashlib.sha256).hexdigest()
    assert request.headers["Stream-Webhook-Signature"] == expected
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["Content-Length"] == str(len(request.body))
    assert state_of(event) == State.DELIVERED
    assert event.finished_at is not None
    attempt = event.attempts.get()
    assert (attempt.number, attempt.status_code, attempt.excerpt) == (1, 200, "{}")
    assert attempt.error == ""


def test_the_signature_can_be_base64(receiver, emit, settings):
    settings.STREAM_WEBHOOK_SIGNATURE_ENCODING = "base64"
    emit()
    tasks.deliver_due()
    request = receiver.received[0]
    digest = hmac.new("schlüssel-of-the-tests".encode(), request.body, hashlib.sha256).digest()
    assert base64.b64decode(request.headers["Stream-Webhook-Signature"], validate=True) == digest


@pytest.mark.parametrize("behave", [endless, dripping, stalling, broken_off])
def test_the_status_counts_whatever_the_body_does(receiver, emit, behave):
    receiver.behave = behave
    event = emit()
    began = time.monotonic()
    tasks.deliver_due()
    assert time.monotonic() - began < 15
    assert state_of(event) == State.DELIVERED
    assert 1 <= len(event.attempts.get().excerpt) <= endpoints.EXCERPT_BYTES


def test_without_a_webhook_url_events_wait(emit, settings):
    settings.STREAM_WEBHOOK_URL = ""
    event = emit()
    assert tasks.deliver_due() == 0
    assert state_of(event) == State.WAITING
    assert event.attempt_count == 0
