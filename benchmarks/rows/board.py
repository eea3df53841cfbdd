"""The board with 200 open orders: duration of an update after a change."""

import contextlib
from collections.abc import Iterator, Sequence
from itertools import count

from django.utils import timezone

from benchmarks.data import open_orders, order_bodies
from benchmarks.load.tablet import Tablet
from benchmarks.results.measures import Goal, Kind, Round, Row, percentile, summarize
from benchmarks.servers import web
from orders.models import Order

from .bench import Bench

_OPEN, _UPDATES, _WHOLE_UPDATES = 200, 100, 20
_guests = count(1)

_BOARD = Kind(
    row="board_200",
    unit="ms",
    peer_name="ours when every order has changed",
    goal=Goal("ours", below=300),
    more_is_better=False,
)


def board_200(bench: Bench) -> Iterator[Row]:
    """99th percentile from request to last byte, after one order or all orders have changed."""
    menu = order_bodies.shop()
    order_bodies.delete_orders()
    orders = open_orders.make(menu, _OPEN)
    rounds = []
    with web.serving() as server, contextlib.closing(Tablet(server.port, menu)) as tablet:
        tablet.update_ms(expected=_change(orders))
        for _ in range(bench.rounds):
            single = [
                tablet.update_ms(expected=_change([orders[number % _OPEN]]))
                for number in range(_UPDATES)
            ]
            whole = [tablet.update_ms(expected=_change(orders)) for _ in range(_WHOLE_UPDATES)]
            rounds.append(Round(percentile(single, 0.99), percentile(whole, 0.99)))
    yield summarize(_BOARD, rounds)


def _change(orders: Sequence[Order]) -> str:
    """Change these orders and return the text the board must then show."""
    name = f"Guest {next(_guests)}."
    keys = [order.pk for order in orders]
    Order.objects.filter(pk__in=keys).update(customer_name=name, updated_at=timezone.now())
    return name
