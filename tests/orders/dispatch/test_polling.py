"""The poll of the dispatch page: cheap while nothing has changed, quick when something has."""

import time
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.dispatch import driver_assignment, progress
from orders.models import Driver, DriverAssignment, FollowedOrder, Order
from tests.orders.support.board_pages import columns, line, poll
from tests.orders.support.deliveries import DISPATCH, PART, card, followed, own

pytestmark = pytest.mark.django_db


def changes():
    return {
        "new": lambda order, by, sam: followed(order.location, "F-9"),
        "assigned": lambda order, by, sam: driver_assignment.assign([order], sam, by=by),
        "out": lambda order, by, sam: progress.mark_out(order, by=by),
        "delivered": lambda order, by, sam: progress.mark_delivered(order, by=by),
        "due": lambda order, by, sam: FollowedOrder.objects.update(due_at=None),
        "renamed": lambda order, by, sam: type(order.location).objects.update(name="Uptown"),
    }


@pytest.mark.parametrize("what", changes())
def test_every_change_changes_the_version(desk, owner, location, sam, clock, what):
    order = followed(location)
    version = desk.get(DISPATCH).content.decode().split('data-version="')[1].split('"')[0]
    version = version.replace("&quot;", '"')
    again = poll(desk, version, PART)
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", version)
    clock.shift(timedelta(milliseconds=1))
    changes()[what](order, owner, sam)
    answer = poll(desk, version, PART)
    assert (answer.status_code, answer["ETag"] != version) == (200, True)


def test_a_mark_of_an_order_of_our_own_changes_the_version_and_a_minute_too(
    desk, owner, location, sam, clock
):
    order = own(location)
    version = poll(desk, "", PART)["ETag"]
    clock.shift(timedelta(milliseconds=1))
    driver_assignment.assign([order], sam, by=owner)
    second = poll(desk, version, PART)["ETag"]
    clock.shift(timedelta(minutes=1))
    assert len({version, second, poll(desk, second, PART)["ETag"]}) == 3


def queries(page, version=""):
    with CaptureQueriesContext(connection) as caught:
        answer = poll(page, version, PART)
    return len(caught), answer


def crowd(location, count):
    """Create as many of each kind as half of `count`, with bags of six lines."""
    made = [own(location, f"N-{n}") for n in range(count // 2)]
    for order in made:
        for position in range(6):
            line(order, f"Dish {position}", position, depth=position % 3)
    sent = [{"name": f"Dish {n}", "quantity": 1, "modifiers": [{"name": "M"}]} for n in range(3)]
    for n in range(count // 2):
        followed(location, f"M-{n}", details={"items": sent, "delivery_address": {"city": "A"}})


def test_the_number_of_queries_does_not_depend_on_the_deliveries(desk, location, clock):
    followed(location), own(location)
    poll(desk, "", PART)
    few, answer = queries(desk)
    # Session, person, locations; three for the version; five for the deliveries; alarms.
    assert few == 12
    assert queries(desk, answer["ETag"])[0] == 6
    crowd(location, 40)
    many, answer = queries(desk)
    assert many == few + 1  # The lines of all new cards.
    assert queries(desk)[0] == few
    assert queries(desk, answer["ETag"])[0] == 6


def test_an_update_of_300_deliveries_takes_under_300_ms(desk, owner, location, sam):
    crowd(location, 300)
    driver_assignment.assign(Order.objects.all()[:50], sam, by=owner)
    assert sum(map(len, columns(poll(desk, "", PART)).values())) == 300
    progress.mark_out(FollowedOrder.objects.all()[7], by=owner)
    updates, silences = [], []
    for _ in range(5):
        started = time.process_time()
        answer = poll(desk, "", PART)
        updates.append(time.process_time() - started)
        started = time.process_time()
        assert poll(desk, answer["ETag"], PART).status_code == 304
        silences.append(time.process_time() - started)
    assert min(updates) < 0.3
    assert min(silences) < 0.05


def test_a_driver_who_is_renamed_shows_by_the_new_name(desk, owner, location, sam, clock):
    driver_assignment.assign([followed(location)], sam, by=owner)
    assert "Driver: Sam" in card(desk.get(PART), "F-1")
    Driver.objects.update(name="Samira")
    assert "Driver: Samira" in card(desk.get(PART), "F-1")
    assert DriverAssignment.objects.count() == 1
