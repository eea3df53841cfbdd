"""Which location and merchant a followed order belongs to, and that nobody else gets it (EV)."""

import json

import pytest
from django.utils import timezone

from orders.models import FollowedOrder, StreamLocation
from orders.stream_events import locations, repairs
from tests.orders.support.followed_events import (
    LOCATION,
    confirmation,
    followed,
    history,
    receive,
    status,
)
from tests.support import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def other():
    """A location of another merchant."""
    return factories.location(factories.merchant(name="Other"), provider_id="loc_other")


def _map(location, *, by=None):
    StreamLocation.objects.create(
        stream_id=LOCATION, location=location, mapped_by=by, mapped_at=timezone.now()
    )


def _place(order_id="1"):
    order = followed(order_id)
    return order.location, order.merchant_id


def test_an_order_belongs_to_the_location_that_the_reference_names(location):
    receive(confirmation(reference="loc_downtown"))

    assert _place() == (location, location.merchant_id)
    [known] = StreamLocation.objects.all()
    assert (known.stream_id, known.reference_id) == (LOCATION, "loc_downtown")
    assert (known.location, known.mapped_by) == (location, None)
    assert known.mapped_at is not None


def test_a_reference_once_named_holds_for_events_without_one(location):
    receive(confirmation("1", reference="loc_downtown"), confirmation("2"))
    receive(confirmation("3"))

    assert {_place(one) for one in "123"} == {(location, location.merchant_id)}


def test_without_a_reference_the_mapping_decides(owner, location, other):
    _map(other, by=owner)

    receive(confirmation())

    assert _place() == (other, other.merchant_id)


@pytest.mark.parametrize("reference", [None, "", "no such location"])
def test_an_order_of_a_location_that_nobody_knows_belongs_to_nobody(location, reference):
    receive(confirmation(reference=reference))

    assert _place() == (None, None)
    [known] = StreamLocation.objects.all()
    assert (known.location, known.reference_id) == (None, reference or "")


def test_a_reference_counts_before_the_mapping_of_staff_and_leaves_it_alone(owner, location, other):
    _map(other, by=owner)

    receive(confirmation("1", reference="loc_downtown"), confirmation("2"))

    assert _place("1") == (location, location.merchant_id)
    assert _place("2") == (other, other.merchant_id)
    assert StreamLocation.objects.get().location == other


def test_a_mapping_learned_from_events_follows_the_newest_reference(location, other):
    receive(confirmation("1", reference="loc_downtown"))
    receive(confirmation("2", reference="loc_other"))
    receive(confirmation("3"))

    assert _place("1") == (location, location.merchant_id)
    assert [_place(one)[0] for one in "23"] == [other, other]


def test_an_order_never_moves_to_another_location(location, other):
    receive(confirmation(reference="loc_downtown"))
    receive(confirmation(reference="loc_other", total=5), status("1", "completed"))

    assert _place() == (location, location.merchant_id)
    assert followed().status == "completed"


def test_a_later_event_may_tell_the_location(location):
    receive(confirmation())
    receive(status("1", "in_progress", reference_id="loc_downtown"))

    assert _place() == (location, location.merchant_id)
    assert [what for what, _ in history()] == ["Confirmed", "Location known", "Status changed"]


def test_an_archived_location_still_has_its_orders(location):
    location.archived_at = timezone.now()
    location.save()

    receive(confirmation(reference="loc_downtown"))

    assert _place() == (location, location.merchant_id)


def test_the_past_orders_of_a_location_are_assigned_once_it_is_mapped(location, other):
    receive(*(confirmation(str(number)) for number in range(3)))
    elsewhere = json.loads(json.dumps(confirmation("9"))) | {"location_id": "elsewhere"}
    receive(elsewhere)
    StreamLocation.objects.filter(stream_id=LOCATION).update(location=location)

    repairs.repair()

    assert {_place(one) for one in "012"} == {(location, location.merchant_id)}
    assert _place("9") == (None, None)
    assert locations.assign_past() == 0


def test_past_orders_are_assigned_in_parts(location, monkeypatch):
    receive(*(confirmation(str(number)) for number in range(5)))
    StreamLocation.objects.update(location=location)
    monkeypatch.setattr(locations, "_AT_ONCE", 2)

    assert [locations.assign_past() for _ in range(4)] == [2, 2, 1, 0]
    assert FollowedOrder.objects.filter(merchant=location.merchant).count() == 5
