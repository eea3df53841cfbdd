"""The numbers as CSV files: UTF-8 with a mark that spreadsheets need, safe from formulas."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC
from typing import Any

from catalog.spreadsheets.cells import Cell
from catalog.spreadsheets.csv_file import BOM, guarded
from integration import currency
from orders.models import Order

from .durations import times_of
from .refusals import refusals_of
from .sales import Tally, sales_of
from .scope import Scope

FILES = {
    "orders": "Every order",
    "days": "By day",
    "hours": "By hour",
    "channels": "By channel",
    "refusals": "Refusals",
    "times": "Times",
}
_ROWS_AT_ONCE = 1_000
_PIECE = 64_000  # Characters that are sent at a time.
_ORDER = [
    "number", "channel", "channel order id", "location", "kind", "state", "received (UTC)",
    "received (local)", "wanted for (UTC)", "waited seconds", "kitchen seconds",
    "promised minutes", "currency", "subtotal", "tax", "total", "key",
]  # fmt: skip
_PEOPLE = ["customer", "phone"]
_SALES = ["orders sold", "orders lost", "currency", "sales", "totals"]


def lines(name: str, scope: Scope, *, with_people: bool = False) -> Iterator[str]:
    """The file in pieces; customers' names and phones only when they are asked for."""
    piece = io.StringIO()
    writer = csv.writer(piece, lineterminator="\r\n")
    piece.write(BOM)
    for row in _rows(name, scope, with_people):
        writer.writerow([guarded(cell) for cell in row])
        if piece.tell() >= _PIECE:
            yield piece.getvalue()
            piece.seek(0)
            piece.truncate()
    yield piece.getvalue()


def _rows(name: str, scope: Scope, with_people: bool) -> Iterable[list[Cell]]:
    if name == "orders":
        return _orders(scope, with_people)
    if name == "refusals":
        return _refusals(scope)
    if name == "times":
        return _times(scope)
    return _sales(name, scope)


def _orders(scope: Scope, with_people: bool) -> Iterator[list[Cell]]:
    yield [*_ORDER, *(_PEOPLE if with_people else [])]
    orders = scope.orders().order_by("created_at").defer("details", "answer", "driver")
    places = {location.pk: location for location in scope.locations}
    for order in orders.iterator(chunk_size=_ROWS_AT_ONCE):
        row = _order(order, places[order.location_id])
        yield [*row, order.customer_name, order.customer_phone] if with_people else row


def _order(order: Order, place: Any) -> list[Cell]:
    amounts = (order.subtotal, order.tax, order.total)
    wanted = order.requested_for
    return [
        order.dsp_order_number, order.source, order.dsp_order_id, place.name,
        order.fulfillment_type, order.state,
        f"{order.created_at.astimezone(UTC):%Y-%m-%d %H:%M:%S}",
        f"{place.local(order.created_at):%Y-%m-%d %H:%M:%S}",
        f"{wanted.astimezone(UTC):%Y-%m-%d %H:%M:%S}" if wanted else "",
        order.wait_seconds, order.kitchen_seconds, order.prep_time_minutes,
        order.currency.upper(),
        *(currency.as_decimal(amount, order.currency) for amount in amounts),
        order.provider_id,
    ]  # fmt: skip


def _sales(name: str, scope: Scope) -> Iterator[list[Cell]]:
    found = sales_of(scope)
    labelled: dict[str, Iterable[tuple[Cell, Tally]]] = {
        "days": ((day.isoformat(), one) for day, one in found.days.items()),
        "hours": ((hour, one) for hour, one in enumerate(found.hours)),
        "channels": found.channels.items(),
    }
    yield [name.removesuffix("s"), *_SALES]
    for label, tally in labelled[name]:
        for code in sorted(tally.subtotal) or [scope.merchant.currency]:
            yield [label, tally.sold, tally.lost, *_amounts(code, tally)]


def _amounts(code: str, tally: Tally) -> list[Cell]:
    sums = (tally.subtotal[code], tally.total[code])
    return [code.upper(), *(currency.as_decimal(amount, code) for amount in sums)]


def _refusals(scope: Scope) -> Iterator[list[Cell]]:
    yield ["reason", "events", "newest example"]
    for one in refusals_of(scope)[1]:
        yield [one.title, one.count, one.example]


def _times(scope: Scope) -> Iterator[list[Cell]]:
    found = times_of(scope)
    yield ["what", "unit", "value", "orders"]
    kinds: list[tuple[str, str, Counter[int]]] = [
        ("receipt to decision", "seconds", found.waits),
        ("acceptance to ready", "minutes", found.kitchen),
    ]
    for what, unit, counts in kinds:
        for value in sorted(counts):
            yield [what, unit, value, counts[value]]
