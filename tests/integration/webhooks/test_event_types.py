"""The registry of event types, and the delivery engine's use of it."""

from datetime import timedelta

import pytest
import time_machine
from django.apps import apps

from integration import tasks
from integration.models import OutboundEvent
from integration.webhooks import event_types, expiry, outbox, redaction
from integration.webhooks.event_types import EventType
from tests.integration.support.deliveries import NOW, ending_of, state_of
from tests.integration.support.event_types import change
from tests.integration.support.receiver import answer
from tests.support import factories

pytestmark = pytest.mark.django_db
State = OutboundEvent.State
NAME = "test.happened"


@pytest.fixture
def connected_emit(emit, location, token):
    """Emit events of a connected location, so that staff may send them again."""
    factories.connect(location)

    def emit_for_location(*arguments, **named):
        event = emit(*arguments, **named)
        OutboundEvent.objects.filter(pk=event.pk).update(location_id=location.provider_id)
        return event

    return emit_for_location


def test_a_type_that_nobody_registered_has_the_defaults():
    unknown = event_types.get(NAME)
    assert unknown == EventType(NAME)
    assert (unknown.window, unknown.is_urgent, unknown.on_ended) == (None, False, ())
    assert unknown.holds_personal_data


def test_the_same_description_may_be_registered_again(monkeypatch):
    monkeypatch.setattr(event_types, "_registered", {})
    event_types.register(EventType(NAME, window=timedelta(hours=1)))
    event_types.register(EventType(NAME, window=timedelta(hours=1)))
    assert event_types.registered() == [EventType(NAME, window=timedelta(hours=1))]


def test_another_description_of_a_registered_type_is_refused(monkeypatch):
    monkeypatch.setattr(event_types, "_registered", {})
    event_types.register(EventType(NAME))
    with pytest.raises(ValueError, match=NAME):
        event_types.register(EventType(NAME, window=timedelta(hours=1)))
    assert event_types.get(NAME).window is None


@pytest.mark.parametrize("app", ["catalog", "orders", "integration"])
def test_an_app_that_becomes_ready_again_changes_nothing(app):
    before = event_types.registered()
    apps.get_app_config(app).ready()
    assert event_types.registered() == before


def test_the_window_of_a_type_ends_its_events(receiver, emit, monkeypatch):
    change(monkeypatch, NAME, window=timedelta(minutes=5))
    with time_machine.travel(NOW, tick=False) as clock:
        event, other = emit("a", event_type=NAME), emit("b", event_type="test.other")
        assert event.expires_at == NOW + timedelta(minutes=5)
        assert other.expires_at is None
        assert (expiry.has_deadline(event), expiry.has_deadline(other)) == (True, False)
        clock.shift(timedelta(minutes=5))
        assert tasks.deliver_due() == 1
    assert (ending_of(event), ending_of(other)) == ("expired", "arrived")


def test_the_window_begins_anew_when_staff_send_an_event_again(
    receiver, connected_emit, monkeypatch
):
    change(monkeypatch, NAME, window=timedelta(minutes=5))
    event = connected_emit("a", event_type=NAME)
    tasks.deliver_due()
    with time_machine.travel(timedelta(hours=1) + event.created_at, tick=False):
        assert outbox.requeue(OutboundEvent.objects.all()) == 1
    event.refresh_from_db()
    assert event.expires_at == event.created_at + timedelta(hours=1, minutes=5)


def test_an_urgent_type_makes_urgent_events(merchant, monkeypatch):
    change(monkeypatch, NAME, is_urgent=True)
    event, other = (
        outbox.emit(
            merchant_id=merchant.pk, location_id="loc_1", event_type=name, ordering_key=name
        )
        for name in (NAME, "test.other")
    )
    assert (event.is_urgent, other.is_urgent) == (True, False)


def test_an_event_that_is_no_longer_true_is_not_sent_again(receiver, connected_emit, monkeypatch):
    asked = []

    def is_still_true(event):
        asked.append(event.pk)
        return event.ordering_key == "still"

    change(monkeypatch, NAME, is_still_true=is_still_true)
    events = [connected_emit(key, event_type=NAME) for key in ("still", "no longer")]
    other = connected_emit("other", event_type="test.other")
    tasks.deliver_due()
    assert outbox.requeue(OutboundEvent.objects.all()) == 2
    assert sorted(asked) == [event.pk for event in events]
    assert [state_of(event) for event in (*events, other)] == [
        State.WAITING,
        State.DELIVERED,
        State.WAITING,
    ]


@pytest.mark.parametrize(
    ("status", "ending"), [(200, "arrived"), (400, "refused")], ids=["arrived", "refused"]
)
def test_every_listener_of_a_type_is_notified(receiver, emit, monkeypatch, status, ending):
    first, second = [], []
    listeners = (
        lambda event: first.append(event.ending),
        lambda event: second.append(event.ending),
    )
    change(monkeypatch, NAME, on_ended=listeners)
    receiver.behave = answer(status)
    emit("a", event_type=NAME)
    emit("b", event_type="test.other")
    tasks.deliver_due()
    assert first == second == [ending]


def test_only_types_that_hold_personal_data_are_erased(emit, monkeypatch):
    change(monkeypatch, NAME, holds_personal_data=False)
    harmless, unknown = emit("a", event_type=NAME), emit("a", event_type="test.other")
    assert redaction.erase(["a"], NOW, give_up=True) == 1
    harmless.refresh_from_db()
    unknown.refresh_from_db()
    assert (harmless.body != "", unknown.body) == (True, "")
    assert (harmless.erased_at, unknown.erased_at) == (None, NOW)


def test_the_apps_register_the_types_of_the_contract():
    windows = {kind.name: kind.window for kind in event_types.registered()}
    assert windows == {
        "location.status.updated": None,
        "location.catalog.updated": None,
        "location.catalog.object.updated": None,
        "order.accepted": None,
        "order.rejected": None,
        "order.created": timedelta(hours=1),
        "order.assign.driver": timedelta(hours=1),
        "order.status.updated": timedelta(hours=24),
        "staff.called": None,
        "new_order": None,
        "cancel_order": None,
        "store_status_update": None,
        "delivery_status_update": None,
    }
    urgent = {kind.name for kind in event_types.registered() if kind.is_urgent}
    of_the_channel = {
        "new_order", "cancel_order", "store_status_update", "delivery_status_update",
    }  # fmt: skip
    assert urgent == {"order.accepted", "order.rejected", "staff.called"} | of_the_channel
    harmless = {kind.name for kind in event_types.registered() if not kind.holds_personal_data}
    assert harmless == {
        "location.status.updated",
        "location.catalog.updated",
        "location.catalog.object.updated",
        "order.accepted",
        "order.status.updated",
        "staff.called",
        "cancel_order",
        "store_status_update",
    }
