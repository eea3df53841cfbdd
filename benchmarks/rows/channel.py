"""The channel's API for front ends over HTTP: menus, quotes and orders."""

import json
import tempfile
from collections.abc import Iterator

from benchmarks.data import channel_shop, menus
from benchmarks.data.channel_shop import Shop
from benchmarks.load.order_sender import Sent
from benchmarks.results.measures import Goal, Kind, NotMeasured, Round, Row, summarize
from benchmarks.servers import processes, web
from dsp.models import ChannelOrder

from .bench import Bench

_CONNECTIONS, _SECONDS, _WARM_UP_SECONDS = 4, 6, 1.5
_QUOTES_PER_SECOND = 50
_MOST = 3_000

_WARM = Kind(
    row="dsp_menu_warm",
    unit="pulls/s",
    peer_name="ours, catalog_warm",
    goal=Goal("ratio", at_least=1),
    more_is_better=True,
)
_QUOTE = Kind(
    row="dsp_quote",
    unit="ms",
    peer_name="ours with one line",
    goal=Goal("ours", below=25),
    more_is_better=False,
)
_ORDER = Kind(
    row="dsp_order",
    unit="orders/s",
    peer_name="ours with one line",
    goal=Goal("ours", at_least=150),
    more_is_better=True,
)
_ORDER_P99 = Kind(
    row="dsp_order_p99",
    unit="ms",
    peer_name="ours with one line",
    goal=Goal("ours", below=60),
    more_is_better=False,
)


def dsp_menu_warm(bench: Bench) -> Iterator[Row]:
    """Pulls per second of the guest's menu, and of a catalog of as many families."""
    shop, menu = channel_shop.make(), menus.make(channel_shop.FAMILIES)
    path = f"/channel/v1/stores/{shop.store.provider_id}/menu"
    rounds = []
    with web.serving() as server:
        for number in range(bench.rounds + 1):  # The first one warms up.
            ours = _pulls(server, path, "-", shop.key)
            theirs = _pulls(server, web.OURS, menu.location.provider_id, menu.token)
            if number:
                rounds.append(Round(ours, theirs))
    yield summarize(_WARM, rounds)


def dsp_quote(bench: Bench) -> Iterator[Row]:
    """The 99th percentile of quotes for ten lines with nested choices, at 50 a second."""
    shop = channel_shop.make()
    rounds = []
    with web.serving() as server:
        for number in range(bench.rounds + 1):
            waits = [_quotes(server, shop, lines).p99_ms for lines in (channel_shop.LINES, 1)]
            if number:
                rounds.append(Round(*waits))
    yield summarize(_QUOTE, rounds)


def dsp_order(bench: Bench) -> Iterator[Row]:
    """Orders per second of ten lines, each by a quote of its own, and their 99th percentile."""
    shop = channel_shop.make()
    rates, tails = [], []
    with web.serving() as server:
        _orders(server, shop, channel_shop.LINES, _WARM_UP_SECONDS)
        for _ in range(bench.rounds):
            ours, peer = (
                _orders(server, shop, lines, _SECONDS) for lines in (channel_shop.LINES, 1)
            )
            rates.append(Round(ours.per_second, peer.per_second))
            tails.append(Round(ours.p99_ms, peer.p99_ms))
    yield summarize(_ORDER, rates)
    yield summarize(_ORDER_P99, tails)


def _pulls(server: web.Web, path: str, location: str, token: str) -> float:
    target = (str(server.port), path, location, token)
    output = processes.output_of(
        "puller",
        *("benchmarks.load.puller", *target, str(_CONNECTIONS), str(_SECONDS)),
        seconds=_SECONDS + 60,
    )
    return float(output)


def _quotes(server: web.Web, shop: Shop, lines: int) -> Sent:
    carts = [json.dumps(channel_shop.cart(number, lines=lines)) for number in range(_MOST)]
    path = f"/channel/v1/stores/{shop.store.provider_id}/quotes"
    return _send(server, path, shop, carts, _SECONDS, str(_QUOTES_PER_SECOND))


def _orders(server: web.Web, shop: Shop, lines: int, seconds: float) -> Sent:
    bodies = channel_shop.order_bodies(shop, _MOST, lines=lines)
    sent = _send(server, "/channel/v1/orders", shop, bodies, seconds)
    stored = ChannelOrder.objects.count()
    if stored != sent.count:
        raise NotMeasured(f"{sent.count} orders were accepted, but {stored} are stored.")
    return sent


def _send(
    server: web.Web, path: str, shop: Shop, bodies: list[str], seconds: float, *pace: str
) -> Sent:
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        file.write("\n".join(bodies))
        file.flush()
        output = processes.output_of(
            "front-end",
            *("benchmarks.load.front_end", str(server.port), path, shop.key, file.name),
            *(str(_CONNECTIONS), str(seconds), *pace),
            seconds=seconds + 60,
        )
    return Sent(**json.loads(output))
