"""A location that accepts orders automatically while its kitchen has room."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection as db_connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.models import Location
from orders.lifecycle import kitchen_load
from orders.models import Order
from tests.orders.support.deferred_orders import pending
from tests.orders.support.stream_orders import NOW, order
from tests.support import factories

pytestmark = pytest.mark.usefixtures("menu")


@pytest.fixture
def busy(location):
    """Full with two open orders."""
    Location.objects.filter(pk=location.pk).update(acceptance_mode="below_load", load_limit=2)
    location.refresh_from_db()
    return location


def _send(stream, key, **fields):
    return stream.order(**order(idempotency_key=key, **fields)).json()["order"]


def test_the_next_order_waits_when_the_kitchen_is_full(stream, busy):
    answers = [_send(stream, key) for key in ("one", "two", "three", "four")]

    assert ["async_acceptance" in answer for answer in answers] == [False, False, True, True]
    assert sorted(Order.objects.values_list("state", flat=True)) == [
        "in_progress", "in_progress", "pending", "pending",
    ]  # fmt: skip


def test_with_room_again_orders_are_accepted_again(stream, busy):
    for key in ("one", "two", "three"):
        _send(stream, key)
    Order.objects.filter(state="in_progress").update(state="ready_for_pickup")

    assert "async_acceptance" not in _send(stream, "four")
    assert Order.objects.filter(state="pending").count() == 1  # It goes on waiting.


def test_another_locations_orders_do_not_count(stream, merchant, busy):
    for _ in range(3):
        pending(factories.location(merchant), state="in_progress")
    assert "async_acceptance" not in _send(stream, "one")


def test_an_order_for_tomorrow_is_accepted_at_once(stream, busy):
    with time_machine.travel(NOW, tick=False):
        for _ in range(2):
            pending(busy, state="in_progress")
        tomorrow = round((NOW + timedelta(days=1)).timestamp() * 1000)
        later = _send(stream, "later", is_future_order=True, requested_for=tomorrow)
        assert "async_acceptance" not in later
        assert "async_acceptance" in _send(stream, "now")


def _queries(stream, key):
    with CaptureQueriesContext(db_connection) as caught:
        assert stream.order(**order(idempotency_key=key)).status_code == 200
    return [query["sql"] for query in caught]


@pytest.mark.parametrize(
    ("rule", "more"),
    [
        ({}, 0),
        ({"acceptance_mode": "manual"}, 0),
        ({"prep_minutes_per_item": 5, "load_limit": 1}, 0),
        ({"acceptance_mode": "below_load"}, 1),
        ({"prep_minutes_per_order": 5}, 1),
        ({"acceptance_mode": "below_load", "prep_minutes_per_order": 5}, 1),
    ],
)
def test_the_load_is_counted_only_if_a_rule_depends_on_it(stream, location, rule, more):
    _queries(stream, "warm")
    before = len(_queries(stream, "one"))
    Location.objects.update(**rule)
    assert len(_queries(stream, "two")) == before + more


def test_the_count_reads_its_index_only(busy):
    with db_connection.cursor() as cursor:
        if db_connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
    counted = kitchen_load.open_orders(timezone.now()).filter(location=busy)
    assert "order_at_location" in counted.explain()
