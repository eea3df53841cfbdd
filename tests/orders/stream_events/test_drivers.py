"""What Stream's events say of our own drivers' deliveries of followed orders (EV)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from orders.models import Driver, DriverAssignment, FollowedOrder, StreamEvent
from orders.stream_events import repairs
from tests.orders.support.followed_events import confirmation, delivery, followed, receive, status

pytestmark = pytest.mark.django_db


@pytest.fixture
def assignment(location):
    receive(confirmation("1", reference="loc_downtown", status="in_progress"))
    driver = Driver.objects.create(merchant=location.merchant, name="Dash", phone="+15125550100")
    return DriverAssignment.objects.create(
        merchant=location.merchant,
        location=location,
        driver=driver,
        followed=followed(),
        assigned_at=timezone.now(),
    )


def _times(assignment):
    assignment.refresh_from_db()
    return assignment.out_at, assignment.delivered_at, assignment.replaced_at


def _received(kind):
    return StreamEvent.objects.filter(event_type=kind).order_by("pk").last().received_at


def test_the_driver_left_and_arrived_when_stream_said_so(assignment):
    receive(delivery("1", "enroute_to_dropoff"))
    left = _received("driver.status_updated")
    assert _times(assignment) == (left, None, None)

    receive(delivery("1", "arrived_at_dropoff"))
    assert _times(assignment) == (left, None, None)

    receive(status("1", "completed"))
    assert _times(assignment) == (left, _received("order.updated"), None)


def test_a_canceled_order_ends_the_delivery(assignment):
    receive(status("1", "dsp_canceled", "order.canceled"), delivery("1", "completed"))

    out_at, delivered_at, replaced_at = _times(assignment)
    assert (out_at, delivered_at, replaced_at) == (None, None, _received("order.canceled"))


def test_a_delivery_without_news_for_a_week_ends(assignment):
    FollowedOrder.objects.update(updated_at=timezone.now() - timedelta(days=8))

    repairs.retire()

    assert _times(assignment)[2] == followed().ended_at
