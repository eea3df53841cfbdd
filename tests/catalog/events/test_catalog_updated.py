"""Stream is told once of a catalog change, and only if the catalog changed (contract WH, CAT)."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from catalog import models, tasks
from catalog.menu import availability
from catalog.models import CatalogSnapshot
from integration.delivery import leases
from integration.models import OutboundEvent
from tests.catalog.support.catalog_events import deliver, events, rename, waiting
from tests.support import factories

State = OutboundEvent.State


@pytest.mark.parametrize("run", [tasks.look_after_catalogs, lambda: tasks.refresh(_merchant_id())])
def test_an_edit_owes_one_event_with_this_body(soda, run):
    rename("Cola")

    run()
    run()

    event = OutboundEvent.objects.get()
    assert event.body == (
        '{"type":"location.catalog.updated","object":{"location_id":"loc_downtown"}}'
    )
    assert event.ordering_key == "loc_downtown/catalog"
    assert (event.merchant, event.location_id) == (soda.merchant, "loc_downtown")
    assert (event.event_type, event.state) == ("location.catalog.updated", State.WAITING)


def _merchant_id():
    return models.ItemFamily.objects.get().merchant_id


def test_several_edits_before_an_event_is_sent_are_one_event(soda):
    for name in ("A", "B", "C"):
        rename(name)
        tasks.look_after_catalogs()

    assert events() == [State.WAITING]


def test_an_event_waits_briefly_for_further_edits(soda):
    rename("A")
    tasks.look_after_catalogs()

    event = OutboundEvent.objects.get()
    assert timedelta(0) < event.due_at - event.created_at <= timedelta(seconds=2)


def test_an_edit_after_an_event_was_sent_owes_a_second(soda):
    rename("A")
    tasks.look_after_catalogs()
    deliver()
    tasks.look_after_catalogs()
    assert events() == [State.DELIVERED]

    rename("B")
    tasks.look_after_catalogs()

    assert events() == [State.DELIVERED, State.WAITING]


def test_nothing_is_owed_when_the_bytes_are_the_same(soda, merchant):
    rename("Soda")
    models.ItemFamily.objects.filter(pk=soda.pk).update(updated_at=timezone.now())
    factories.family(merchant, archived_at=timezone.now())
    factories.family(merchant, price_amount=None)

    tasks.look_after_catalogs()

    assert events() == []


def test_undoing_a_change_before_its_event_is_sent_withdraws_it(soda):
    rename("Cola")
    tasks.look_after_catalogs()
    rename("Soda")
    tasks.look_after_catalogs()

    assert events() == [State.WITHDRAWN]
    rename("Cola")
    tasks.look_after_catalogs()
    assert events() == [State.WITHDRAWN, State.WAITING]


def test_undoing_a_change_after_its_event_was_sent_owes_a_second(soda):
    rename("Cola")
    tasks.look_after_catalogs()
    deliver()
    rename("Soda")
    tasks.look_after_catalogs()

    assert events() == [State.DELIVERED, State.WAITING]


def test_undoing_a_change_while_its_event_is_under_way_owes_a_second(soda):
    rename("Cola")
    tasks.look_after_catalogs()
    with time_machine.travel(timezone.now() + timedelta(seconds=2), tick=False):
        assert len(leases.claim("stream", 10)) == 1
        rename("Soda")
        tasks.look_after_catalogs()

    assert waiting() == [("location.catalog.updated", "loc_downtown")] * 2


def test_a_pull_of_the_new_state_withdraws_the_event(stream, soda, merchant):
    rename("Cola")
    tasks.look_after_catalogs()

    assert stream.catalog("loc_downtown").json()["item_family"][0]["name"] == "Cola"
    tasks.settle(merchant.pk)
    tasks.look_after_catalogs()

    assert events() == [State.WITHDRAWN]
    rename("Soda")
    tasks.look_after_catalogs()
    assert events() == [State.WITHDRAWN, State.WAITING]


@pytest.mark.django_db(transaction=True)
def test_a_pull_with_changes_wakes_the_task_that_withdraws_the_event(stream, soda, merchant, woken):
    rename("Cola")
    tasks.look_after_catalogs()
    woken.clear()

    stream.catalog("loc_downtown")

    assert ("catalog.tasks.settle", merchant.pk) in woken


def test_an_edit_that_was_pulled_first_owes_nothing(stream, soda, merchant):
    rename("Cola")
    stream.catalog("loc_downtown")
    tasks.settle(merchant.pk)
    tasks.look_after_catalogs()

    assert waiting() == []


def test_a_pull_of_an_older_state_withdraws_nothing(stream, soda, merchant):
    old = stream.catalog("loc_downtown")["ETag"]
    rename("Cola")
    tasks.look_after_catalogs()
    CatalogSnapshot.objects.update(told_etag=old.strip('"'))

    tasks.settle(merchant.pk)

    assert waiting() == [("location.catalog.updated", "loc_downtown")]


def test_an_override_at_one_location_affects_only_that_location(soda, merchant, location):
    uptown = factories.location(merchant, provider_id="loc_uptown")
    factories.connect(uptown)
    tasks.look_after_catalogs()

    availability.switch(uptown, soda, is_active=False)
    tasks.look_after_catalogs()
    assert waiting() == [("location.catalog.object.updated", "loc_uptown")] * 2

    rename("Cola")
    tasks.look_after_catalogs()
    assert sorted(waiting()) == [
        ("location.catalog.updated", "loc_downtown"),
        ("location.catalog.updated", "loc_uptown"),
    ]


def test_an_edit_of_another_merchant_has_no_effect(soda):
    other = factories.merchant()
    factories.access_token(factories.user(other))
    factories.connect(factories.location(other))
    tasks.look_after_catalogs()
    factories.family(other)
    tasks.look_after_catalogs()

    assert [event.merchant for event in OutboundEvent.objects.all()] == [other]


def test_an_item_switched_on_by_the_clock_is_reported_once(soda, location):
    now = timezone.now()
    with time_machine.travel(now, tick=False) as clock:
        availability.switch(location, soda, is_active=False, until=now + timedelta(minutes=5))
        tasks.look_after_catalogs()
        deliver()
        clock.shift(timedelta(minutes=4, seconds=59))
        tasks.look_after_catalogs()
        assert waiting() == []
        clock.shift(timedelta(seconds=1))
        tasks.look_after_catalogs()
        tasks.look_after_catalogs()

    assert waiting() == [("location.catalog.object.updated", "loc_downtown")] * 2
    row = models.FamilyAtLocation.objects.get()
    assert (row.is_active, row.inactive_until) == (True, None)
