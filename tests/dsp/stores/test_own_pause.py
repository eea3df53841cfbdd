"""Our own pauses, and what Stream is told of them (contract DSP-WH-STORE)."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from dsp.models import Store
from dsp.stores import own_pause, pause
from integration.db import database_time
from integration.models import OutboundEvent
from tests.dsp.support.orders import example

pytestmark = pytest.mark.django_db
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
END = BEGIN + timedelta(hours=1)


@pytest.fixture
def connected(store, monkeypatch):
    store.connected_at = BEGIN
    store.save()
    _set_clock(monkeypatch, BEGIN)
    return store


def _set_clock(monkeypatch, instant):
    monkeypatch.setattr(database_time, "now", lambda: instant)


def _waiting():
    events = OutboundEvent.objects.filter(state="waiting").order_by("pk")
    return [json.loads(event.body) for event in events]


def test_a_pause_is_told_with_its_end(connected):
    own_pause.pause(connected.pk, END, "pat@example.com")
    assert _waiting() == [example("STORE")]


def test_another_pause_replaces_the_one_before(connected):
    own_pause.pause(connected.pk, END, "pat@example.com")
    own_pause.pause(connected.pk, END, "pat@example.com")
    assert OutboundEvent.objects.count() == 1
    own_pause.pause(connected.pk, None, "pat@example.com")
    (body,) = _waiting()
    assert body["status_update"] == {"status": "paused", "start_time": 1767225600000}
    assert Store.objects.get().own_paused_until is None


def test_a_store_that_is_connected_later_tells_of_its_pause_once(channel, store, monkeypatch):
    _set_clock(monkeypatch, BEGIN)
    own_pause.pause(store.pk, END, "pat@example.com")
    assert _waiting() == []
    for _ in range(2):
        channel.send("POST", "/locations/connection", {"location_id": store.provider_id})
    assert _waiting() == [example("STORE")]


def test_at_its_end_we_open_and_say_so_once(connected, monkeypatch):
    own_pause.pause(connected.pk, END, "pat@example.com")
    assert own_pause.finish_due() == 0
    _set_clock(monkeypatch, END)
    assert (own_pause.finish_due(), own_pause.finish_due()) == (1, 0)
    assert [body["status_update"] for body in _waiting()] == [{"status": "online"}]
    assert Store.objects.get().own_paused_at is None


def test_a_resume_ends_it_and_another_changes_nothing(connected):
    own_pause.pause(connected.pk, None, "pat@example.com")
    own_pause.resume(connected.pk, "pat@example.com")
    own_pause.resume(connected.pk, "pat@example.com")
    assert [body["status_update"] for body in _waiting()] == [{"status": "online"}]
    assert not own_pause.is_own_paused(Store.objects.get(), BEGIN)


def test_streams_pause_is_another_fact(connected):
    pause.pause(connected, END)
    assert OutboundEvent.objects.count() == 0
    own_pause.pause(connected.pk, END, "pat@example.com")
    pause.resume(Store.objects.get())
    assert own_pause.is_own_paused(Store.objects.get(), BEGIN)
    own_pause.resume(connected.pk, "pat@example.com")
    pause.pause(Store.objects.get(), END)
    assert Store.objects.get().is_paused(BEGIN)


def test_stream_is_not_told_of_a_store_that_it_has_not_connected(store):
    own_pause.pause(store.pk, timezone.now() + timedelta(hours=1), "pat@example.com")
    assert Store.objects.get().own_paused_at is not None
    assert OutboundEvent.objects.count() == 0
