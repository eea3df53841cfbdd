"""Events about an order: promised, or the reason why not."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.locations import connection
from catalog.models import Location
from integration.models import OutboundEvent
from orders.lifecycle.acceptance import ACCEPTED
from orders.lifecycle.stream_notifier import Notice, notify, order_id_of, ordering_key
from tests.orders.support.deferred_orders import order

__all__ = ["order"]
EVENT = "order.status.updated"


@pytest.mark.parametrize(("event_type", "is_urgent"), [(ACCEPTED, True), (EVENT, False)])
def test_a_connected_location_emits_the_event(order, event_type, is_urgent):
    before = timezone.now() + timedelta(minutes=1) if is_urgent else None
    assert notify(order, event_type, {"status": "ready"}, before=before) == Notice.EMITTED
    event = OutboundEvent.objects.get()
    subject = {"location_id": "loc_downtown", "status": "ready"}
    assert json.loads(event.body) == {"type": event_type, "object": subject}
    assert (event.is_urgent, order_id_of(event)) == (is_urgent, order.pk)
    assert before is None or event.expires_at == before


def test_nothing_is_emitted_after_the_deadline(order):
    assert notify(order, EVENT, {}, before=timezone.now()) == Notice.TOO_LATE
    assert not OutboundEvent.objects.exists()


def test_nothing_is_emitted_for_a_disconnected_location(order):
    connection.disconnect(Location.objects.all())
    assert notify(order, EVENT, {}) == Notice.NOT_CONNECTED
    assert not OutboundEvent.objects.exists()


def test_an_ordering_key_leads_back_to_its_order(order):
    assert ordering_key(order) == f"order/{order.pk}"
    assert order_id_of(OutboundEvent(ordering_key=ordering_key(order))) == order.pk


@pytest.mark.parametrize("key", ["order/x", "order/", "x", "loc_1/status"])
def test_another_key_names_no_order(key):
    assert order_id_of(OutboundEvent(ordering_key=key)) is None
