"""Orders over HTTP: maximum rate, and latency under light load beside a busy worker."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import count

from django.db import connection, transaction

from benchmarks.data import menus, order_bodies
from benchmarks.load.order_sender import Sent
from benchmarks.peers import nested_orders
from benchmarks.results.measures import Goal, Kind, NotMeasured, Round, Row, summarize
from benchmarks.servers import delivery, processes, web
from integration import wakeups
from orders.models import Order, OrderLine

from .bench import Bench

# The best number for both: more would only queue for the four threads.
_CONNECTIONS = 4
_SECONDS, _WARM_UP_SECONDS = 6, 1.5
_MAX_ORDERS = order_bodies.COUNTED
_TAIL_PER_SECOND, _TAIL_SECONDS, _TAIL_CONNECTIONS = 50, 20, 16
_EDIT_EVERY_SECONDS = 0.25
_edits = count(1)

_INTAKE = Kind(
    row="order_intake",
    unit="orders/s",
    peer_name=nested_orders.NAME,
    goal=Goal("ratio", at_least=5),
    more_is_better=True,
)
_INTAKE_P99 = Kind(
    row="order_intake_p99",
    unit="ms",
    peer_name=nested_orders.NAME,
    goal=Goal("ratio", at_least=3),
    more_is_better=False,
)
_TAIL = Kind(
    row="order_tail",
    unit="ms",
    peer_name="ours while nothing is built",
    goal=Goal("ours", below=100),
    more_is_better=False,
)


def order_intake(bench: Bench) -> Iterator[Row]:
    """Orders per second and their 99th percentile; ours and the peer take turns to start."""
    menu = order_bodies.shop()
    rates, tails = [], []
    with web.serving() as server:
        for path in (web.OUR_ORDERS, web.PEER_ORDERS):
            _send_orders(server, path, menu, seconds=_WARM_UP_SECONDS)
        for number in range(bench.rounds):
            sides = [web.OUR_ORDERS, web.PEER_ORDERS]
            if number % 2:
                sides.reverse()
            sent = {path: _send_orders(server, path, menu, seconds=_SECONDS) for path in sides}
            ours, peer = sent[web.OUR_ORDERS], sent[web.PEER_ORDERS]
            rates.append(Round(ours.per_second, peer.per_second))
            tails.append(Round(ours.p99_ms, peer.p99_ms))
    yield summarize(_INTAKE, rates)
    yield summarize(_INTAKE_P99, tails)


def order_tail(bench: Bench) -> Iterator[Row]:
    """99th percentile at 50 orders per second while the worker constantly rebuilds the catalog.

    The peer is the same without a worker, so the ratio shows the cost of building.
    """
    menu = order_bodies.shop()
    rounds = []
    for _ in range(bench.rounds):
        with web.serving() as server:
            _send_orders(server, web.OUR_ORDERS, menu, seconds=_WARM_UP_SECONDS)
            quiet = _send_at_light_load(server, menu)
        with delivery.ours(bench.receiver), web.serving() as server:
            _send_orders(server, web.OUR_ORDERS, menu, seconds=_WARM_UP_SECONDS)
            with _rebuilding(menu) as built:
                busy = _send_at_light_load(server, menu)
        if len(built) < _TAIL_SECONDS / 2:
            raise NotMeasured(f"The catalog was built only {len(built)} times meanwhile.")
        rounds.append(Round(busy.p99_ms, quiet.p99_ms))
    yield summarize(_TAIL, rounds)


def _send_at_light_load(server: web.Web, menu: menus.Menu) -> Sent:
    return _send_orders(
        server,
        web.OUR_ORDERS,
        menu,
        seconds=_TAIL_SECONDS,
        connections=_TAIL_CONNECTIONS,
        per_second=_TAIL_PER_SECOND,
    )


def _send_orders(
    server: web.Web,
    path: str,
    menu: menus.Menu,
    *,
    seconds: float,
    connections: int = _CONNECTIONS,
    per_second: float | None = None,
) -> Sent:
    """Send new orders; raise NotMeasured unless each is stored with all its lines."""
    order_bodies.restock(menu)
    order_bodies.delete_orders()
    pace = [] if per_second is None else [str(per_second)]
    with order_bodies.bodies_file(menu, _MAX_ORDERS) as file:
        output = processes.output_of(
            "order-sender",
            *("benchmarks.load.order_sender", str(server.port), path, menu.token, str(file)),
            *(str(connections), str(seconds), *pace),
            seconds=seconds + 60,
        )
    sent = Sent(**json.loads(output))
    stored = (Order.objects.count(), OrderLine.objects.count())
    if stored != (sent.count, sent.count * order_bodies.ROWS):
        raise NotMeasured(f"{sent.count} orders were accepted, but {stored} rows are stored.")
    return sent


@contextmanager
def _rebuilding(menu: menus.Menu) -> Iterator[set[datetime | None]]:
    """Edit the menu repeatedly; yield the observed times at which the worker stored a catalog."""
    built: set[datetime | None] = set()
    stop = threading.Event()

    def edit() -> None:
        try:
            while not stop.wait(_EDIT_EVERY_SECONDS):
                with transaction.atomic():
                    menus.change_description(menu, f"Edit {next(_edits)}")
                    wakeups.on_commit("catalog.tasks.refresh", menu.merchant.pk)
                built.update(menu.merchant.snapshots.values_list("built_at", flat=True))
        finally:
            connection.close()  # This thread's own connection.

    editor = threading.Thread(target=edit)
    editor.start()
    try:
        yield built
    finally:
        stop.set()
        editor.join()
