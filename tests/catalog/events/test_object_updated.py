"""One event for each object if only availability changed (contract WH)."""

import json
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from catalog import models, tasks
from catalog.events import object_updated
from catalog.locations import connection
from catalog.menu import availability
from catalog.models import CatalogSnapshot
from integration.models import OutboundEvent
from tests.catalog.support.catalog_events import (
    CATALOG,
    OBJECT,
    deliver,
    events,
    read,
    rename,
    switch,
    waiting,
    waiting_updates,
)
from tests.catalog.support.database_edits import sql
from tests.support import factories

State = OutboundEvent.State


def test_the_body_and_the_key_of_an_event(sized, location):
    switch(location, "large", "off")
    tasks.look_after_catalogs()

    event = OutboundEvent.objects.get()
    assert event.body == (
        '{"type":"location.catalog.object.updated","object":{"location_id":"loc_downtown",'
        '"object_id":"large","object_type":"item","object_update":{"is_active":false}}}'
    )
    assert event.event_type == OBJECT
    assert event.ordering_key == "loc_downtown/object/large"


@pytest.mark.parametrize(
    ("object_id", "kind"),
    [
        ("burger", "item_family"),
        ("large", "item"),
        ("extras", "modifier_group"),
        ("extra", "modifier"),
    ],
)
def test_each_kind_is_named_when_it_is_switched_off_and_on(sized, location, object_id, kind):
    for state in ("off", "on"):
        switch(location, object_id, state)
        [event] = OutboundEvent.objects.filter(state=State.WAITING)
        assert json.loads(event.body)["object"] == {
            "location_id": "loc_downtown",
            "object_id": object_id,
            "object_type": kind,
            "object_update": {"is_active": state == "on"},
        }
        deliver()


def test_a_family_without_items_has_a_second_event_for_its_twin(soda, location):
    for state in (False, True):
        switch(location, "soda", "on" if state else "off")
        objects = [
            json.loads(event.body)["object"]
            for event in OutboundEvent.objects.filter(state=State.WAITING).order_by("pk")
        ]
        assert [(body["object_id"], body["object_type"]) for body in objects] == [
            ("soda", "item_family"),
            ("soda_item", "item"),
        ]
        assert [body["object_update"] for body in objects] == [{"is_active": state}] * 2
        deliver()


def test_an_object_with_the_id_of_the_twin_replaces_the_twin(sized, stream, merchant, location):
    factories.item(sized, provider_id="soda_item")
    read(stream, merchant)

    switch(location, "soda", "off")

    assert waiting_updates() == [("soda", False)]


def test_the_longest_ids_have_events_of_their_own(stream, merchant, owner):
    place = factories.location(merchant, provider_id="l" * 64)
    factories.family(merchant, provider_id="f" * 128)
    factories.connect(place)
    tasks.look_after_catalogs()
    connection.disconnect(models.Location.objects.exclude(pk=place.pk))

    switch(place, "f" * 128, "off")

    assert waiting_updates() == [("f" * 128, False), ("f" * 128 + "_item", False)]
    keys = OutboundEvent.objects.filter(location_id=place.provider_id).values("ordering_key")
    assert keys.distinct().count() == 2


@pytest.mark.parametrize("how", ["shell", "bulk", "sql"])
def test_a_switch_is_found_however_it_was_made(sized, location, how):
    large = models.Item.objects.get(provider_id="large")
    if how == "shell":
        large.is_active = False
        large.save()
    elif how == "bulk":
        models.Item.objects.filter(pk=large.pk).update(is_active=False)
    else:
        sql("UPDATE catalog_item SET is_active = %s WHERE id = %s", False, large.pk)

    tasks.look_after_catalogs()

    assert waiting_updates() == [("large", False)]


def test_undoing_a_switch_before_its_event_is_sent_withdraws_it(sized, location):
    switch(location, "large", "off")
    switch(location, "large", "on")

    assert events() == [State.WITHDRAWN]
    assert CatalogSnapshot.objects.get(location=location).object_events == []


def test_undoing_one_of_two_switches_leaves_the_other(sized, location):
    switch(location, "large", "off")
    switch(location, "extra", "off")
    switch(location, "large", "on")

    assert waiting_updates() == [("extra", False)]
    assert events() == [State.WITHDRAWN, State.WAITING]


def test_undoing_a_switch_after_its_event_was_sent_owes_a_second(sized, location):
    switch(location, "large", "off")
    deliver()
    switch(location, "large", "on")

    assert waiting_updates() == [("large", True)]
    deliver()
    tasks.look_after_catalogs()
    assert events() == [State.DELIVERED] * 2


