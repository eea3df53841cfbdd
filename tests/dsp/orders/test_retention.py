"""Retention of the channel's records (PERSONAL_DATA_DAYS, OUTBOUND_EVENT_DAYS)."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from dsp import tasks
from dsp.models import ChannelOrder, Quote, ReceivedEvent
from tests.dsp.support.orders import in_state, owed

pytestmark = pytest.mark.django_db
ADDRESS = {"address_line_1": "200 Oak Ave", "city": "Austin"}


def _ended(store, days, **fields):
    order = in_state(store, "completed", **fields)
    ChannelOrder.objects.filter(pk=order.pk).update(ended_at=timezone.now() - timedelta(days=days))
    return order


def test_personal_data_of_ended_orders_is_erased_and_the_rest_stays(store):
    old = _ended(store, 91, delivery_address=ADDRESS, fulfillment_instructions="Gate code 1234")
    recent = _ended(store, 89, provider_id="ord_02")
    open_order = in_state(store, "accepted", provider_id="ord_03")
    tasks.forget_channel_records()
    old.refresh_from_db()
    assert (old.customers, old.delivery_address, old.special_instructions) == ([], None, "")
    assert old.fulfillment_instructions == ""
    assert "No pickles" not in json.dumps(old.lines)
    assert [line["name"] for line in old.lines] == ["Burger, large"]
    assert (old.total, old.payment_reference) == (2687, "pay_1")
    assert [event.body for event in owed(old)] == [""]
    assert old.history.last().staff_detail == "Personal data was erased."
    for kept in (recent, open_order):
        kept.refresh_from_db()
        assert kept.customers[0]["name"] == "Ann Lee"
    tasks.forget_channel_records()
    assert old.history.count() == 2


def test_nothing_is_erased_when_data_is_kept_for_ever(store, settings):
    settings.PERSONAL_DATA_DAYS = 0
    old = _ended(store, 4000)
    tasks.forget_channel_records()
    old.refresh_from_db()
    assert old.customers != []


def test_old_events_and_quotes_are_deleted(channel, store):
    for _ in range(2):
        channel.event({"type": "location.moved"})
        Quote.objects.create(
            store=store, menu_number=1, valid_until=timezone.now(), ready_at=timezone.now(),
            cart={}, lines=[], amounts={}, total=0,
        )  # fmt: skip
    old = timezone.now() - timedelta(days=31)
    ReceivedEvent.objects.filter(pk=ReceivedEvent.objects.first().pk).update(received_at=old)
    Quote.objects.filter(pk=Quote.objects.first().pk).update(created_at=old)
    tasks.forget_channel_records()
    assert (ReceivedEvent.objects.count(), Quote.objects.count()) == (1, 1)
