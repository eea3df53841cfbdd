"""The web server that serves ours, the peer and the ceiling, and its clients."""

import contextlib
import gzip
import http.client
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from benchmarks.data.menus import Menu
from benchmarks.load.puller import Puller
from benchmarks.results.measures import NotMeasured

from . import processes

OURS, PEER, CEILING = "/stream-pos/v1/catalog", "/peer/catalog", "/ceiling/catalog"
OUR_ORDERS, PEER_ORDERS = "/stream-pos/v1/orders", "/peer/orders"
CHANNEL_EVENTS = "/stream-dsp/v1/event"
OUR_EVENTS, PEER_EVENTS = "/stream-events/v1/events", "/peer/events"
ANSWERED_EVENTS = "/answered/events"  # 201, and nothing else is done.
_READY_SECONDS = 60


@dataclass(frozen=True)
class Web:
    """The door with one worker process, as in docs/production.md."""

    port: int

    @contextmanager
    def puller(self, path: str, menu: Menu) -> Iterator[Puller]:
        puller = Puller(self.port, path, menu.location.provider_id, menu.token)
        with contextlib.closing(puller):
            yield puller

    def pulls_per_second(self, path: str, menu: Menu, *, connections: int, seconds: float) -> float:
        """Measure the pull rate with a separate client process."""
        target = (str(self.port), path, menu.location.provider_id, menu.token)
        output = processes.output_of(
            "puller",
            *("benchmarks.load.puller", *target, str(connections), str(seconds)),
            seconds=seconds + 120,
        )
        return float(output)

    def catalog(self, path: str, menu: Menu) -> Any:
        """Pull the catalog once and return it parsed."""
        with self.puller(path, menu) as puller:
            pulled = puller.pull()
        is_gzip = b"content-encoding: gzip" in pulled.head
        return json.loads(gzip.decompress(pulled.content) if is_gzip else pulled.content)

    def refuse_if_different(self, menu: Menu) -> None:
        """Raise NotMeasured unless ours, the peer and the ceiling serve the same catalog."""
        ours = self.catalog(OURS, menu)
        for name, path in (("peer", PEER), ("ceiling", CEILING)):
            if self.catalog(path, menu) != ours:
                raise NotMeasured(f"The catalog of the {name} differs from ours.")


@contextmanager
def serving() -> Iterator[Web]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    web = Web(port)
    server = ("stream_pos.door", "--host", "127.0.0.1", "--port", str(port))
    site = ("--workers", "1", "benchmarks.servers.site:door")
    # One address and one token make all requests here; the peers' routes are for people.
    limits = ("RATE_LIMIT_ADDRESS_PER_SECOND", "RATE_LIMIT_TOKEN_PER_SECOND")
    environment = dict.fromkeys(limits, "100000")
    with processes.running("web", *server, *site, environment=environment):
        processes.wait_for("The start of the web server", lambda: _is_up(port), _READY_SECONDS)
        yield web


def _is_up(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    with contextlib.closing(connection):
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except OSError:
            return False
