"""The rows written for an order from Stream, column by column."""

import uuid
from datetime import UTC, datetime

import pytest
import time_machine
from django.db.models import Value
from django.db.models.expressions import DatabaseDefault

from orders.lifecycle import persistence
from orders.models import InboundEvent, Order, OrderEvent, OrderLine
from tests.orders.support.stream_orders import line, make_menu, order

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 5, 4, 17, 0, 0, 123456, tzinfo=UTC)


@time_machine.travel(NOW, tick=False)
def test_django_reads_the_order_that_was_written(stream, merchant, location):
    make_menu(merchant)
    burger = line("fam_burger", 1000, 2, line("mod_patty", 500, 1, line("mod_rare", 50)))
    customer = {"name": 'Ada "Null" \\ Guest 🍔', "phone": None}
    sent = order(
        burger, line(None, 10, name="Markup"), customers=[customer], placed_at=1_777_913_000_001
    )
    answer = stream.order(**sent)
    assert answer.status_code == 200, answer.content

    kept = Order.objects.get()
    assert kept.pk == uuid.UUID(answer.json()["order"]["provider_id"])
    assert (kept.created_at, kept.updated_at) == (NOW, NOW)
    assert kept.placed_at == datetime(2026, 5, 4, 16, 43, 20, 1000, tzinfo=UTC)
    assert (kept.customer_name, kept.customer_phone) == ('Ada "Null" \\ Guest 🍔', "")
    assert kept.details == {"customers": [{"name": 'Ada "Null" \\ Guest 🍔'}]}
    assert (kept.driver, kept.stock_taken, kept.requested_for) == ({}, {}, None)
    assert (kept.unpaid, kept.is_future_order) == (False, False)
    assert (kept.subtotal, kept.total) == (3110, 3110)
    rows = OrderLine.objects.values_list("position", "depth", "kind", "provider_id", "quantity")
    assert list(rows) == [
        (0, 0, "item_family", "fam_burger", 2),
        (1, 1, "modifier", "mod_patty", 1),
        (2, 2, "modifier", "mod_rare", 1),
        (3, 0, "open", "", 1),
    ]
    parents = OrderLine.objects.filter(order=kept).values_list("parent__position", flat=True)
    assert list(parents) == [None, 0, 1, None]
    event = OrderEvent.objects.get()
    assert (event.order, event.at, event.what, event.details) == (kept, NOW, "Order accepted", {})
    archived = InboundEvent.objects.get()
    assert (archived.order, archived.received_at) == (kept, NOW)
    assert archived.answer.encode() == answer.content


def test_an_unset_column_is_left_to_the_database(merchant, location):
    unsaved = Order(merchant=merchant, location=location, driver=DatabaseDefault(Value({})))
    assert "driver" not in persistence._row(unsaved)
    assert "details" in persistence._row(unsaved)
