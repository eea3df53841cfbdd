"""Sending events: signed, to the letter, over one connection (contract WH)."""

import base64
import hashlib
import hmac
import socket
import time

import pytest

from integration import tasks, transport
from integration.models import OutboundEvent
from integration.signing import signature

from .events import state_of
from .receiver import broken_off, dripping, endless, stalling

pytestmark = pytest.mark.django_db
State = OutboundEvent.State


def test_exactly_the_stored_bytes_are_sent_and_signed(receiver, emit):
    event = emit(note="Señor ☕", money=1250)

    assert tasks.deliver_due() == 1

    got = receiver.received[0]
    assert got.path == "/pos/tests/webhook"
    assert got.body == event.body.encode()
    expected = hmac.new("schlüssel-of-the-tests".encode(), got.body, hashlib.sha256).hexdigest()
    assert got.headers["Stream-Webhook-Signature"] == expected
    assert got.headers["Content-Type"] == "application/json"
    assert got.headers["Content-Length"] == str(len(got.body))
    assert state_of(event) == State.DELIVERED
    assert event.finished_at is not None
    attempt = event.attempts.get()
    assert (attempt.number, attempt.status_code, attempt.excerpt) == (1, 200, "{}")
    assert attempt.error == ""


def test_the_signature_can_be_base64(receiver, emit, settings):
    settings.STREAM_WEBHOOK_SIGNATURE_ENCODING = "base64"
    emit()
    tasks.deliver_due()
    got = receiver.received[0]
    digest = hmac.new("schlüssel-of-the-tests".encode(), got.body, hashlib.sha256).digest()
    assert base64.b64decode(got.headers["Stream-Webhook-Signature"], validate=True) == digest


def test_the_published_hmac_vector_holds():
    # RFC 4231, test case 2.
    assert signature(b"what do ya want for nothing?", secret="Jefe", encoding="hex") == (
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    )


@pytest.mark.parametrize("behave", [endless, dripping, stalling, broken_off])
def test_the_status_counts_whatever_the_body_does(receiver, emit, behave):
    receiver.behave = behave
    event = emit()
    began = time.monotonic()
    tasks.deliver_due()
    assert time.monotonic() - began < 3
    assert state_of(event) == State.DELIVERED
    assert 1 <= len(event.attempts.get().excerpt) <= transport.EXCERPT_BYTES


def test_a_connection_is_kept_for_the_next_event(receiver, monkeypatch):
    connections = []
    accept = socket.socket.accept
    monkeypatch.setattr(socket.socket, "accept", lambda self: connections.append(1) or accept(self))
    for _ in range(5):
        assert transport.post_signed("{}").is_success
    assert len(connections) == 1


def test_proxies_of_the_environment_are_ignored(receiver, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert transport.post_signed("{}").is_success


def test_without_a_webhook_url_events_wait(emit, settings):
    settings.STREAM_WEBHOOK_URL = ""
    event = emit()
    assert tasks.deliver_due() == 0
    assert state_of(event) == State.WAITING
    assert event.attempt_count == 0
