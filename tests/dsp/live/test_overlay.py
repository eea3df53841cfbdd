"""Availability under the updates that came after a menu."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from dsp.live import compiled, overlay
from dsp.models import AvailabilityChange
from tests.dsp.menus.files import example
from tests.dsp.support.menus import go_live

pytestmark = pytest.mark.django_db


def change(store, stream_id, arrival, **fields):
    AvailabilityChange.objects.create(
        store=store, kind="items", stream_id=stream_id, is_active=False, arrival=arrival, **fields
    )


def test_changes_count_for_menus_that_arrived_before_them_until_their_end(store):
    change(store, "older", 5)
    change(store, "later", 7)
    change(store, "ended", 8, until=timezone.now())
    change(store, "ends", 8, until=timezone.now() + timedelta(hours=1))
    assert overlay.updates_of(store, 5) == {("items", "later"): False, ("items", "ends"): False}


def test_changes_are_read_once_for_each_revision(store, django_assert_num_queries):
    overlay.updates_of(store, 1)
    change(store, "burger", 2)
    with django_assert_num_queries(0):
        assert overlay.updates_of(store, 1) == {}
    store.overlay_revision += 1
    with django_assert_num_queries(1):
        assert overlay.updates_of(store, 1) == {("items", "burger"): False}


def test_a_change_ends_by_itself_before_the_revision_says_so(store):
    end = timezone.now() + timedelta(hours=1)
    change(store, "burger", 2, until=end)
    assert overlay.updates_of(store, 1) == {("items", "burger"): False}
    with time_machine.travel(end, tick=False):
        assert overlay.updates_of(store, 1) == {}


def test_a_live_menu_is_read_once_and_its_equal_groups_are_kept_once(
    store, django_assert_num_queries
):
    file = example(1)
    category = file["menus"][0]["categories"][0]
    category["items"].append({**category["items"][0], "stream_id": "s-fam-second"})
    menu = go_live(store, file)
    with django_assert_num_queries(1):
        live = compiled.of_menu(menu.pk)
    with django_assert_num_queries(0):
        assert compiled.of_menu(menu.pk) is live
    assert (live.number, live.arrival) == (1, 1)
    first, second = live.menu.menus[0].categories[0].families
    assert first.groups[0] is second.groups[0]
    assert live.places.knows("s-var-burger-l")


def test_the_memory_of_menus_is_bounded(store, monkeypatch):
    monkeypatch.setattr(compiled._memory, "_most_bytes", 1)
    menus = [go_live(store, example(1)) for _ in range(3)]
    for menu in menus:
        assert compiled.of_menu(menu.pk).number == menu.number
    assert list(compiled._memory._menus) == [menus[-1].pk]
