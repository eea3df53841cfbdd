"""What it costs the transaction of an order that it owes an event.

An order that sells out an item changes the catalog. Its transaction pays for the mark that a
trigger writes, and for the wake-up after the commit; the event's own row is written by the worker
that builds the catalog. The peer is the same transaction with that trigger disabled and without
the wake-up.
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
from tests.orders.support import stream_orders
from tests.support import factories

from .bench import Bench

_WARM_UP, _PAIRS = 30, 200  # Pairs of orders; so many in each round.
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
    """Medians of the transaction alone, from BEGIN until the wake-up is handed over."""
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
    """A connected restaurant that counts its soda."""
    merchant = factories.merchant()
    stream_orders.make_menu(merchant)
    location = factories.location(merchant, provider_id=stream_orders.LOCATION)
    factories.access_token(factories.user(merchant))
    factories.connect(location)
    stream_orders.at_location("fam_soda", stock_count=1)
    return Location.objects.get(pk=location.pk).merchant


def _pairs(merchant: Merchant, count: int) -> list[tuple[float, float]]:
    """Milliseconds of an order that owes an event, and of one that owes nothing; and so on."""
    return [_pair(merchant, owing_first=number % 2 == 0) for number in range(count)]


def _pair(merchant: Merchant, *, owing_first: bool) -> tuple[float, float]:
    took = {}
    for owes in (owing_first, not owing_first):
        # Both ways, so that both begin with a table that has just been altered.
        _switch_triggers("ENABLE" if owes else "DISABLE")
        with nullcontext() if owes else patch("integration.wakeups.on_commit", _nothing):
            took[owes] = _order(merchant)
    return took[True], took[False]


def _nothing(*task: object, **options: object) -> None:
    """Instead of a wake-up."""


def _order(merchant: Merchant) -> float:
    FamilyAtLocation.objects.update(stock_count=1)
    number = next(_numbers)
    patty = stream_orders.line("mod_patty", 500)
    lines = [stream_orders.burger(patty), stream_orders.line("fam_soda", 250)]
    sent = stream_orders.order(*lines, idempotency_key=f"bench-{number}", source="uber")
    body = json.dumps({"type": "order.created", "object": sent}).encode()
    with _clock() as transactions:
        answer = views.handle(merchant, body)
    if answer.status != 200 or len(transactions) != 1:
        raise NotMeasured(f"An order was answered {answer.status}: {answer.body.decode()}")
    return transactions[0]


@contextmanager
def _clock() -> Iterator[list[float]]:
    """Collects how many milliseconds it takes to write each order, and to wake who is to know."""
    took: list[float] = []
    accept = order_intake._accept

    def timed(*order: Any) -> order_intake.Answer:
        began = time.perf_counter()
        answer = accept(*order)
        took.append((time.perf_counter() - began) * 1000)
        return answer

    with patch.object(order_intake, "_accept", timed):
        yield took


def _switch_triggers(action: str) -> None:
    with connection.cursor() as cursor:
        for trigger in (f"catalog_on_{_TABLE}_update", f"catalog_on_some_{_TABLE}_update"):
            cursor.execute(f"ALTER TABLE {_TABLE} {action} TRIGGER {trigger}")
