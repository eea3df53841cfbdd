"""Coalescing: an event that reports a state replaces older waiting ones."""

from datetime import timedelta

import pytest
import time_machine

from catalog.locations import pause as location_pause
from integration import tasks
from integration.models import OutboundEvent
from integration.webhooks import outbox
from tests.integration.support.deliveries import NOW, claim, ending_of, state_of
from tests.integration.support.receiver import answer

pytestmark = pytest.mark.django_db
State = OutboundEvent.State


def test_a_pause_resumed_before_it_is_sent_reports_the_current_state(stream, location, receiver):
    location_pause.pause(location)
    location_pause.resume(location)
    assert tasks.deliver_due() == 1
    [request] = receiver.received
    assert request.body == (
        b'{"type":"location.status.updated",'
        b'"object":{"location_id":"loc_downtown","status":"active"}}'
    )
    first, second = OutboundEvent.objects.order_by("pk")
    assert (first.state, first.ending) == (State.WITHDRAWN, "superseded")
    assert second.state == State.DELIVERED


def test_a_pause_that_is_being_sent_is_followed_by_its_resume(stream, location):
    location_pause.pause(location)
    [held] = claim()
    location_pause.resume(location)
    assert claim() == []  # Not before the other has ended.
    assert [event.state for event in OutboundEvent.objects.order_by("pk")] == [State.WAITING] * 2
    assert held.pk == OutboundEvent.objects.order_by("pk").values_list("pk", flat=True)[0]


def test_a_pause_that_failed_is_replaced_by_the_current_state(stream, location, receiver):
    receiver.behave = answer(500)
    location_pause.pause(location)
    tasks.deliver_due()
    receiver.behave = answer(200)
    location_pause.resume(location)
    assert tasks.deliver_due() == 1
    assert b'"status":"active"' in receiver.received[-1].body


def test_only_events_of_the_same_key_are_replaced(emit):
    other = emit("b")
    older = emit("a")
    newer = emit("a", replaces_waiting=True)
    assert [ending_of(event) for event in (other, older, newer)] == ["", "superseded", ""]


def test_a_renewed_event_restarts_its_schedule(emit):
    with time_machine.travel(NOW, tick=False):
        event = emit()
        OutboundEvent.objects.update(
            attempt_count=7, due_at=NOW + timedelta(hours=14), expires_at=NOW + timedelta(days=1)
        )
        outbox.renew(event.pk)
        event.refresh_from_db()
        assert (event.attempt_count, event.due_at, event.expires_at) == (0, NOW, None)


def test_renewing_does_not_hurry_an_event_that_is_held_back(emit):
    with time_machine.travel(NOW, tick=False):
        event = emit()
        OutboundEvent.objects.update(due_at=NOW + timedelta(seconds=0.5))
        outbox.renew(event.pk)
        event.refresh_from_db()
        assert event.due_at == NOW + timedelta(seconds=0.5)


def test_an_event_that_is_being_sent_is_not_renewed(emit):
    emit()
    OutboundEvent.objects.update(attempt_count=3)
    [held] = claim()
    outbox.renew(held.pk)
    assert state_of(held) == State.WAITING
    assert held.attempt_count == 3


def test_an_event_that_was_ever_claimed_counts_as_sent(emit):
    with time_machine.travel(NOW, tick=False):
        never, once = emit("a"), emit("b")
        OutboundEvent.objects.filter(pk=once.pk).update(last_claimed_at=NOW)

        assert [outbox.withdraw_unsent(event.pk) for event in (never, once)] == [True, False]

        assert [ending_of(event) for event in (never, once)] == ["undone", ""]
        assert outbox.progress([never.pk, once.pk, 0]) == {
            never.pk: ("undone", None),
            once.pk: ("", NOW),
            0: ("undone", None),
        }
