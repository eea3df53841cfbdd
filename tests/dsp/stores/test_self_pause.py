"""A store pauses itself once its restaurant takes no orders (contract DSP-WH-STORE)."""

import json
from datetime import timedelta

import pytest
import time_machine

from dsp.models import ChannelOrder, Store
from dsp.stores import own_pause, self_pause
from integration.models import Alarm, OutboundEvent
from tests.dsp.support.channel import new_store
from tests.dsp.support.menus import NOON
from tests.dsp.support.order_rows import channel_order

pytestmark = pytest.mark.django_db
HALF_AN_HOUR = timedelta(minutes=30)


def order(store, state, **fields):
    """Create an order that Stream took over."""
    return channel_order(store, state, **{"placed_at": NOON, "sent_at": NOON} | fields)


@pytest.fixture
def failing(selling, settings):
    settings.DSP = settings.DSP._replace(self_pause_failures=3)
    for state in ("accepted", "failed", "canceled"):
        order(selling, state)
    return selling


def told():
    return [json.loads(event.body)["status_update"] for event in OutboundEvent.objects.all()]


def test_the_failure_that_makes_the_row_long_enough_pauses_the_store(failing):
    assert self_pause.run() == 0
    order(failing, "sent")  # Not decided yet.
    order(failing, "failed", sent_at=None)  # Stream did not take it over.
    assert self_pause.run() == 0
    order(failing, "given_up")
    assert (self_pause.run(), self_pause.run()) == (1, 0)
    store = Store.objects.get()
    assert store.own_paused_until == NOON + HALF_AN_HOUR
    end = round(store.own_paused_until.timestamp() * 1000)
    assert [(one["status"], one["end_time"]) for one in told()] == [("paused", end)]
    alarm = Alarm.objects.get(resolved_at=None)
    assert (alarm.kind, alarm.endpoint) == ("paused", "str_8H2K")
    assert "Downtown, order ahead took none of its last 3 orders" in alarm.message


def test_it_opens_by_itself_and_the_alarm_ends(failing):
    order(failing, "failed")
    self_pause.run()
    with time_machine.travel(NOON + HALF_AN_HOUR, tick=False):
        assert own_pause.finish_due() == 1
        assert not Alarm.objects.filter(resolved_at=None).exists()
        assert self_pause.run() == 0
        # The row goes on until an order is accepted.
        order(failing, "failed", placed_at=NOON + HALF_AN_HOUR)
        assert self_pause.run() == 1


@pytest.mark.parametrize(
    "taken", [{"state": "completed"}, {"state": "canceled", "accepted_at": NOON}]
)
def test_an_order_that_was_taken_ends_the_row(failing, taken):
    order(failing, **taken)
    order(failing, "failed")
    assert self_pause.run() == 0


@pytest.mark.parametrize(
    ("state", "age"), [("guest_canceled", timedelta(0)), ("failed", timedelta(hours=1))]
)
def test_a_guests_own_cancelation_and_an_old_failure_do_not_count(failing, state, age):
    order(failing, state, placed_at=NOON - age)
    assert self_pause.run() == 0


def test_failures_of_another_store_and_the_setting_0_pause_nothing(failing, settings):
    other = new_store(failing.merchant)
    for _ in range(3):
        order(other, "failed")
    assert self_pause.run() == 1
    assert Store.objects.get(pk=failing.pk).own_paused_at is None
    settings.DSP = settings.DSP._replace(self_pause_failures=0)
    order(failing, "failed")
    assert self_pause.run() == 0
    assert ChannelOrder.objects.filter(store=failing).count() == 4
