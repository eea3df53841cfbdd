"""What becomes of waiting events and silent orders with time (EV)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from orders.models import FollowedOrder, StreamEvent
from orders.stream_events import processing, repairs
from tests.orders.support.followed_events import (
    confirmation,
    followed,
    history,
    outcomes,
    receive,
    status,
)

pytestmark = pytest.mark.django_db
NEVER = "Its order was not confirmed within seven days."


def _age(days):
    StreamEvent.objects.update(received_at=timezone.now() - timedelta(days=days))


@pytest.mark.parametrize(("days", "outcome"), [(6.9, ("waiting", "")), (7.1, ("noted", NEVER))])
def test_an_update_waits_for_seven_days(days, outcome):
    receive(status("1", "completed"))
    _age(days)

    repairs.retire()

    assert outcomes() == [outcome]


def test_an_event_that_waits_beside_its_order_is_applied():
    receive(confirmation(), status("1", "completed"))
    StreamEvent.objects.filter(event_type="order.updated").update(outcome="waiting")
    FollowedOrder.objects.update(status="")

    repairs.repair()
    processing.process_due()

    assert (followed().status, outcomes()[-1]) == ("completed", ("applied", ""))


@pytest.mark.parametrize(
    ("updated", "due", "is_closed"),
    [(7.1, None, True), (6.9, None, False), (7.1, 7.1, True), (7.1, 6.9, False), (7.1, -3, False)],
)
def test_an_order_without_news_for_a_week_ends(updated, due, is_closed):
    receive(confirmation())
    now = timezone.now()
    FollowedOrder.objects.update(
        updated_at=now - timedelta(days=updated),
        due_at=None if due is None else now - timedelta(days=due),
    )

    repairs.retire()

    assert (followed().ended_at is not None) == is_closed
    assert (history()[-1] == ("Closed without further news", {})) == is_closed


def test_an_ended_order_is_closed_once():
    receive(confirmation(status="completed"))
    FollowedOrder.objects.update(updated_at=timezone.now() - timedelta(days=8))
    ended_at = followed().ended_at

    repairs.retire()

    assert followed().ended_at == ended_at
    assert history() == [("Confirmed", {"status": "completed"})]
