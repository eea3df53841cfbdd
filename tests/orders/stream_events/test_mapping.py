"""Mapping a location ID of Stream's, with its past orders."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from orders.models import Driver, DriverAssignment, FollowedEvent, FollowedOrder
from orders.stream_events import mapping
from orders.stream_events.mapping import map_location
from tests.orders.support.board_pages import board_order
from tests.orders.support.other_pos_orders import followed, stream_location
from tests.support import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(db):
    return factories.user(None, "", full_name="Sue Support")


@pytest.fixture
def casa(db):
    return factories.location(factories.merchant(name="Casa Verde"), name="Casa Uno")


def test_orders_move_in_batches_and_each_remembers_who_assigned_it(
    monkeypatch, location, casa, staff
):
    monkeypatch.setattr(mapping, "_AT_ONCE", 3)
    found = stream_location()
    for number in range(7):
        followed(None, str(number))
    assert map_location(found, casa, staff) == 7
    assert FollowedOrder.objects.filter(location=casa, merchant=casa.merchant).count() == 7
    assert map_location(found, casa, staff) == 0
    assert map_location(found, location, staff) == 7
    entries = FollowedOrder.objects.first().history.values_list("what", "actor", "details")
    entry = ("Assigned to a location", "staff", {"by": "Sue Support"})
    assert [*entries] == [entry, entry]
    assert "Casa" not in repr(FollowedEvent.objects.values_list("what", "details"))


def test_unmapping_leaves_the_orders_to_our_own_staff_again(location, staff):
    found = stream_location()
    order = followed(None)
    map_location(found, location, staff)
    assert map_location(found, None, staff) == 1
    order.refresh_from_db()
    found.refresh_from_db()
    assert (order.location, order.merchant) == (None, None)
    assert (found.location, found.mapped_by) == (None, staff)
    assert order.history.last().what == "Location removed"


def test_orders_that_prove_where_they_belong_stay(location, casa, staff):
    found = stream_location(location=location)
    named = followed(location, "1", reference_id=location.provider_id)
    own = followed(location, "2", own_order=board_order(location))
    driven = followed(location, "3")
    driver = Driver.objects.create(merchant=location.merchant, name="Sam", phone="+12135550199")
    DriverAssignment.objects.create(
        merchant=location.merchant, location=location, driver=driver, followed=driven,
        assigned_at=timezone.now(), replaced_at=timezone.now(),
    )  # fmt: skip
    followed(location, "4", reference_id="unknown to us")
    assert map_location(found, casa, staff) == 1
    stayed = {named.pk, own.pk, driven.pk}
    assert {*FollowedOrder.objects.filter(location=location).values_list("pk", flat=True)} == stayed
    assert FollowedOrder.objects.get(location=casa).dsp_order_number == "4"


def test_a_mapping_that_changes_meanwhile_takes_over(monkeypatch, location, casa, staff):
    monkeypatch.setattr(mapping, "_AT_ONCE", 2)
    found = stream_location()
    for number in range(5):
        followed(None, str(number))
    move, calls = mapping._move_batch, []

    def interrupted(*args):
        calls.append(args)
        if len(calls) == 2:
            map_location(found, casa, staff)
        return move(*args)

    monkeypatch.setattr(mapping, "_move_batch", interrupted)
    assert map_location(found, location, staff) == 2
    assert set(FollowedOrder.objects.values_list("location", flat=True)) == {casa.pk}


def test_other_ids_are_not_touched(location, casa, staff):
    found = stream_location()
    stream_location("SL-2", location=casa)
    theirs, lost = followed(casa, stream_location_id="SL-2"), followed(None, stream_location_id="X")
    assert map_location(found, location, staff) == 0
    theirs.refresh_from_db()
    lost.refresh_from_db()
    assert (theirs.location, lost.location) == (casa, None)


def test_a_batch_takes_the_same_number_of_queries_whatever_its_size(location, staff):
    def queries():
        with CaptureQueriesContext(connection) as caught:
            map_location(found, location, staff)
        return len(caught)

    found = stream_location()
    followed(None)
    few = queries()
    for number in range(50):
        followed(None, str(number))
    assert queries() == few