def test_a_reported_switch_is_not_reported_again_with_the_next(sized, location):
    switch(location, "large", "off")
    deliver()

    switch(location, "extra", "off")

    assert waiting_updates() == [("extra", False)]


def test_a_switch_with_a_price_change_is_one_catalog_event(sized, location):
    switch(location, "large", "off")
    rename("Cola")
    tasks.look_after_catalogs()

    assert waiting_updates() == [CATALOG]
    assert events() == [State.WITHDRAWN, State.WAITING]
    switch(location, "extra", "off")
    assert waiting_updates() == [CATALOG]
    deliver()
    tasks.look_after_catalogs()
    assert waiting_updates() == []
    switch(location, "extra", "on")
    assert waiting_updates() == [("extra", True)]


def test_a_price_that_goes_up_and_back_leaves_the_switch_reported(sized, location):
    switch(location, "large", "off")
    deliver()
    rename("Cola")
    tasks.look_after_catalogs()
    rename("Soda")
    tasks.look_after_catalogs()

    assert waiting_updates() == []
    assert events() == [State.DELIVERED, State.WITHDRAWN]


@pytest.mark.parametrize(("count", "told_as"), [(20, OBJECT), (21, CATALOG)])
def test_many_switches_at_once_are_one_catalog_event(
    stream, merchant, location, soda, count, told_as
):
    """Use families without items: their twins do not count."""
    for number in range(count):
        factories.family(merchant, provider_id=f"f{number}")
    read(stream, merchant)

    models.ItemFamily.objects.exclude(pk=soda.pk).update(is_active=False)
    tasks.look_after_catalogs()

    assert waiting() == [(told_as, "loc_downtown")] * (40 if told_as == OBJECT else 1)


def test_a_pull_of_the_switch_withdraws_its_event(sized, stream, merchant, location):
    switch(location, "large", "off")
    stream.catalog("loc_downtown")
    tasks.settle(merchant.pk)

    assert events() == [State.WITHDRAWN]
    switch(location, "large", "on")
    assert waiting_updates() == [("large", True)]


@pytest.mark.django_db(transaction=True)
def test_a_pull_with_changes_wakes_the_task_that_withdraws_the_event(
    sized, stream, merchant, location, woken
):
    switch(location, "large", "off")
    woken.clear()

    stream.catalog("loc_downtown")

    assert ("catalog.tasks.settle", merchant.pk) in woken


def test_reported_objects_survive_a_pull_of_the_same_catalog(sized, stream, location):
    switch(location, "large", "off")
    deliver()
    stream.catalog("loc_downtown")
    tasks.look_after_catalogs()

    assert waiting_updates() == []
    assert events() == [State.DELIVERED]


def test_at_connecting_switched_off_objects_count_as_told(sized, location):
    connection.disconnect(models.Location.objects.all())
    switch(location, "large", "off")
    assert events() == []
    factories.connect(location)
    tasks.look_after_catalogs()
    assert events() == []

    switch(location, "large", "on")
    assert waiting_updates() == [("large", True)]


def test_disconnecting_withdraws_waiting_events(sized, location):
    switch(location, "large", "off")
    connection.disconnect(models.Location.objects.all())
    tasks.look_after_catalogs()

    assert events() == [State.WITHDRAWN]
    factories.connect(location)
    switch(location, "large", "on")
    assert waiting_updates() == [("large", True)]


def test_a_hundred_quick_edits_by_three_people_are_few_events(sized, stream, location):
    for number in range(100):
        object_id = ("large", "extra", "extras")[number % 3]
        state = "off" if number // 3 % 2 == 0 else "on"
        availability.switch(
            location, availability.find(location, object_id), is_active=state == "on"
        )
        if number % 7 == 0:
            tasks.look_after_catalogs()
    tasks.look_after_catalogs()

    is_on = {
        row["provider_id"]: row["is_active"]
        for kind in ("item", "modifier", "modifier_group")
        for row in stream.catalog("loc_downtown").json()[kind]
    }
    assert dict(waiting_updates()) == {key: False for key, active in is_on.items() if not active}


def test_an_event_waits_only_briefly(sized, location):
    with time_machine.travel(timezone.now(), tick=False):
        switch(location, "large", "off")

        [event] = OutboundEvent.objects.all()
        assert event.due_at - event.created_at == object_updated.QUIET == timedelta(seconds=0.2)
