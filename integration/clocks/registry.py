"""The rounds of the apps: what runs by the clock, and how often."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Round:
    """A task that each worker calls by the clock; it may run twice at the same time."""

    name: str  # For people: it stands in /readyz, in alarms and in the metrics.
    task: Callable[[], Any]
    task_name: str
    every_seconds: float
    is_elected: bool = True  # False: every worker runs it.
    is_watched: bool = False  # People hear of it when it stands still.
    beats_itself: bool = False  # The task reports its progress, wherever it runs.
    also_for: tuple[str, ...] = ()  # Tasks whose lost wake-ups this round makes up for.

    @property
    def patience_seconds(self) -> float:
        """The time without progress after which another worker takes a hanging run over."""
        return 5.0 if self.is_watched else 60.0


_rounds: dict[str, Round] = {}


def register(*rounds: Round) -> None:
    """Add rounds, each under a name of its own."""
    for one in rounds:
        if one.name in _rounds:
            raise ValueError(f"The round {one.name!r} is registered twice.")
        _rounds[one.name] = one


def all_rounds() -> list[Round]:
    return list(_rounds.values())


def woken_by(task_name: str) -> list[Round]:
    """Return the rounds that do the work of this task."""
    rounds = _rounds.values()
    return [one for one in rounds if task_name == one.task_name or task_name in one.also_for]
