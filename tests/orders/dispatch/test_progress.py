"""The progress of a delivery: marked by staff, and reported by Stream."""

from datetime import timedelta

import pytest
from django.utils import timezone

from integration.models import OutboundEvent
from orders.dispatch import driver_assignment, progress
from orders.instore import delivery_request
from orders.lifecycle import acceptance, transitions
from orders.models import DriverAssignment, FollowedOrder, Order
from orders.states import State
from tests.orders.support.board_pages import HTMX, text_of
from tests.orders.support.deferred_orders import BUSY
from tests.orders.support.deliveries import followed, own
from tests.support import factories
from tests.support.threads import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def going(owner, location, sam):
    """Assign Sam to the order; return it."""

    def assigned(order):
        driver_assignment.assign([order], sam, by=owner)
        order.refresh_from_db()
        return order

    return assigned


def mark(page, order, to, **headers):
    kind = "own" if isinstance(order, Order) else "followed"
    answer = page.post(f"/dispatch/{kind}/{order.pk}/mark/", {"to": to}, follow=True, **headers)
    order.refresh_from_db()
    return answer


def times(order) -> tuple[bool, bool, bool]:
    """Return whether the driver left, delivered, and was released."""
    row = order.assignments.get()
    return row.out_at is not None, row.delivered_at is not None, row.replaced_at is not None


def test_an_order_of_our_own_moves_and_stream_hears_of_it(desk, token, location, going):
    factories.connect(location)
    order = going(own(location))
    mark(desk, order, "out")
    assert (order.state, times(order)) == (State.OUT_FOR_DELIVERY, (True, False, False))
    mark(desk, order, "delivered")
    assert (order.state, times(order)) == (State.COMPLETED, (True, True, False))
    types = OutboundEvent.objects.order_by("pk").values_list("event_type", flat=True)
    assert [*types] == ["order.assign.driver", "order.status.updated", "order.status.updated"]


def test_a_followed_order_is_marked_in_our_record_only(desk, location, going):
    order = going(followed(location))
    mark(desk, order, "out")
    assert (order.delivery_status, order.ended_at, times(order)) == (
        "enroute_to_dropoff", None, (True, False, False),
    )  # fmt: skip
    mark(desk, order, "delivered")
    assert (order.delivery_status, times(order)) == ("completed", (True, True, False))
    assert order.ended_at is not None
    assert order.status == "in_progress"  # The POS that took it says what its state is.
    assert [(entry.what, entry.details) for entry in order.history.all()] == [
        ("Driver assigned", {"by": "Pat Owner", "driver": "Sam"}),
        ("Out for delivery", {"by": "Pat Owner"}),
        ("Delivered", {"by": "Pat Owner"}),
    ]
    assert OutboundEvent.objects.get().event_type == "order.assign.driver"


def test_a_followed_order_without_a_driver_can_be_marked_too(desk, location):
    order = followed(location)
    mark(desk, order, "out")
    mark(desk, order, "delivered")
    assert (order.delivery_status, order.assignments.count()) == ("completed", 0)


@pytest.mark.parametrize("make", [own, followed])
def test_a_mark_made_before_says_that_somebody_was_faster(desk, location, going, make):
    order = going(make(location))
    mark(desk, order, "out")
    first = DriverAssignment.objects.get().out_at
    assert "Somebody else was faster." in text_of(mark(desk, order, "out"))
    mark(desk, order, "delivered")
    assert "Somebody else was faster." in text_of(mark(desk, order, "delivered"))
    assert "Somebody else was faster." in text_of(mark(desk, order, "out", **HTMX))
    assert DriverAssignment.objects.get().out_at == first


def test_the_boards_button_counts_as_well(owner, location, going):
    order = going(own(location))
    transitions.move(order.pk, State.OUT_FOR_DELIVERY, by=owner)
    assert times(order) == (True, False, False)
    transitions.move(order.pk, State.COMPLETED, by=owner)
    assert times(order) == (True, True, False)


def test_streams_updates_of_an_order_of_our_own_count_as_well(stream, location, going):
    order = going(own(location))
    for status, expected in [
        ("ready_for_pickup", (False, False, False)),
        ("out_for_delivery", (True, False, False)),
        ("completed", (True, True, False)),
    ]:
        stream.event("order.updated", order_id=str(order.pk), status=status)
        assert times(order) == expected, status


