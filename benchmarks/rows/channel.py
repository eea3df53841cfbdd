"""The channel's API for front ends over HTTP: menus, quotes and orders."""

import json
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from benchmarks.data import channel_shop, menus
from benchmarks.data.channel_shop import Shop
from benchmarks.data.events import create_endpoints
from benchmarks.load.order_sender import Sent
from benchmarks.results.measures import Goal, Kind, NotMeasured, Round, Row, percentile, summarize
from benchmarks.servers import delivery, processes, web
from dsp.models import ChannelOrder
from dsp.outbound import receiver
from integration.models import DeliveryAttempt

from .bench import Bench

_CONNECTIONS, _SECONDS, _WARM_UP_SECONDS = 4, 6, 1.5
_QUOTES_PER_SECOND = 50
_MOST = 3_000
_TRIED_SECONDS, _TRIED_PER_SECOND, _HANGING_PER_SECOND = 10, 50, 10
_HANG_SECONDS, _DRAIN_SECONDS = 30, 30

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

_FIRST_TRY = Kind(
    row="dsp_first_try",
    unit="ms",
    peer_name="the median of the same",
    goal=Goal("ours", below=1000),
    more_is_better=False,
)
_FIRST_TRY_BESIDE = Kind(
    row="dsp_first_try_beside_a_dead_one",
    unit="ms",
    peer_name="ours, dsp_first_try",
    goal=Goal("ours", below=1000),
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


def dsp_first_try(bench: Bench) -> Iterator[Row]:
    """99th percentile from an order until Stream is first tried, and beside a merchant it hangs on.

    The other merchant's orders come meanwhile, at a fifth of the rate.
    """
    quiet, beside = [], []
    for _ in range(bench.rounds):
        answered, hanging = (_first_tries(bench, seconds) for seconds in (0, _HANG_SECONDS))
        p99 = percentile(answered, 0.99)
        quiet.append(Round(p99, percentile(answered, 0.5)))
        beside.append(Round(percentile(hanging, 0.99), p99))
    yield summarize(_FIRST_TRY, quiet)
    yield summarize(_FIRST_TRY_BESIDE, beside)


def _first_tries(bench: Bench, hang_seconds: float) -> list[float]:
    """Return the waits of one merchant's orders; the other's are answered after that time."""
    shop, other = channel_shop.make(), channel_shop.make("Other")
    url = bench.receiver.url(hang_seconds, only=other.store.provider_id)
    loads = ((shop, _TRIED_PER_SECOND), (other, _HANGING_PER_SECOND))
    with delivery.ours(bench.receiver, channel_url=url), web.serving() as server:
        create_endpoints({receiver.NAME})
        with ThreadPoolExecutor(len(loads)) as executor:
            runs = [executor.submit(_place_at_pace, server, *load) for load in loads]
        for run in runs:
            run.result()

        def are_tried() -> bool:
            return len(_tries_of(shop)) == len(_placed_of(shop))

        processes.wait_for("The first try of every order", are_tried, _DRAIN_SECONDS)
        tried = _tries_of(shop)
    return [(tried[key] - at).total_seconds() * 1000 for key, at in _placed_of(shop).items()]


def _place_at_pace(server: web.Web, shop: Shop, per_second: int) -> None:
    bodies = channel_shop.order_bodies(shop, per_second * _TRIED_SECONDS)
    _send(server, "/channel/v1/orders", shop, bodies, _TRIED_SECONDS, str(per_second))


def _placed_of(shop: Shop) -> dict[int | None, datetime]:
    orders = ChannelOrder.objects.filter(store=shop.store)
    return dict(orders.values_list("outbound_event_id", "placed_at"))


def _tries_of(shop: Shop) -> dict[int | None, datetime]:
    place = shop.store.provider_id
    tries = DeliveryAttempt.objects.filter(number=1, event__location_id=place)
    return dict(tries.values_list("event_id", "started_at"))


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
    stored = ChannelOrder.objects.filter(store=shop.store).count()
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
