"""The cost of owing an event, within the transaction of an order.

An order that sells out an item changes the catalog. Its transaction pays for the mark written by a
trigger and for the wake-up after the commit; the worker that builds the catalog writes the event's
row. The peer is the same transaction with the trigger disabled and without the wake-up.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from itertools import count
from typing import Any
from unittest.mock import patch

from django.db import connection

from benchmarks.results.measures import Goal, Kind, NotMeasured, Round, Row, percentile, summarize
from catalog.models import FamilyAtLocation, Location
from integration.models import Merchant
from orders.inbound import create as order_intake
from orders.inbound import views
from orders.inbound.caller import Caller
from orders.protocol.responses import Answer
from tests.orders.support import stream_orders
from tests.support import factories

from .bench import Bench

_WARM_UP, _PAIRS = 30, 200  # Pairs of orders per round.
_TABLE = "catalog_familyatlocation"
_numbers = count(1)

_KIND = Kind(
    row="outbox_cost",
    unit="ms",
    peer_name="the same transaction owing nothing",
    goal=Goal("ratio", at_least=0.909),
    more_is_better=False,
)


def outbox_cost(bench: Bench) -> Iterator[Row]:
    """Median duration of the transaction, from BEGIN until the wake-up is handed over."""
    merchant = _shop()
    rounds = []
    try:
        _pairs(merchant, _WARM_UP)
        for _ in range(bench.rounds):
            owing, owing_nothing = zip(*_pairs(merchant, _PAIRS), strict=True)
            rounds.append(Round(percentile(owing, 0.5), percentile(owing_nothing, 0.5)))
    finally:
        _switch_triggers("ENABLE")
    yield summarize(_KIND, rounds)


def _shop() -> Merchant:
    """Create a connected restaurant with a stock count for its soda."""
    merchant = factories.merchant()
    stream_orders.make_menu(merchant)
    location = factories.location(merchant, provider_id=stream_orders.LOCATION)
    factories.access_token(factories.user(merchant))
    factories.connect(location)
    stream_orders.at_location("fam_soda", stock_count=1)
    return Location.objects.get(pk=location.pk).merchant


def _pairs(merchant: Merchant, count: int) -> list[tuple[float, float]]:
    """Measure pairs of orders, one owing an event and one owing nothing, in milliseconds."""
    return [_pair(merchant, owing_first=number % 2 == 0) for number in range(count)]


def _pair(merchant: Merchant, *, owing_first: bool) -> tuple[float, float]:
    elapsed_ms = {}
    for owes in (owing_first, not owing_first):
        # Alter the table in both cases, so that both start under the same conditions.
        _switch_triggers("ENABLE" if owes else "DISABLE")
        with nullcontext() if owes else patch("integration.wakeups.on_commit", _ignore_wakeup):
            elapsed_ms[owes] = _order_ms(merchant)
    return elapsed_ms[True], elapsed_ms[False]


def _ignore_wakeup(*task: object, **options: object) -> None:
    """Replace a wake-up by nothing."""


def _order_ms(merchant: Merchant) -> float:
    FamilyAtLocation.objects.update(stock_count=1)
    number = next(_numbers)
    patty = stream_orders.line("mod_patty", 500)
    lines = [stream_orders.burger(patty), stream_orders.line("fam_soda", 250)]
    order = stream_orders.order(*lines, idempotency_key=f"bench-{number}", source="uber")
    body = json.dumps({"type": "order.created", "object": order}).encode()
    with _timed_transactions() as transactions:
        answer = views.handle(Caller.of(merchant), body)
    if answer.status != 200 or len(transactions) != 1:
        raise NotMeasured(f"An order was answered {answer.status}: {answer.body.decode()}")
    return transactions[0]


@contextmanager
def _timed_transactions() -> Iterator[list[float]]:
    """Collect the milliseconds to write each order and hand over its wake-ups."""
    durations_ms: list[float] = []
    accept = order_intake._accept

    def timed(*order: Any) -> Answer:
        started = time.perf_counter()
        answer = accept(*order)
        durations_ms.append((time.perf_counter() - started) * 1000)
        return answer

    with patch.object(order_intake, "_accept", timed):
        yield durations_ms


def _switch_triggers(action: str) -> None:
    with connection.cursor() as cursor:
        for trigger in (f"catalog_on_{_TABLE}_update", f"catalog_on_some_{_TABLE}_update"):
            cursor.execute(f"ALTER TABLE {_TABLE} {action} TRIGGER {trigger}")
