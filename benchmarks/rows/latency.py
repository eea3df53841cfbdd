"""Time from the commit of a change to the arrival of its webhook, under light load."""

import json
from collections.abc import Iterator
from itertools import count

from benchmarks.data import events
from benchmarks.peers import task_per_event
from benchmarks.results.measures import Goal, Kind, Round, Row, percentile, summarize
from benchmarks.servers import delivery, processes

from .bench import Bench

_PER_SECOND, _SECONDS = 50, 20
_DRAIN_SECONDS = 30
_ROUNDS = 2  # Results are far from the goals, and the delivery rows must stay below ten minutes.
_numbers = count(1)

_MEDIAN = Kind(
    row="commit_to_attempt",
    unit="ms",
    peer_name=f"{task_per_event.NAME}, on_commit(delay)",
    goal=Goal("ours", below=50),
    more_is_better=False,
)
_TAIL = Kind(
    row="commit_to_attempt_p99",
    unit="ms",
    peer_name=f"{task_per_event.NAME}, on_commit(delay)",
    goal=Goal("ours", below=500),
    more_is_better=False,
)


def commit_to_attempt(bench: Bench) -> Iterator[Row]:
    """Median and 99th percentile at 50 events per second, one per transaction."""
    medians, tails = [], []
    for _ in range(min(bench.rounds, _ROUNDS)):
        with delivery.ours(bench.receiver):
            ours = delivery_times(bench, "ours", _PER_SECOND, _SECONDS)
        with delivery.peer(bench.receiver):
            peer = delivery_times(bench, "peer", _PER_SECOND, _SECONDS)
        medians.append(_round(ours, peer, 0.5))
        tails.append(_round(ours, peer, 0.99))
    yield summarize(_MEDIAN, medians)
    yield summarize(_TAIL, tails)


def _round(ours: dict[str, float], peer: dict[str, float], part: float) -> Round:
    return Round(percentile(list(ours.values()), part), percentile(list(peer.values()), part))


def delivery_times(
    bench: Bench,
    way: str,
    per_second: float,
    seconds: float,
    *endpoints: str,
    ignore: str = "none",
) -> dict[str, float]:
    """Return the milliseconds from commit to arrival of each event, by its location_id.

    The events go to the endpoints in turn; those for `ignore` are neither awaited nor counted.
    """
    events.reset()
    bench.receiver.forget()
    arguments = (way, str(per_second), str(seconds), f"{way}-{next(_numbers)}", *endpoints)
    limit = seconds + _DRAIN_SECONDS
    output = processes.output_of("emitter", "benchmarks.load.emitter", *arguments, seconds=limit)
    committed: dict[str, float] = json.loads(output)
    expected = {name: at for name, at in committed.items() if f"-{ignore}-" not in name}
    arrivals: dict[str, float] = {}

    def all_arrived() -> bool:
        arrivals.update(bench.receiver.arrivals())
        return arrivals.keys() >= expected.keys()

    processes.wait_for("The arrival of every event", all_arrived, _DRAIN_SECONDS)
    return {name: (arrivals[name] - at) * 1000 for name, at in expected.items()}
