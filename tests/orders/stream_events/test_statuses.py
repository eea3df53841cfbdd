"""Ranks of statuses: what replaces what, whatever comes first (EV)."""

import itertools

import pytest

from orders.states import ENDS, State
from orders.stream_events import statuses

DELIVERY = [
    "", "hovering", "pending", "pending_driver_confirmation", "failed_to_assign_driver",
    "enroute_to_pickup", "arrived_at_pickup", "failed_to_pickup", "enroute_to_dropoff",
    "arrived_at_dropoff", "failed_to_deliver", "enroute_to_return", "arrived_at_return",
    "completed",
]  # fmt: skip
ORDER = ["", "being_plated", "pending", "in_progress", "ready_for_pickup", "out_for_delivery"]


@pytest.mark.parametrize(
    ("after", "ranked"),
    [(statuses.delivery_after, DELIVERY)]
    + [(statuses.after, [*ORDER, str(end)]) for end in sorted(ENDS)],
)
def test_the_higher_of_two_statuses_stays_whichever_comes_first(after, ranked):
    for lower, higher in itertools.combinations(ranked, 2):
        assert (after(lower, higher), after(higher, lower)) == (higher, higher)
        assert after(higher, higher) == higher


def test_the_first_end_is_final():
    for first, second in itertools.product(ENDS, ENDS):
        assert statuses.after(first, second) == first
        assert statuses.after_cancelation(first, second) == first
    ends = ("completed", "failed", "merchant_canceled", "returned")
    for first, second in itertools.product(ends, ends):
        assert statuses.delivery_after(first, second) == first


def test_of_two_unknown_statuses_the_newer_stays():
    assert statuses.after("being_plated", "being_packed") == "being_packed"


def test_a_cancelation_ends_whatever_status_it_names():
    assert statuses.after_cancelation("in_progress", "in_progress") == State.DSP_CANCELED
    assert statuses.after_cancelation("in_progress", "merchant_canceled") == "merchant_canceled"


@pytest.mark.parametrize(
    ("status", "delivery_status", "is_end"),
    [
        ("in_progress", "arrived_at_dropoff", False),
        ("in_progress", "failed", False),
        ("in_progress", "completed", True),
        ("dsp_canceled", "", True),
        ("being_plated", "", False),
    ],
)
def test_an_order_ends_with_its_status_or_its_delivery(status, delivery_status, is_end):
    assert statuses.is_end(status, delivery_status) == is_end
