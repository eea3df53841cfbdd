"""Further consequences of the reason of a failed order (contract DSP-EV-FAIL)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from dsp.live import overlay
from dsp.models import AvailabilityChange, ChannelOrder, ReceivedEvent, Store
from dsp.stores import turned_away
from integration.models import Alarm
from tests.dsp.events import examples
from tests.dsp.menus import files
from tests.dsp.support import menus
from tests.dsp.support.orders import in_state

pytestmark = pytest.mark.django_db


def _fail(channel, store, reason, number=1, **details):
    order = in_state(store, "sent", provider_id=f"ord_{number}")
    event = {**examples.FAIL, "order_id": order.provider_id, "failure_reason": reason}
    assert channel.event({**event, **details}).status_code == 200
    return order


def _store():
    return Store.objects.get()


def test_a_store_that_does_not_accept_is_closed_for_five_minutes(channel, store):
    _fail(channel, store, "restaurant_not_accepting_orders")
    closed = _store()
    assert closed.turned_away_until - closed.turned_away_at == timedelta(minutes=5)
    assert turned_away.is_turned_away(closed, timezone.now())


def test_it_is_not_closed_when_the_setting_is_0(channel, store, settings):
    settings.DSP = settings.DSP._replace(turned_away_seconds=0)
    _fail(channel, store, "restaurant_not_accepting_orders")
    assert _store().turned_away_at is None


@pytest.mark.parametrize("event", [examples.RESUME, examples.STATUS])
def test_the_next_event_opens_it_and_a_repeat_does_not(channel, store, event):
    in_state(store, "accepted")
    _fail(channel, store, "location_not_found", number=2)
    repeat = {**examples.FAIL, "order_id": "ord_2", "failure_reason": "location_not_found"}
    channel.event(repeat)
    assert _store().turned_away_at is not None
    channel.event(event)
    assert _store().turned_away_at is None


def test_a_store_that_stream_does_not_know_is_closed_with_an_alarm(channel, store):
    _fail(channel, store, "location_not_found")
    closed = _store()
    assert (closed.turned_away_at is None, closed.turned_away_until) == (False, None)
    alarm = Alarm.objects.get()
    assert (alarm.kind, alarm.endpoint, alarm.merchant) == ("broken", "str_8H2K", store.merchant)


@pytest.mark.parametrize(
    ("reason", "ends"), [("pos_missing_items", False), ("items_unavailable", True)]
)
def test_missing_items_are_off_on_the_guests_menu(channel, store, reason, ends):
    menu = menus.go_live(store, files.example(1), arrival=0)
    _fail(channel, store, reason)
    received = ReceivedEvent.objects.get()
    (change,) = AvailabilityChange.objects.all()
    assert (change.kind, change.stream_id, change.is_active) == (
        "variations",
        "s-var-burger-l",
        False,
    )
    assert (change.arrival, change.until is not None) == (received.pk, ends)
    if ends:
        assert change.until - received.received_at <= timedelta(hours=2, seconds=1)
    assert overlay.updates_of(_store(), menu.arrival) == {("variations", "s-var-burger-l"): False}


def test_a_failure_that_names_no_items_switches_nothing_off(channel, store):
    menus.go_live(store, files.example(1), arrival=0)
    _fail(channel, store, "items_unavailable", failure_details=None)
    assert not AvailabilityChange.objects.exists()


def test_three_refused_carts_in_a_row_within_ten_minutes_raise_an_alarm(channel, store):
    for number in (1, 2):
        _fail(channel, store, "order_validation_error", number=number)
    assert _store().suspect_since is not None
    assert not Alarm.objects.exists()
    _fail(channel, store, "order_validation_error", number=3)
    assert Alarm.objects.get().kind == "carts"


def test_an_accepted_order_between_them_restores_the_trust(channel, store):
    for number in (1, 2):
        _fail(channel, store, "order_validation_error", number=number)
    in_state(store, "sent")
    channel.event(examples.ACCEPT)
    assert _store().suspect_since is None
    _fail(channel, store, "order_validation_error", number=3)
    assert not Alarm.objects.exists()


def test_refused_carts_over_a_longer_time_raise_none(channel, store):
    for number in (1, 2):
        _fail(channel, store, "order_validation_error", number=number)
    ChannelOrder.objects.update(ended_at=timezone.now() - timedelta(minutes=11))
    _fail(channel, store, "order_validation_error", number=3)
    assert not Alarm.objects.exists()


def test_any_other_reason_has_no_consequence(channel, store):
    for number, reason in enumerate([None, "unknown", "the_moon_is_full"]):
        order = _fail(channel, store, reason, number=number)
        order.refresh_from_db()
        assert order.failure_reason == (reason or "unknown")
    assert (_store().turned_away_at, _store().suspect_since) == (None, None)
    assert not Alarm.objects.exists()
