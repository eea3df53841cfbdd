"""Accepting an order, and promising it for some minutes later."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from integration.models import OutboundEvent
from orders.states import State
from tests.orders.support.board_pages import BOARD, act, order, state_of, text_of
from tests.support import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def connected(location, token):
    factories.connect(location)
    return location


@pytest.mark.parametrize(("more", "minutes"), [("", 15), ("10", 25), ("20", 35)])
def test_who_accepts_may_promise_it_for_later(live, connected, more, minutes):
    one = order(connected, state=State.PENDING, prep_time_minutes=15)
    shown = text_of(live.get(BOARD))
    assert "15 min" in shown
    assert "+10 25 min" in shown
    assert "+20 35 min" in shown
    live.post(act("accept", one), {"more": more})
    assert state_of(one) == State.IN_PROGRESS
    assert one.prep_time_minutes == minutes
    told = json.loads(OutboundEvent.objects.get().body)
    assert told["object"]["prep_time_minutes"] == minutes


@pytest.mark.parametrize("more", ["0", "5", "-10", "1e1", "\0", "9" * 5000])
def test_it_is_put_off_by_what_a_button_offers_only(live, connected, more):
    one = order(connected, state=State.PENDING)
    assert live.post(act("accept", one), {"more": more}).status_code == 400
    assert state_of(one) == State.PENDING


def test_nothing_is_promised_for_longer_than_a_day(live, connected):
    one = order(connected, state=State.PENDING, prep_time_minutes=1425)
    shown = text_of(live.get(BOARD))
    assert "1435 min" in shown
    assert "1445 min" not in shown
    assert live.post(act("accept", one), {"more": "20"}).status_code == 400
    assert state_of(one) == State.PENDING


def test_an_order_for_later_is_not_put_off(live, connected):
    wanted = timezone.now() + timedelta(hours=3)
    one = order(connected, state=State.PENDING, is_future_order=True, requested_for=wanted)
    assert "+10" not in text_of(live.get(BOARD))
    assert live.post(act("accept", one), {"more": "10"}).status_code == 400
    assert state_of(one) == State.PENDING
