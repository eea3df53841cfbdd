"""The kill run's own reading of the contract's table of states (DSP-LIFE)."""

import itertools

import pytest

from . import courses


def state_of(*steps):
    return courses.state_after(courses.event(step, "str_1", "ord_1") for step in steps)


@pytest.mark.parametrize(
    ("steps", "state"),
    [
        ((), "sent"),
        (("accept", "ready_for_pickup", "accept later"), "ready_for_pickup"),
        (("out_for_delivery", "ready_for_pickup"), "out_for_delivery"),
        (("completed", "cancel", "fail"), "completed"),
        (("fail", "accept", "completed"), "failed"),
        (("cancel", "fail"), "canceled"),
    ],
)
def test_an_end_is_final_and_nothing_goes_backwards(steps, state):
    assert state_of(*steps) == state


def test_a_course_with_two_ends_has_both_in_some_order():
    orders = itertools.permutations(courses.course_of(3))
    assert {state_of(*steps) for steps in orders} == {"completed", "canceled"}


def test_events_of_one_course_differ_in_content():
    for course in courses.COURSES:
        bodies = {courses.event(step, "str_1", "ord_1") for step in course}
        assert len(bodies) == len(course)
