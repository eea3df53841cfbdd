"""Placing of orders: their numbers, and the event owed with them (contract DSP-LIFE)."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from dsp.models import ChannelOrder
from dsp.new_orders import numbers
from dsp.orders import placing
from integration.db import database_time
from integration.models import OutboundEvent
from tests.dsp.support.orders import bodies_owed, example, owed, place, unplaced

pytestmark = pytest.mark.django_db


def test_a_placed_order_owes_the_contracts_event_in_the_same_transaction(store, monkeypatch, woken):
    monkeypatch.setattr(numbers, "draw", lambda store_id, day: "A17")
    order = place(store)
    assert bodies_owed(order) == [example("NEW")]
    (event,) = owed(order)
    assert (event.pk, event.endpoint, event.event_type, event.location_id) == (
        order.outbound_event_id,
        "stream_dsp",
        "new_order",
        "str_8H2K",
    )
    assert event.is_urgent
    assert event.expires_at - order.placed_at < timedelta(seconds=121)
    assert order.history.get().state == "placed"


def test_nothing_is_owed_when_the_transaction_fails(store):
    with transaction.atomic():
        placing.place(unplaced(store))
        transaction.set_rollback(True)
    assert not OutboundEvent.objects.exists()
    assert not ChannelOrder.objects.exists()


def test_a_number_is_short_and_used_once_a_day(store, monkeypatch):
    assert re.fullmatch("[A-Z][1-9][0-9]", place(store).number)
    monkeypatch.setattr(numbers, "_draw", lambda digits: f"Q{digits}")
    drawn = [place(store, provider_id=f"ord_1{count}").number for count in range(4)]
    assert drawn == ["Q2", "Q3", "Q4", "Q6"]


def test_a_number_that_is_taken_is_drawn_again(store, monkeypatch):
    place(store)
    ChannelOrder.objects.update(number="A17")
    drawn = iter(["A17", "B20"])
    monkeypatch.setattr(numbers, "draw", lambda store_id, day: next(drawn))
    order = place(store, provider_id="ord_02")
    assert order.number == "B20"
    assert [body["order"]["customer_facing_id"] for body in bodies_owed(order)] == ["B20"]


def test_a_repeat_of_the_request_is_the_callers_affair(store):
    place(store)
    with pytest.raises(IntegrityError):
        place(store, provider_id="ord_02", idempotency_key="ord_01")


def test_the_business_day_is_that_of_the_stores_time_zone(store, monkeypatch):
    just_before_midnight = datetime(2026, 3, 2, 5, 30, tzinfo=UTC)
    monkeypatch.setattr(database_time, "now", lambda: just_before_midnight)
    assert place(store).business_day == date(2026, 3, 1)


def test_an_order_for_later_is_held_until_its_preparation_begins(store):
    wanted = timezone.now() + timedelta(hours=2)
    order = place(store, requested_for=wanted, ready_at=wanted)
    assert (order.state, order.outbound_event_id) == ("held", None)
    assert order.send_at == wanted - timedelta(minutes=25)  # Without a menu, 20 to prepare.
    assert owed(order) == []


def test_an_order_for_soon_is_one_for_now(store):
    wanted = timezone.now() + timedelta(minutes=24)
    order = place(store, requested_for=wanted, ready_at=wanted)
    assert order.state == "placed"
    assert bodies_owed(order)[0]["order"]["is_future_order"] is False


def test_an_order_for_later_may_be_forwarded_at_once(store, settings):
    settings.DSP = settings.DSP._replace(holds_future_orders=False)
    wanted = timezone.now() + timedelta(hours=2)
    order = place(store, requested_for=wanted, ready_at=wanted)
    assert order.state == "placed"
    sent = bodies_owed(order)[0]["order"]
    assert (sent["is_future_order"], sent["status"]) == (True, "scheduled")
    assert sent["estimated_ready_at_ms"] == round(wanted.timestamp() * 1000)
