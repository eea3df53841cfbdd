"""Webhooks delivered and recorded per second with thousands waiting."""

import time
from collections.abc import Iterator
from itertools import count

from django.conf import settings

from benchmarks.data import events
from benchmarks.peers import task_per_event
from benchmarks.results.measures import Goal, Kind, NotMeasured, Round, Row, summarize
from benchmarks.servers import delivery, processes

from .bench import Bench

WORKERS = 2  # For two cores; one worker reaches a little more than half.
_OURS, _OURS_SLOW = 6_000, 3_000
_PEER_SECONDS = 9
_LIMIT_SECONDS = 120
_numbers = count(1)

_PER_EVENT = Kind(
    row="webhooks_task_per_event",
    unit="deliveries/s",
    peer_name=task_per_event.NAME,
    goal=Goal("ratio", at_least=10),
    more_is_better=True,
    ceiling_name="urllib3 posts from as many threads in one process, no database",
)
_SLOW = Kind(
    row="webhooks_50ms",
    unit="deliveries/s",
    peer_name=task_per_event.NAME,
    goal=Goal("ceiling_ratio", at_least=0.7),
    more_is_better=True,
    ceiling_name="connections / 0.05 s",
)


def webhooks_task_per_event(bench: Bench) -> Iterator[Row]:
    """Throughput with a receiver that answers at once."""
    rounds = [Round(ours(bench, _OURS), peer(bench), _ceiling(bench)) for _ in range(bench.rounds)]
    yield summarize(_PER_EVENT, rounds)


def webhooks_50ms(bench: Bench) -> Iterator[Row]:
    """Throughput with a receiver that takes 50 ms per request."""
    bound = WORKERS * settings.WEBHOOK_CONNECTIONS / 0.05
    rounds = [
        Round(ours(bench, _OURS_SLOW, 0.05), peer(bench, 0.05), bound) for _ in range(bench.rounds)
    ]
    yield summarize(_SLOW, rounds)


def ours(
    bench: Bench, events_count: int, after_seconds: float = 0, workers: int = WORKERS
) -> float:
    """Return the deliveries per second of our workers."""
    with delivery.ours(bench.receiver, after_seconds=after_seconds, workers=workers):
        events.reset()
        events.make(events_count, f"ours-{next(_numbers)}")
        delivery.wake_ours()
        return _deliveries_per_second(bench, events_count)


def peer(bench: Bench, after_seconds: float = 0) -> float:
    """Return the deliveries per second of the peer; a pilot run sets the number of events."""
    with delivery.peer(bench.receiver, after_seconds=after_seconds):
        pilot = _peer_run(bench, 150)
        return _peer_run(bench, max(int(pilot * _PEER_SECONDS), 300))


def _peer_run(bench: Bench, events_count: int) -> float:
    events.reset()
    events.make(events_count, f"peer-{next(_numbers)}")
    queue = delivery.prepare_for_peer()
    bench.receiver.forget()
    delivery.release_to_peer(queue)
    return _deliveries_per_second(bench, events_count)


def _deliveries_per_second(bench: Bench, events_count: int) -> float:
    """Measure from the first arrival until all events have arrived and are recorded."""
    recorded_at = processes.wait_for("The delivery", events.all_finished, _LIMIT_SECONDS)
    arrivals = bench.receiver.arrivals()
    undelivered = events.undelivered_count()
    if len(arrivals) != events_count or undelivered:
        raise NotMeasured(
            f"Of {events_count} events {len(arrivals)} arrived; {undelivered} were not recorded."
        )
    return events_count / (max(recorded_at, *arrivals.values()) - min(arrivals.values()))


def _ceiling(bench: Bench) -> float:
    url, threads = bench.receiver.url(), str(settings.WEBHOOK_CONNECTIONS)
    time.sleep(1)  # Lets the peer's work finish.
    output = processes.output_of(
        "ceiling", "benchmarks.load.ceiling", url, str(_OURS), threads, seconds=_LIMIT_SECONDS
    )
    return float(output)
