"""Summarize measured rounds as rows of the results table."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


class NotMeasured(Exception):
    """A row could not be measured; the message says why."""


@dataclass(frozen=True)
class Round:
    """The result of one round: ours and the peer, measured in close succession."""

    ours: float
    peer: float
    ceiling: float | None = None


@dataclass(frozen=True)
class Goal:
    """The target of a row: the named number must be at least, or below, a bound."""

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

    `ratio` is how many times better ours is than the peer, `ceiling_ratio` the fraction of the
    ceiling it reaches, and `spread` the range of the rounds' ratios relative to their median.
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
    """The properties shared by all rounds of a row."""

    row: str
    unit: str
    peer_name: str
    goal: Goal
    more_is_better: bool
    ceiling_name: str | None = None


def summarize(kind: Kind, rounds: Sequence[Round]) -> Row:
    """Summarize the rounds; the row's ratios are those of its medians."""
    ours = statistics.median(result.ours for result in rounds)
    peer = statistics.median(result.peer for result in rounds)
    ceilings = [result.ceiling for result in rounds if result.ceiling is not None]
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
        spread=spread([_times_better(kind, result.ours, result.peer) for result in rounds]),
        goal=kind.goal,
    )


def _times_better(kind: Kind, ours: float, other: float) -> float:
    return ours / other if kind.more_is_better else other / ours


def spread(values: Sequence[float]) -> float:
    """Return the range of the values relative to their median."""
    return (max(values) - min(values)) / statistics.median(values)


def percentile(values: Sequence[float], part: float) -> float:
    """Return the nearest-rank percentile; `part` is a fraction such as 0.99."""
    ordered = sorted(values)
    return ordered[max(math.ceil(part * len(ordered)), 1) - 1]
