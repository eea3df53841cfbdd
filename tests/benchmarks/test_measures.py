import dataclasses

import pytest

from benchmarks.results.measures import Goal, Kind, Round, percentile, spread, summarize
from benchmarks.servers.services import Refused, refuse_unless_durable

SPEED = Kind("speed", "per s", "the peer", Goal("ratio", at_least=10), True, "the ceiling")
WAIT = Kind("wait", "ms", "the peer", Goal("ours", below=50), False)


@pytest.mark.parametrize(
    ("values", "part", "expected"),
    [
        (range(1, 101), 0.99, 99),
        (range(1, 1001), 0.99, 990),
        (range(1, 102), 0.99, 100),
        ([3, 1, 2], 0.5, 2),
        ([4, 3, 2, 1], 0.5, 2),
        ([7], 0.99, 7),
        ([5, 6], 0, 5),
    ],
)
def test_a_percentile_is_the_nearest_rank(values, part, expected):
    assert percentile(list(values), part) == expected


def test_the_spread_is_relative_to_the_median():
    assert spread([8, 10, 13]) == 0.5
    assert spread([4]) == 0


def test_when_more_is_better_the_ratio_is_ours_over_the_peer():
    row = summarize(SPEED, [Round(100, 10, 200), Round(120, 8, 200), Round(90, 10, 300)])

    assert (row.ours, row.peer, row.ratio) == (100, 10, 10)
    assert (row.ceiling, row.ceiling_name, row.ceiling_ratio) == (200, "the ceiling", 0.5)
    assert row.spread == pytest.approx(0.6)  # The rounds' ratios: 10, 15, 9.


def test_when_less_is_better_the_ratio_is_the_peer_over_ours():
    row = summarize(WAIT, [Round(20, 40), Round(10, 60)])

    assert (row.ours, row.peer, row.ratio) == (15, 50, pytest.approx(10 / 3))
    assert (row.ceiling, row.ceiling_name, row.ceiling_ratio) == (None, None, None)


@pytest.mark.parametrize(
    ("goal", "change", "reached"),
    [
        (Goal("ratio", at_least=10), {"ratio": 10}, True),
        (Goal("ratio", at_least=10), {"ratio": 9.99}, False),
        (Goal("ours", below=50), {"ours": 49.9}, True),
        (Goal("ours", below=50), {"ours": 50}, False),
        (Goal("ceiling_ratio", at_least=0.7), {"ceiling_ratio": 0.7}, True),
        (Goal("ceiling_ratio", at_least=0.7), {"ceiling_ratio": None}, False),
    ],
)
def test_a_goal_is_reached_or_missed(goal, change, reached):
    row = dataclasses.replace(summarize(SPEED, [Round(1, 1)]), **change)

    assert goal.is_reached(row) is reached


def test_a_combined_goal_requires_both_numbers():
    goal = Goal("ratio", at_least=10, and_also=Goal("ours", below=50))
    row = dataclasses.replace(summarize(SPEED, [Round(1, 1)]), ratio=10, ours=49)

    assert goal.is_reached(row)
    assert not goal.is_reached(dataclasses.replace(row, ratio=9))
    assert not goal.is_reached(dataclasses.replace(row, ours=50))
    assert str(goal) == "ratio >= 10, ours < 50"


def test_a_goal_is_printed_as_a_condition():
    assert str(Goal("ceiling_ratio", at_least=0.7)) == "ceiling ratio >= 0.7"
    assert str(Goal("ours", below=50)) == "ours < 50"


@pytest.mark.parametrize("synchronous_commit", ["on", "local", "remote_write", "remote_apply"])
def test_durable_commits_are_accepted(synchronous_commit):
    refuse_unless_durable({"fsync": "on", "synchronous_commit": synchronous_commit})


@pytest.mark.parametrize(
    ("server_settings", "message"),
    [
        ({"fsync": "off", "synchronous_commit": "on"}, "fsync=off"),
        ({"fsync": "on", "synchronous_commit": "off"}, "synchronous_commit=off"),
    ],
)
def test_commits_that_may_be_lost_are_refused(server_settings, message):
    with pytest.raises(Refused, match=message):
        refuse_unless_durable(server_settings)
