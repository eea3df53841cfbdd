"""Entries of an order's history, however they are written."""

import pytest

from integration.db import bulk
from orders.lifecycle.history import Actor, entry_of, record, row_of
from orders.models import OrderEvent
from tests.orders.support.deferred_orders import history, order

__all__ = ["order"]


@pytest.mark.parametrize("by", [Actor.STREAM, Actor.CLOCK])
def test_an_entry_names_its_actor(order, by):
    record(order, "Checked", by=by, details={"why": "late"})
    assert history(order) == [(by, "Checked", "pending", {"why": "late"})]


def test_an_entry_of_staff_names_the_user_first(order, owner):
    record(order, "Checked", by=owner, details={"reason": "none"})
    ((actor, what, state, details),) = history(order)
    assert (actor, what, state) == ("staff", "Checked", "pending")
    assert list(details.items()) == [("by", "Pat Owner"), ("reason", "none")]


def test_a_bulk_row_stores_the_same_entry(order, owner):
    OrderEvent.objects.bulk_create([entry_of(order, "Checked", by=owner)])
    bulk.insert(OrderEvent, [row_of(order, "Checked", by=owner)])
    first, second = history(order)
    assert first == second == ("staff", "Checked", "pending", {"by": "Pat Owner"})
    assert order.history.last().at == order.created_at
