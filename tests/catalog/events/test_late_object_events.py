"""Object events that arrive late, twice or never do not leave Stream with a wrong state (WH)."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
import time_machine
from django.db.models import F
from django.utils import timezone

from catalog import tasks
from catalog.models import CatalogSnapshot
from integration.delivery import leases
from integration.delivery.transport import Answer
from integration.models import OutboundEvent
from integration.webhooks import outbox
from tests.catalog.support.catalog_events import (
    CATALOG,
    deliver,
    events,
    finish,
    rename,
    switch,
    waiting_updates,
)

State = OutboundEvent.State
NO_ANSWER = Answer(None, error="timed out")


@contextmanager
def under_way(answer=None):
    """Lease the waiting events during the block; record the answer afterwards."""
    with time_machine.travel(timezone.now() + timedelta(seconds=2), tick=False) as clock:
        held = leases.claim("stream", 10)
        assert held
        yield clock
        clock.shift(1)
        finish(held, answer or Answer(200))
        clock.shift(1)


def test_a_switch_undone_while_it_is_under_way_is_followed_by_another(sized, location):
    switch(location, "large", "off")
    with under_way():
        switch(location, "large", "on")
        assert waiting_updates() == [("large", False), ("large", True)]
        assert leases.claim("stream", 10) == []  # In order.

    assert events() == [State.DELIVERED, State.WAITING]


def test_a_switch_undone_after_an_attempt_that_may_have_arrived_is_reported(sized, location):
    """Without an answer Stream may still have read the event, so it is not silently withdrawn."""
    switch(location, "large", "off")
    with under_way(NO_ANSWER):
        pass
    switch(location, "large", "on")

    assert waiting_updates() == [("large", True)]
    assert events() == [State.WITHDRAWN, State.WAITING]


def test_switching_back_and_forth_while_an_event_is_under_way_needs_no_second(sized, location):
    switch(location, "large", "off")
    with under_way():
        switch(location, "large", "on")
        switch(location, "large", "off")

    tasks.look_after_catalogs()
    assert events() == [State.DELIVERED, State.WITHDRAWN]


def test_a_pull_does_not_override_an_event_that_is_still_under_way(
    sized, stream, merchant, location
):
    """The pull shows it on, then the event says off, so Stream must be told the truth again."""
    switch(location, "large", "off")
    with under_way():
        switch(location, "large", "on")
        stream.catalog("loc_downtown")
        tasks.settle(merchant.pk)
        assert waiting_updates() == [("large", False), ("large", True)]


def test_a_pull_recorded_by_a_fast_clock_does_not_override_it_either(sized, merchant, location):
    switch(location, "large", "off")
    with under_way():
        switch(location, "large", "on")
        ahead = timezone.now() + timedelta(minutes=5)
        held = CatalogSnapshot.objects.filter(location=location)
        held.update(told_etag=F("etag"), told_outline=F("outline"), told_at=ahead)
        tasks.settle(merchant.pk)
        assert waiting_updates() == [("large", False), ("large", True)]


def test_an_event_under_way_that_a_catalog_event_overtakes_is_corrected(
    sized, stream, merchant, location
):
    switch(location, "large", "off")
    with under_way() as clock:
        switch(location, "large", "on")
        rename("Cola")
        tasks.look_after_catalogs()
        assert waiting_updates() == [("large", False), CATALOG]
        clock.shift(2)
        [overtaking] = leases.claim("stream", 10)
        finish([overtaking], Answer(200))
        stream.catalog("loc_downtown")
        tasks.settle(merchant.pk)
    with time_machine.travel(timezone.now() + timedelta(seconds=10), tick=False):
        tasks.look_after_catalogs()

    assert waiting_updates() == [("large", True)]


@pytest.mark.parametrize("status", [400, 422])
def test_a_refused_object_event_is_followed_by_a_catalog_event(sized, location, status):
    switch(location, "large", "off")
    with under_way(Answer(status)):
        pass
    tasks.look_after_catalogs()

    assert waiting_updates() == [CATALOG]
    assert events() == [State.FAILED, State.WAITING]
    deliver()
    tasks.look_after_catalogs()
    assert events() == [State.FAILED, State.DELIVERED]


def test_events_stopped_by_staff_stay_stopped_until_the_next_change(sized, location):
    switch(location, "large", "off")
    outbox.stop(OutboundEvent.objects.all())
    tasks.look_after_catalogs()
    assert events() == [State.FAILED]

    switch(location, "extra", "off")

    assert dict(waiting_updates()) == {"large": False, "extra": False}


def test_only_events_that_are_still_true_are_sent_again(sized, location):
    switch(location, "large", "off")
    deliver()
    switch(location, "large", "on")
    deliver()
    tasks.look_after_catalogs()

    assert outbox.requeue(OutboundEvent.objects.all()) == 1

    assert waiting_updates() == [("large", True)]
    switch(location, "large", "off")
    assert waiting_updates() == [("large", False)]  # It replaced the one that would say otherwise,
    deliver()
    tasks.look_after_catalogs()
    assert waiting_updates() == []


def test_events_that_ended_are_no_longer_tracked(sized, location):
    switch(location, "large", "off")
    deliver()
    tasks.look_after_catalogs()

    snapshot = CatalogSnapshot.objects.get(location=location)
    assert snapshot.object_events == []
    assert snapshot.told_outline == snapshot.outline
    assert snapshot.told_etag == snapshot.etag
