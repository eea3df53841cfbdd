"""The effect of one receiver that accepts connections and then hangs on the others."""

from collections.abc import Iterator

from benchmarks.data import events
from benchmarks.results.measures import Goal, Kind, Round, Row, percentile, summarize
from benchmarks.servers import delivery

from .bench import Bench
from .latency import delivery_times

_NAMES = [f"bench-{number:02}" for number in range(1, 21)]
_DEAD = _NAMES[0]
_PER_SECOND, _SECONDS = 60, 30  # Three per second and receiver.
_HANG_SECONDS = 30

_KIND = Kind(
    row="dead_receiver",
    unit="ms",
    peer_name="quiet run: the same with all 20 receivers healthy",
    goal=Goal("ratio", at_least=0.77),
    more_is_better=False,
)


def dead_receiver(bench: Bench) -> Iterator[Row]:
    """99th percentile from commit to arrival at the 19 healthy receivers, with and without hang."""
    events.create_endpoints(set(_NAMES))
    rounds = []
    for _ in range(bench.rounds):
        quiet = _p99(bench, delay_seconds=0)
        rounds.append(Round(ours=_p99(bench, delay_seconds=_HANG_SECONDS), peer=quiet))
    yield summarize(_KIND, rounds)


def _p99(bench: Bench, *, delay_seconds: float) -> float:
    urls = dict.fromkeys(_NAMES, bench.receiver.url())
    urls[_DEAD] = bench.receiver.url(delay_seconds)
    with delivery.ours(bench.receiver, endpoints=urls):
        waits = delivery_times(bench, "ours", _PER_SECOND, _SECONDS, *_NAMES, ignore=_DEAD)
    return percentile(list(waits.values()), 0.99)
