"""Stream's events to the channel over HTTP: the sustained rate, and latency under light load."""

import json
import tempfile
from collections.abc import Iterator

from benchmarks.data import channel_reports
from benchmarks.load.order_sender import Sent
from benchmarks.results.measures import Goal, Kind, NotMeasured, Round, Row, summarize
from benchmarks.servers import processes, web

from .bench import Bench

_CONNECTIONS, _SECONDS, _WARM_UP_SECONDS, _MOST = 4, 6, 1.5, 8_000
_LIGHT_PER_SECOND, _LIGHT_SECONDS, _LIGHT_CONNECTIONS = 100, 15, 16

_INTAKE = Kind(
    row="dsp_events",
    unit="events/s",
    peer_name="ours over one connection",
    goal=Goal("ours", at_least=400),
    more_is_better=True,
)
_P99 = Kind(
    row="dsp_events_p99",
    unit="ms",
    peer_name="the median of the same",
    goal=Goal("ours", below=50),
    more_is_better=False,
)


def dsp_events(bench: Bench) -> Iterator[Row]:
    """Events per second that accept an order each; their 99th percentile at 100 a second."""
    rates, tails = [], []
    with web.serving() as server:
        _send(server, _CONNECTIONS, _WARM_UP_SECONDS)
        for _ in range(bench.rounds):
            ours, peer = (_send(server, count, _SECONDS) for count in (_CONNECTIONS, 1))
            rates.append(Round(ours.per_second, peer.per_second))
            light = _send(server, _LIGHT_CONNECTIONS, _LIGHT_SECONDS, _LIGHT_PER_SECOND)
            tails.append(Round(light.p99_ms, light.median_ms))
    yield summarize(_INTAKE, rates)
    yield summarize(_P99, tails)


def _send(
    server: web.Web, connections: int, seconds: float, per_second: float | None = None
) -> Sent:
    """Send an event for each of some new orders; raise NotMeasured unless each is applied once."""
    channel_reports.delete_all()
    feed = channel_reports.make()
    bodies = channel_reports.accepting_events(feed, _MOST)
    pace = [] if per_second is None else [str(per_second)]
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        file.write("\n".join(bodies))
        file.flush()
        output = processes.output_of(
            "report-sender",
            *("benchmarks.load.order_sender", str(server.port), web.CHANNEL_EVENTS, feed.token),
            *(file.name, str(connections), str(seconds), *pace),
            seconds=seconds + 60,
        )
    sent = Sent(**json.loads(output))
    stored = channel_reports.stored()
    if stored != (sent.count,) * 3:
        raise NotMeasured(f"{sent.count} events were accepted, but {stored} rows are stored.")
    return sent