def test_an_end_without_delivery_releases_the_driver(owner, stream, location, going):
    canceled, rejected = going(own(location)), going(own(location, "A-2", state=State.PENDING))
    transitions.move(canceled.pk, State.MERCHANT_CANCELED, by=owner)
    acceptance.reject(rejected.pk, BUSY, by=owner)
    assert [times(order) for order in (canceled, rejected)] == [(False, False, True)] * 2


def test_handing_the_delivery_to_stream_releases_the_driver(owner, stream, location, going):
    order = going(own(location, is_in_store=True))
    delivery_request.send(order.pk, by=owner)
    assert times(order) == (False, False, True)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("enroute_to_pickup", (False, False, False)),
        ("by_balloon", (False, False, False)),
        ("enroute_to_dropoff", (True, False, False)),
        ("arrived_at_dropoff", (True, False, False)),
        ("completed", (False, True, False)),
    ],
)
def test_streams_delivery_status_sets_the_drivers_times(location, going, status, expected):
    order, other = going(followed(location)), going(followed(location, "F-2"))
    at = timezone.now() - timedelta(minutes=1)
    progress.record_status(status, [order.pk], at)
    assert (times(order), times(other)) == (expected, (False, False, False))
    row = order.assignments.get()
    assert {row.out_at, row.delivered_at} - {None} <= {at}


def test_the_first_report_counts_and_none_comes_after_the_delivery(location, going):
    order = going(followed(location))
    first = timezone.now() - timedelta(minutes=9)
    for minutes, status in enumerate(
        ["enroute_to_dropoff", "arrived_at_dropoff", "completed", "enroute_to_dropoff", "completed"]
    ):
        progress.record_status(status, [order.pk], first + timedelta(minutes=minutes))
    row = order.assignments.get()
    assert (row.out_at, row.delivered_at) == (first, first + timedelta(minutes=2))


def test_a_status_of_a_followed_order_reaches_our_own_behind_it(location, going):
    mine = going(own(location))
    theirs = followed(location, own_order=mine)
    before = mine.updated_at
    progress.record_status("enroute_to_dropoff", [theirs.pk], timezone.now())
    mine.refresh_from_db()
    assert times(mine) == (True, False, False)
    assert mine.updated_at > before


def test_the_end_of_a_followed_order_releases_its_driver_unless_delivered(location, going):
    canceled, done = going(followed(location)), going(followed(location, "F-2"))
    now = timezone.now()
    progress.record_status("completed", [done.pk], now)
    progress.record_end([canceled.pk, done.pk], now)
    assert times(canceled) == (False, False, True)
    assert times(done) == (False, True, False)


def test_statuses_of_many_orders_take_two_statements(location, going, django_assert_num_queries):
    keys = [going(followed(location, f"F-{n}")).pk for n in range(5)]
    with django_assert_num_queries(2):
        progress.record_status("enroute_to_dropoff", keys, timezone.now())
    with django_assert_num_queries(0):
        progress.record_status("pending", keys, timezone.now())


def test_other_merchants_orders_and_unknown_kinds_do_not_exist(desk, location):
    elsewhere = factories.location(factories.merchant())
    for order in (own(elsewhere), followed(elsewhere), followed(None, "F-3")):
        assert mark(desk, order, "out").status_code == 404
    assert (
        desk.post(f"/dispatch/nothing/{own(location).pk}/mark/", {"to": "out"}).status_code == 404
    )
    assert mark(desk, followed(location, "F-4"), "lost").status_code == 400
    assert FollowedOrder.objects.exclude(delivery_status="").count() == 0


@pytest.mark.django_db(transaction=True)
def test_marking_twice_at_once_counts_once(owner, location):
    for number in range(4):
        order = followed(location, f"F-{number}")

        def deliver(order=order):
            try:
                progress.mark_delivered(order, by=owner)
            except progress.NotPossible:
                return "late"
            return "done"

        assert sorted(at_once(deliver, deliver)) == ["done", "late"]
        assert order.history.count() == 1
