"""From measured rounds to a row of the table."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


class NotMeasured(Exception):
    """A row could not be measured; the message says why."""


@dataclass(frozen=True)
class Round:
    """What one round measured, ours and the peer close after one another."""

    ours: float
    peer: float
    ceiling: float | None = None


@dataclass(frozen=True)
class Goal:
    """What a row must reach: the named number is at least, or below, a bound."""

    number: Literal["ours", "ratio", "ceiling_ratio"]
    at_least: float | None = None
    below: float | None = None
    and_also: "Goal | None" = None

    def is_reached(self, row: "Row") -> bool:
        value = getattr(row, self.number)
        if value is None or (self.and_also and not self.and_also.is_reached(row)):
            return False
        if self.at_least is not None and value < self.at_least:
            return False
        return self.below is None or value < self.below

    def __str__(self) -> str:
        name = self.number.replace("_", " ")
        bounds = [f"{name} >= {self.at_least:g}"] if self.at_least is not None else []
        bounds += [f"{name} < {self.below:g}"] if self.below is not None else []
        bounds += [str(self.and_also)] if self.and_also else []
        return ", ".join(bounds)


@dataclass(frozen=True)
class Row:
    """One line of the table: medians over the rounds.

    `ratio` says how many times better ours is than the peer, `ceiling_ratio` what part of the
    ceiling it reaches; `spread` is how far the rounds' ratios lie apart, as a part of their median.
    """

    row: str
    ours: float
    unit: str
    peer: float
    peer_name: str
    ratio: float
    ceiling: float | None
    ceiling_name: str | None
    ceiling_ratio: float | None
    spread: float
    goal: Goal


@dataclass(frozen=True)
class Kind:
    """What all rounds of a row have in common."""

    row: str
    unit: str
    peer_name: str
    goal: Goal
    more_is_better: bool
    ceiling_name: str | None = None


def summarize(kind: Kind, rounds: Sequence[Round]) -> Row:
    """The row of these rounds; its ratios are those of the medians that stand beside them."""
    ours = statistics.median(one.ours for one in rounds)
    peer = statistics.median(one.peer for one in rounds)
    ceilings = [one.ceiling for one in rounds if one.ceiling is not None]
    ceiling = statistics.median(ceilings) if ceilings else None
    return Row(
        row=kind.row,
        ours=ours,
        unit=kind.unit,
        peer=peer,
        peer_name=kind.peer_name,
        ratio=_times_better(kind, ours, peer),
        ceiling=ceiling,
        ceiling_name=kind.ceiling_name if ceilings else None,
        ceiling_ratio=None if ceiling is None else _times_better(kind, ours, ceiling),
        spread=spread([_times_better(kind, one.ours, one.peer) for one in rounds]),
        goal=kind.goal,
    )


def _times_better(kind: Kind, ours: float, other: float) -> float:
    return ours / other if kind.more_is_better else other / ours


def spread(values: Sequence[float]) -> float:
    """How far the values lie apart, as a part of their median."""
    return (max(values) - min(values)) / statistics.median(values)


def percentile(values: Sequence[float], part: float) -> float:
    """The smallest value that at least this part of all values does not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(math.ceil(part * len(ordered)), 1) - 1]
