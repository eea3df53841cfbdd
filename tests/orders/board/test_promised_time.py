"""Accepting an order with the promised prep time or a longer one."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from integration.models import OutboundEvent
from orders.states import State
from tests.orders.support.board_pages import BOARD, action_url, board_order, state_of, text_of
from tests.support import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def connected(location, token):
    factories.connect(location)
    return location


@pytest.mark.parametrize(("more", "minutes"), [("", 15), ("10", 25), ("20", 35)])
def test_accepting_can_extend_the_prep_time(live, connected, more, minutes):
    order = board_order(connected, state=State.PENDING, prep_time_minutes=15)
    shown = text_of(live.get(BOARD))
    assert "15 min" in shown
    assert "+10 25 min" in shown
    assert "+20 35 min" in shown
    live.post(action_url("accept", order), {"more": more})
    assert state_of(order) == State.IN_PROGRESS
    assert order.prep_time_minutes == minutes
    event = json.loads(OutboundEvent.objects.get().body)
    assert event["object"]["prep_time_minutes"] == minutes


@pytest.mark.parametrize("more", ["0", "5", "-10", "1e1", "\0", "9" * 5000])
def test_only_delays_offered_by_a_button_are_accepted(live, connected, more):
    order = board_order(connected, state=State.PENDING)
    assert live.post(action_url("accept", order), {"more": more}).status_code == 400
    assert state_of(order) == State.PENDING


def test_the_prep_time_cannot_exceed_a_day(live, connected):
    order = board_order(connected, state=State.PENDING, prep_time_minutes=1425)
    shown = text_of(live.get(BOARD))
    assert "1435 min" in shown
    assert "1445 min" not in shown
    assert live.post(action_url("accept", order), {"more": "20"}).status_code == 400
    assert state_of(order) == State.PENDING


def test_a_future_order_is_not_delayed(live, connected):
    requested_for = timezone.now() + timedelta(hours=3)
    order = board_order(
        connected, state=State.PENDING, is_future_order=True, requested_for=requested_for
    )
    assert "+10" not in text_of(live.get(BOARD))
    assert live.post(action_url("accept", order), {"more": "10"}).status_code == 400
    assert state_of(order) == State.PENDING
