"""A modifier of several groups counts for the group that lets the order pass (assumptions.md)."""

import time

import pytest

from tests.orders.support.stream_orders import line, order, reasons_in, refusal_in
from tests.support import factories


def _option(merchant, name):
    return factories.modifier(merchant, provider_id=name, name=name.title(), price_amount=0)


def _groups(merchant, *groups):
    """Groups with their options' names, least and most, on one dish; the same names are shared."""
    made = {}
    for number, (names, least, most, kind) in enumerate(groups):
        for name in names:
            made.setdefault(name, None)
            made[name] = made[name] or _option(merchant, name)
        yield factories.group(
            merchant, *(made[name] for name in names), provider_id=f"grp_{number}",
            name=f"Group {number}", minimum_unique_modifiers=least, maximum_unique_modifiers=most,
            selection_type=kind,
        )  # fmt: skip


@pytest.fixture
def send(stream, merchant):
    """Make a dish with these groups, and order it with these options."""

    def sends(groups, *chosen):
        dish = list(_groups(merchant, *groups))
        factories.family(merchant, *dish, provider_id="fam_dish", name="Dish", price_amount=100)
        below = [line(name, 0, quantity) for name, quantity in chosen]
        return stream.order(**order(line("fam_dish", 100, 1, *below)))

    return sends


@pytest.mark.parametrize(
    ("groups", "chosen"),
    [
        # Only one way is right, and it is none that takes the first group that offers an option.
        ([("ab", 1, 1, "single"), ("a", 1, 1, "single")], [("a", 1), ("b", 1)]),
        ([("abc", 1, 1, "single"), ("ab", 1, 1, "single"), ("a", 1, 1, "single")],
         [("a", 1), ("b", 1), ("c", 1)]),
        # The same option once of each.
        ([("a", 1, 1, "single"), ("a", 1, 1, "single")], [("a", 2)]),
        ([("a", 1, 1, "single"), ("a", 1, 1, "single")], [("a", 1), ("a", 1)]),
        # What is too much for one group is the other's.
        ([("a", 0, None, "multiple"), ("a", 1, 1, "single")], [("a", 5)]),
        ([("ab", 0, 1, "single"), ("ab", 0, 1, "single")], [("a", 1), ("b", 1)]),
    ],
)  # fmt: skip
def test_the_order_passes_if_there_is_a_way(send, groups, chosen):
    answer = send(groups, *chosen)
    assert answer.status_code == 200, answer.content


@pytest.mark.parametrize(
    ("groups", "chosen", "said"),
    [
        (
            [("a", 1, 1, "single"), ("a", 1, 1, "single")], [("a", 1)],
            ["Dish needs 1 choice from “Group 1”, and the order has none"],
        ),
        (
            [("a", 0, 1, "single"), ("a", 0, 1, "single")], [("a", 3)],
            ["A may be taken once from “Group 0”, and Dish has it 2 times"],
        ),
        (
            [("abc", 0, 1, "single"), ("abc", 0, 1, "single")], [("a", 1), ("b", 1), ("c", 1)],
            ["Dish may have at most 1 choice from “Group 0”, and the order has 2"],
        ),
    ],
)  # fmt: skip
def test_when_there_is_none_the_likeliest_is_told(send, groups, chosen, said):
    refused = refusal_in(send(groups, *chosen))
    reasons = [reason for _, reason in reasons_in(refused)]
    assert reasons == [f"{one}: publish the menu to the channel again." for one in said]


def test_a_maze_of_groups_takes_no_time(send):
    """Eleven options in ten groups that take one each: unsolvable, after many attempts."""
    names = "abcdefghijk"
    begun = time.process_time()

    answer = send([(names, 1, 1, "single")] * 10, *[(name, 1) for name in names])

    assert answer.status_code in (200, 400)
    assert time.process_time() - begun < 3


def test_more_than_can_be_tried_is_not_held_against_the_order(send):
    answer = send([("a", 0, None, "multiple"), ("a", 0, None, "multiple")], *[("a", 2)] * 60)
    assert answer.status_code == 200
