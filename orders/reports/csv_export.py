"""Reports as CSV files: UTF-8 with a byte order mark for spreadsheets, safe from formulas."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC
from typing import Any

from catalog.spreadsheets.cells import Cell
from catalog.spreadsheets.csv_file import BOM, escape_formula
from integration import currency
from orders.models import Order

from .durations import measure_durations
from .refusals import count_refusals
from .sales import Tally, count_sales
from .scope import Scope

FILES = {
    "orders": "Every order",
    "days": "By day",
    "hours": "By hour",
    "channels": "By channel",
    "refusals": "Refusals",
    "times": "Times",
}
_BATCH_SIZE = 1_000  # Rows read at a time.
_CHUNK_LENGTH = 64_000  # Characters sent at a time.
_ORDER_COLUMNS = [
    "number", "channel", "channel order id", "location", "kind", "state", "received (UTC)",
    "received (local)", "wanted for (UTC)", "waited seconds", "kitchen seconds",
    "promised minutes", "currency", "subtotal", "tax", "total", "key",
]  # fmt: skip
_CUSTOMER_COLUMNS = ["customer", "phone"]
_SALES_COLUMNS = ["orders sold", "orders lost", "currency", "sales", "totals"]


def csv_lines(name: str, scope: Scope, *, with_people: bool = False) -> Iterator[str]:
    """Yield the file in chunks; customers' names and phones only `with_people`."""
    chunk = io.StringIO()
    writer = csv.writer(chunk, lineterminator="\r\n")
    chunk.write(BOM)
    for row in _rows(name, scope, with_people):
        writer.writerow([escape_formula(cell) for cell in row])
        if chunk.tell() >= _CHUNK_LENGTH:
            yield chunk.getvalue()
            chunk.seek(0)
            chunk.truncate()
    yield chunk.getvalue()


def _rows(name: str, scope: Scope, with_people: bool) -> Iterable[list[Cell]]:
    if name == "orders":
        return _orders(scope, with_people)
    if name == "refusals":
        return _refusals(scope)
    if name == "times":
        return _times(scope)
    return _sales(name, scope)


def _orders(scope: Scope, with_people: bool) -> Iterator[list[Cell]]:
    yield [*_ORDER_COLUMNS, *(_CUSTOMER_COLUMNS if with_people else [])]
    orders = scope.orders().order_by("created_at").defer("details", "answer", "driver")
    places = {location.pk: location for location in scope.locations}
    for order in orders.iterator(chunk_size=_BATCH_SIZE):
        row = _order(order, places[order.location_id])
        yield [*row, order.customer_name, order.customer_phone] if with_people else row


def _order(order: Order, place: Any) -> list[Cell]:
    amounts = (order.subtotal, order.tax, order.total)
    requested_for = order.requested_for
    return [
        order.dsp_order_number, order.source, order.dsp_order_id, place.name,
        order.fulfillment_type, order.state,
        f"{order.created_at.astimezone(UTC):%Y-%m-%d %H:%M:%S}",
        f"{place.local(order.created_at):%Y-%m-%d %H:%M:%S}",
        f"{requested_for.astimezone(UTC):%Y-%m-%d %H:%M:%S}" if requested_for else "",
        order.wait_seconds, order.kitchen_seconds, order.prep_time_minutes,
        order.currency.upper(),
        *(currency.as_decimal(amount, order.currency) for amount in amounts),
        order.provider_id,
    ]  # fmt: skip


def _sales(name: str, scope: Scope) -> Iterator[list[Cell]]:
    sales = count_sales(scope)
    labelled: dict[str, Iterable[tuple[Cell, Tally]]] = {
        "days": ((day.isoformat(), tally) for day, tally in sales.days.items()),
        "hours": ((hour, tally) for hour, tally in enumerate(sales.hours)),
        "channels": sales.channels.items(),
    }
    yield [name.removesuffix("s"), *_SALES_COLUMNS]
    for label, tally in labelled[name]:
        for code in sorted(tally.subtotal) or [scope.merchant.currency]:
            yield [label, tally.sold, tally.lost, *_amounts(code, tally)]


def _amounts(code: str, tally: Tally) -> list[Cell]:
    sums = (tally.subtotal[code], tally.total[code])
    return [code.upper(), *(currency.as_decimal(amount, code) for amount in sums)]


def _refusals(scope: Scope) -> Iterator[list[Cell]]:
    yield ["reason", "events", "newest example"]
    for row in count_refusals(scope)[1]:
        yield [row.title, row.count, row.example]


def _times(scope: Scope) -> Iterator[list[Cell]]:
    durations = measure_durations(scope)
    yield ["what", "unit", "value", "orders"]
    kinds: list[tuple[str, str, Counter[int]]] = [
        ("receipt to decision", "seconds", durations.waits),
        ("acceptance to ready", "minutes", durations.kitchen),
    ]
    for what, unit, counts in kinds:
        for value in sorted(counts):
            yield [what, unit, value, counts[value]]
