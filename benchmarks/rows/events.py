"""Stream's events over HTTP: the sustained rate, and latency under light load."""

import json
from collections.abc import Iterator

from django.conf import settings

from benchmarks.data import stream_events
from benchmarks.load.order_sender import Sent
from benchmarks.peers import plain_events
from benchmarks.results.measures import Goal, Kind, NotMeasured, Round, Row, summarize
from benchmarks.servers import processes, web
from orders.models import FollowedOrder, StreamEvent

from .bench import Bench

# As many as the lane has threads; the ceiling has as many connections to PostgreSQL.
_CONNECTIONS = 4
_SECONDS, _WARM_UP_SECONDS, _MAX_EVENTS = 6, 1.5, 20_000
_LIGHT_PER_SECOND, _LIGHT_SECONDS, _LIGHT_CONNECTIONS = 100, 15, 16

_INTAKE = Kind(
    row="events_intake",
    unit="events/s",
    peer_name=plain_events.NAME,
    goal=Goal(
        "ours",
        at_least=400,
        and_also=Goal("ratio", at_least=5, and_also=Goal("ceiling_ratio", 0.4)),
    ),
    more_is_better=True,
    ceiling_name="psycopg inserts the same rows over as many connections",
)
_OF_HTTP = Kind(
    row="events_intake_of_http",
    unit="events/s",
    peer_name="the door answers 201 and does nothing else",
    goal=Goal("ratio", at_least=0.4),
    more_is_better=True,
)
_P99 = Kind(
    row="events_intake_p99",
    unit="ms",
    peer_name=plain_events.NAME,
    goal=Goal("ours", below=50),
    more_is_better=False,
)


def events_intake(bench: Bench) -> Iterator[Row]:
    """Events per second, each committed; ours and the peer take turns to start.

    Beside them, as many requests that the door only answers.
    """
    rounds, answered = [], []
    with web.serving() as server:
        for path in (web.OUR_EVENTS, web.PEER_EVENTS):
            _send(server, path, seconds=_WARM_UP_SECONDS)
        for number in range(bench.rounds):
            sides = [web.OUR_EVENTS, web.PEER_EVENTS]
            if number % 2:
                sides.reverse()
            sent = {path: _send(server, path, seconds=_SECONDS).per_second for path in sides}
            rounds.append(Round(sent[web.OUR_EVENTS], sent[web.PEER_EVENTS], _ceiling()))
            only_http = _send(server, web.ANSWERED_EVENTS, seconds=_SECONDS).per_second
            answered.append(Round(sent[web.OUR_EVENTS], only_http))
    yield summarize(_INTAKE, rounds)
    yield summarize(_OF_HTTP, answered)


def events_intake_p99(bench: Bench) -> Iterator[Row]:
    """99th percentile at 100 events per second."""
    rounds = []
    with web.serving() as server:
        for path in (web.OUR_EVENTS, web.PEER_EVENTS):
            _send(server, path, seconds=_WARM_UP_SECONDS)
        for _ in range(bench.rounds):
            ours, peer = (
                _send(
                    server,
                    path,
                    seconds=_LIGHT_SECONDS,
                    connections=_LIGHT_CONNECTIONS,
                    per_second=_LIGHT_PER_SECOND,
                )
                for path in (web.OUR_EVENTS, web.PEER_EVENTS)
            )
            rounds.append(Round(ours.p99_ms, peer.p99_ms))
    yield summarize(_P99, rounds)


def _send(
    server: web.Web,
    path: str,
    *,
    seconds: float,
    connections: int = _CONNECTIONS,
    per_second: float | None = None,
) -> Sent:
    """Send new events; raise NotMeasured unless each one is stored, where any is to be."""
    stream_events.delete_all()
    pace = [] if per_second is None else [str(per_second)]
    with stream_events.bodies_file(_MAX_EVENTS) as file:
        output = processes.output_of(
            "event-sender",
            *("benchmarks.load.event_sender", str(server.port), path),
            *(settings.STREAM_EVENTS_SECRETS[0], str(file), str(connections), str(seconds), *pace),
            seconds=seconds + 60,
        )
    sent = Sent(**json.loads(output))
    archived = 0 if path == web.ANSWERED_EVENTS else sent.count
    followed = sent.count if path == web.PEER_EVENTS else 0
    stored = (StreamEvent.objects.count(), FollowedOrder.objects.count())
    if stored != (archived, followed):
        raise NotMeasured(f"{sent.count} events were accepted, but {stored} rows are stored.")
    return sent


def _ceiling() -> float:
    stream_events.delete_all()
    with stream_events.bodies_file(_MAX_EVENTS) as file:
        output = processes.output_of(
            "event-inserts",
            *("benchmarks.load.event_inserts", str(file), str(_CONNECTIONS), str(_SECONDS)),
            seconds=_SECONDS + 60,
        )
    return float(output)
