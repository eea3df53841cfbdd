"""From the commit of a change to the arrival of its webhook, at an easy pace."""

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
_ROUNDS = 2  # Its goals are far from what is measured; the delivery rows stay below ten minutes.
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
    """50 events a second, one in each transaction: the median, and the 99th percentile."""
    medians, tails = [], []
    for _ in range(min(bench.rounds, _ROUNDS)):
        with delivery.ours(bench.receiver):
            ours = emitted(bench, "ours", _PER_SECOND, _SECONDS)
        with delivery.peer(bench.receiver):
            peer = emitted(bench, "peer", _PER_SECOND, _SECONDS)
        medians.append(_round(ours, peer, 0.5))
        tails.append(_round(ours, peer, 0.99))
    yield summarize(_MEDIAN, medians)
    yield summarize(_TAIL, tails)


def _round(ours: dict[str, float], peer: dict[str, float], part: float) -> Round:
    return Round(percentile(list(ours.values()), part), percentile(list(peer.values()), part))


def emitted(
    bench: Bench,
    way: str,
    per_second: float,
    seconds: float,
    *endpoints: str,
    apart_from: str = "nobody",
) -> dict[str, float]:
    """Milliseconds from commit to arrival of each event, by its location_id.

    The events go to the endpoints in turn; those of one of them are neither awaited nor counted.
    """
    events.forget_all()
    bench.receiver.forget()
    arguments = (way, str(per_second), str(seconds), f"{way}-{next(_numbers)}", *endpoints)
    limit = seconds + _DRAIN_SECONDS
    written = processes.output_of("emitter", "benchmarks.load.emitter", *arguments, seconds=limit)
    committed: dict[str, float] = json.loads(written)
    counted = {name: at for name, at in committed.items() if f"-{apart_from}-" not in name}
    arrivals: dict[str, float] = {}

    def all_arrived() -> bool:
        arrivals.update(bench.receiver.arrivals())
        return arrivals.keys() >= counted.keys()

    processes.wait_for("The arrival of every event", all_arrived, _DRAIN_SECONDS)
    return {name: (arrivals[name] - at) * 1000 for name, at in counted.items()}
