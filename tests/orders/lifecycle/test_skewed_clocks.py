"""Deadlines follow the database's clock where a process's own is wrong."""

from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.locations import pause as location_pause
from catalog.menu import availability
from catalog.models import CatalogBuild
from catalog.snapshots import build_lease
from integration.db import database_time
from integration.webhooks import outbox
from orders.alerts import presence
from orders.models import BoardPresence
from tests.support import factories

pytestmark = pytest.mark.django_db
AHEAD = timedelta(minutes=10)
SOON = timedelta(minutes=5)


@pytest.fixture(autouse=True)
def now(monkeypatch):
    """Set this process's clock ten minutes ahead of the database's; return the database's time."""
    monkeypatch.setattr(database_time, "_offset", -AHEAD)
    return timezone.now() - AHEAD


def test_a_pause_lasts_until_the_databases_time(location, now):
    location_pause.pause(location, until=now + SOON)
    location_pause.resume_due()
    location.refresh_from_db()
    assert location.is_paused()
    assert location.paused_at - now < timedelta(minutes=1)


def test_what_is_off_for_a_time_comes_back_by_the_databases_time(merchant, location, now):
    family = factories.family(merchant)
    availability.switch(location, family, is_active=False, until=now + SOON)
    availability.switch_back_on()
    [row] = availability.unavailable_rows(availability.SWITCHABLE[type(family)])
    assert row.inactive_until == now + SOON


def test_the_lease_of_another_process_is_respected(merchant, now):
    CatalogBuild.objects.create(merchant=merchant, held_until=now + build_lease.LEASE)
    with build_lease.acquire(
        merchant.pk, lambda: False, patience_seconds=0, insists=False
    ) as lease:
        assert lease is None


def test_a_board_that_another_process_showed_counts_as_watched(location, now):
    BoardPresence.objects.create(location=location, seen_at=now)
    assert presence.watched_among([location.pk]) == {location.pk}


def test_an_event_is_due_by_the_databases_time(merchant, location, now):
    event = outbox.emit(
        merchant_id=merchant.pk,
        location_id=location.provider_id,
        event_type="location.status.updated",
        ordering_key="k",
        due_in=SOON,
    )
    assert timedelta(0) <= event.due_at - now - SOON < timedelta(minutes=1)
