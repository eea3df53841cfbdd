"""Catalog pulls over HTTP: warm, cold, and with a very large catalog."""

from collections.abc import Iterator
from itertools import count

from benchmarks.data import menus
from benchmarks.peers import nested_serializers
from benchmarks.results.measures import Goal, Kind, Round, Row, percentile, summarize
from benchmarks.servers import processes, web

from .bench import Bench

FAMILIES, LARGE = 5_000, 30_000
LARGE_MODIFIERS_PER_GROUP = 10
_CONNECTIONS, _SECONDS = 4, 5
_PEER_PULLS = 4
_COLD_PULLS, _LARGE_PULLS = 10, 150
_prices = count(1_000)

_WARM = Kind(
    row="catalog_warm",
    unit="pulls/s",
    peer_name=nested_serializers.NAME,
    goal=Goal("ratio", at_least=800, and_also=Goal("ceiling_ratio", at_least=0.8)),
    more_is_better=True,
    ceiling_name="a view that reads the stored bytes and sends them, no token check",
)
_COLD = Kind(
    row="catalog_cold",
    unit="ms",
    peer_name=nested_serializers.NAME,
    goal=Goal("ratio", at_least=12),
    more_is_better=False,
)
_LARGE_PULL = Kind(
    row="catalog_30000",
    unit="ms",
    peer_name=f"ours with {FAMILIES} families",
    goal=Goal("ratio", at_least=0.667),
    more_is_better=False,
)
_MEMORY = Kind(
    row="catalog_30000_memory",
    unit="MB",
    peer_name=f"{nested_serializers.NAME.partition(',')[0]}, the same catalog",
    goal=Goal("ours", below=500),
    more_is_better=False,
)


def catalog_warm(bench: Bench) -> Iterator[Row]:
    """Pulls per second of an up-to-date catalog."""
    menu = menus.make(FAMILIES)
    rounds = []
    with web.serving() as server:
        server.refuse_if_different(menu)  # Also warms up all three.
        for _ in range(bench.rounds):
            rates = [
                server.pulls_per_second(path, menu, connections=_CONNECTIONS, seconds=_SECONDS)
                for path in (web.OURS, web.CEILING)
            ]
            rounds.append(Round(rates[0], 1000 / peer_pull_ms(server, menu), rates[1]))
    yield summarize(_WARM, rounds)


def peer_pull_ms(server: web.Web, menu: menus.Menu) -> float:
    """Return the peer's median, one pull at a time, which is its fastest mode."""
    with server.puller(web.PEER, menu) as puller:
        puller.pull()
        return percentile([puller.pull().whole_ms for _ in range(_PEER_PULLS)], 0.5)


def catalog_cold(bench: Bench) -> Iterator[Row]:
    """Median of pulls that come right after an edit and have to build the catalog."""
    menu = menus.make(FAMILIES)
    rounds = []
    with web.serving() as server:
        server.refuse_if_different(menu)
        for _ in range(bench.rounds):
            rounds.append(Round(_cold_pull_ms(server, menu), peer_pull_ms(server, menu)))
    yield summarize(_COLD, rounds)


def _cold_pull_ms(server: web.Web, menu: menus.Menu) -> float:
    waits = []
    with server.puller(web.OURS, menu) as puller:
        for _ in range(_COLD_PULLS):
            menus.change_price(menu, next(_prices))
            waits.append(puller.pull().whole_ms)
    return percentile(waits, 0.5)


def catalog_30000(bench: Bench) -> Iterator[Row]:
    """Median time to the first byte, alternating the large and the usual catalog; peak memory."""
    large = menus.make(LARGE, modifiers_per_group=LARGE_MODIFIERS_PER_GROUP)
    usual = menus.make(FAMILIES)
    pulls, peaks = [], []
    for _ in range(bench.rounds):
        with web.serving() as server:
            pulls.append(_first_bytes(server, large, usual))
        peaks.append(Round(_peak_mb("ours", large), _peak_mb("peer", large)))
    yield summarize(_LARGE_PULL, pulls)
    yield summarize(_MEMORY, peaks)


def _first_bytes(server: web.Web, large: menus.Menu, usual: menus.Menu) -> Round:
    with (
        server.puller(web.OURS, large) as large_puller,
        server.puller(web.OURS, usual) as usual_puller,
    ):
        waits = [
            (large_puller.pull().first_byte_ms, usual_puller.pull().first_byte_ms)
            for _ in range(_LARGE_PULLS)
        ]
    medians = [percentile(series, 0.5) for series in zip(*waits, strict=True)]
    return Round(medians[0], medians[1])


def _peak_mb(way: str, menu: menus.Menu) -> float:
    menus.change_price(menu, next(_prices))
    return float(
        processes.output_of(
            "peak", "benchmarks.load.peak_memory", way, menu.location.provider_id, seconds=300
        )
    )
