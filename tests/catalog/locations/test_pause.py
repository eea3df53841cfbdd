"""Pausing, resuming and archiving a location, and the events to Stream (contract WH)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
import time_machine
from django.db import connection as database

from catalog import tasks
from catalog.locations import connection
from catalog.locations import pause as location_pause
from catalog.models import Location
from integration.models import OutboundEvent
from tests.support import factories

NOW = datetime(2026, 5, 4, 17, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=30)
ACTIVE = (
    '{"type":"location.status.updated","object":{"location_id":"loc_downtown","status":"active"}}'
)
INACTIVE = ACTIVE.replace("active", "inactive")


def until(milliseconds):
    return INACTIVE.replace('"inactive"', f'"inactive","paused_until":{milliseconds}')


def bodies():
    return [event.body for event in OutboundEvent.objects.order_by("pk")]


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


# The clock is frozen before the fixtures run: tokens must not be from the future.
pytestmark = pytest.mark.usefixtures("clock")


def test_pausing_and_resuming_are_reported_at_once(clock, stream, location):
    location_pause.pause(location)
    location_pause.resume(location)

    assert bodies() == [INACTIVE, ACTIVE]
    for event in OutboundEvent.objects.all():
        assert event.ordering_key == "loc_downtown/status"
        assert event.due_at == NOW


def test_pausing_again_is_reported_if_the_end_differs(clock, stream, location):
    for end in (None, None, LATER, LATER, NOW + timedelta(minutes=40), None):
        location_pause.pause(location, until=end)

    assert bodies() == [INACTIVE, until(1777915800000), until(1777916400000), INACTIVE]


def test_resuming_an_unpaused_location_is_not_reported(stream, location):
    location_pause.resume(location)

    assert bodies() == []


def test_paused_until_is_exact_to_the_millisecond(clock, stream, location):
    for millisecond in range(1000):
        location_pause.pause(location, until=LATER + timedelta(milliseconds=millisecond))

    assert bodies() == [until(1777915800000 + millisecond) for millisecond in range(1000)]


def test_an_ended_pause_is_resumed_once(clock, stream, location):
    location_pause.pause(location, until=LATER)
    clock.move_to(LATER - timedelta(seconds=1))
    tasks.look_after_catalogs()
    assert bodies() == [until(1777915800000)]

    clock.move_to(LATER)
    tasks.look_after_catalogs()
    tasks.look_after_catalogs()

    assert bodies() == [until(1777915800000), ACTIVE]
    location.refresh_from_db()
    assert (location.paused_at, location.paused_until) == (None, None)


@pytest.mark.django_db(transaction=True)
def test_concurrent_sweeps_resume_once(clock, stream, location):
    location_pause.pause(location, until=LATER)
    clock.move_to(LATER)
    together = Barrier(4)

    def sweep(_):
        together.wait(20)
        try:
            location_pause.resume_due()
        finally:
            database.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(sweep, range(4)))

    assert bodies() == [until(1777915800000), ACTIVE]


def test_a_pause_extended_meanwhile_is_not_ended(clock, stream, location):
    """The sweep found the location before staff extended its pause."""
    location_pause.pause(location, until=LATER)

    location_pause._resume_if_over(location.pk)

    assert bodies() == [until(1777915800000)]


def test_pausing_again_after_an_unnoticed_end_is_reported(clock, stream, location):
    location_pause.pause(location, until=LATER)
    clock.move_to(LATER)

    location_pause.pause(location, until=LATER)
    location_pause.pause(location, until=None)

    assert bodies()[-1] == INACTIVE


def test_archiving_is_reported_once_and_nothing_after_it(clock, stream, location):
    location_pause.pause(location, until=LATER)
    location_pause.archive(location)
    location_pause.archive(location)
    clock.move_to(LATER)
    tasks.look_after_catalogs()
    location_pause.pause(location)

    assert bodies() == [until(1777915800000), INACTIVE]  # Archived for good: no end is named.
    assert stream.get("/locations").json() == {"locations": []}
    assert stream.catalog("loc_downtown").status_code == 404


@pytest.mark.parametrize("why", ["disconnected", "not authorized"])
def test_nothing_is_reported_for_a_disconnected_location(stream, merchant, location, why):
    if why == "disconnected":
        connection.disconnect(Location.objects.all())
    else:
        location.merchant.accesstoken_set.all().delete()
        location.merchant.refreshtoken_set.all().delete()

    location_pause.pause(location)
    location_pause.resume(location)
    location_pause.archive(location)

    assert bodies() == []


def test_disconnecting_withdraws_the_events_of_that_location_only(stream, merchant, location):
    uptown = factories.location(merchant, provider_id="loc_uptown")
    factories.connect(uptown)
    location_pause.pause(location)
    location_pause.pause(uptown)

    connection.disconnect(Location.objects.filter(pk=location.pk))

    assert [(event.location_id, event.state) for event in OutboundEvent.objects.order_by("pk")] == [
        ("loc_downtown", "withdrawn"),
        ("loc_uptown", "waiting"),
    ]
