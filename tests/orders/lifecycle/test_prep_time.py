"""Prep time: by the location's rule, promised to Stream, stored with the order."""

import json
from datetime import timedelta

import pytest
import time_machine

from catalog.locations import prep_time as location_prep_time
from catalog.models import Location
from orders.models import Order
from tests.orders.support.deferred_orders import pending
from tests.orders.support.stream_orders import NOW, line, order
from tests.support import factories

pytestmark = pytest.mark.usefixtures("menu")
BUSY = {"prep_minutes_per_order": 2, "prep_orders_free": 5}
FUTURE = {"state": "in_progress", "is_future_order": True}
LARGE = {"prep_minutes_per_item": 3, "prep_items_free": 4}


@pytest.mark.parametrize(
    ("rule", "open_orders", "items", "minutes"),
    [
        ({}, 100, 100, 20),
        (BUSY, 0, 100, 20),
        (BUSY, 5, 1, 20),
        (BUSY, 6, 1, 22),
        (BUSY, 12, 1, 34),
        (LARGE, 100, 4, 20),
        (LARGE, 0, 5, 23),
        (BUSY | LARGE, 10, 6, 36),
        (BUSY | LARGE | {"prep_time_most_minutes": 30}, 10, 6, 30),
        (BUSY | {"prep_time_most_minutes": 10}, 10, 1, 20),  # Never below what Stream shows.
        (BUSY | {"prep_time_minutes": 0}, 6, 1, 2),
        (LARGE, 0, 10_000, 1440),
        (LARGE | {"prep_time_minutes": 32767}, 0, 10_000, 32767),
    ],
)
def test_the_rule_adds_minutes_within_its_bounds(rule, open_orders, items, minutes):
    location = Location(**{"prep_time_minutes": 20} | rule)
    assert location_prep_time.minutes_for(location, open_orders=open_orders, items=items) == minutes


@pytest.mark.parametrize(
    ("rule", "sentences"),
    [
        ({}, ["Every customer is told 20 minutes."]),
        ({"prep_time_minutes": 1}, ["Every customer is told 1 minute."]),
        (BUSY, ["With 17 open orders, a customer is told 44 minutes."]),
        (LARGE, ["A customer who orders 14 items while nothing else is open is told 50 minutes."]),
        (
            BUSY | LARGE | {"prep_time_most_minutes": 30},
            [
                "With 17 open orders, a customer is told 30 minutes.",
                "A customer who orders 14 items while nothing else is open is told 30 minutes.",
            ],
        ),
    ],
)
def test_examples_illustrate_the_rule(rule, sentences):
    assert location_prep_time.examples(Location(**{"prep_time_minutes": 20} | rule)) == sentences


def _promised(stream, *lines, **fields):
    answer = stream.order(**order(*lines, **fields)).json()["order"]
    kept = Order.objects.get(pk=answer["provider_id"])
    assert json.loads(kept.answer)["order"]["prep_time_minutes"] == kept.prep_time_minutes
    assert answer["prep_time_minutes"] == kept.prep_time_minutes
    return kept.prep_time_minutes


def test_each_open_order_beyond_the_free_ones_adds_minutes(stream, location):
    Location.objects.update(prep_minutes_per_order=5, prep_orders_free=1)
    promised = [_promised(stream, idempotency_key=f"key-{number}") for number in range(4)]
    assert promised == [20, 20, 25, 30]


def test_items_count_but_modifiers_and_open_lines_do_not(stream, location):
    Location.objects.update(prep_minutes_per_item=10)
    burgers = line("fam_burger", 1000, 3, line("mod_cheese", 100, 5))
    markup = line(None, 100, 7, name="Markup")
    assert _promised(stream, burgers, line("fam_soda", 250), markup) == 60


def test_a_repeated_order_gets_the_same_time_whatever_the_load(stream, location):
    Location.objects.update(prep_minutes_per_order=5)
    first = stream.order(**order()).content
    pending(location, state="in_progress")
    assert stream.order(**order()).content == first


def test_stream_shows_the_base_time_before_the_order(stream, location):
    Location.objects.update(prep_minutes_per_order=5)
    pending(location, state="in_progress")
    assert stream.get("/locations").json()["locations"][0]["prep_time_minutes"] == 20


@pytest.mark.parametrize(
    ("fields", "counts"),
    [
        ({"state": "in_progress"}, True),
        ({"state": "pending"}, False),
        ({"state": "ready_for_pickup"}, False),
        ({"state": "completed"}, False),
        (FUTURE | {"requested_for": NOW + timedelta(minutes=60)}, True),
        (FUTURE | {"requested_for": NOW + timedelta(minutes=61)}, False),
        (FUTURE | {"requested_for": NOW - timedelta(hours=25)}, False),
        (FUTURE, True),
        ({"state": "in_progress", "requested_for": NOW + timedelta(hours=9)}, True),  # For now.
    ],
)
def test_only_orders_the_kitchen_has_to_make_now_are_open(stream, location, fields, counts):
    Location.objects.update(prep_minutes_per_order=5)
    with time_machine.travel(NOW, tick=False):
        pending(location, **fields)
        assert _promised(stream) == (25 if counts else 20)


def test_an_order_untouched_for_a_day_does_not_count(stream, location):
    Location.objects.update(prep_minutes_per_order=5)
    with time_machine.travel(NOW - timedelta(hours=24), tick=False):
        pending(location, state="in_progress")
    with time_machine.travel(NOW, tick=False):
        assert _promised(stream) == 20


def test_other_locations_orders_do_not_count(stream, merchant, location):
    Location.objects.update(prep_minutes_per_order=5)
    pending(factories.location(merchant), state="in_progress")
    pending(factories.location(factories.merchant()), state="in_progress")
    assert _promised(stream) == 20


def test_an_order_for_tomorrow_gets_the_base_time(stream, location):
    Location.objects.update(prep_minutes_per_order=5)
    with time_machine.travel(NOW, tick=False):
        pending(location, state="in_progress")
        tomorrow = round((NOW + timedelta(days=1)).timestamp() * 1000)
        assert _promised(stream, is_future_order=True, requested_for=tomorrow) == 20
