"""Reports as CSV files: UTF-8 with a byte order mark for spreadsheets, safe from formulas."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from catalog.spreadsheets.cells import Cell
from catalog.spreadsheets.csv_file import BOM, escape_formula
from integration import currency
from orders.models import FollowedOrder, Order

from .deliveries import Deliveries, measure_deliveries
from .durations import measure_durations, percentile
from .other_pos import count_other_sales
from .refusals import count_refusals
from .sales import Tally, count_sales
from .scope import Scope

FILES = {
    "orders": "Every order",
    "other-orders": "Every order in other POSs",
    "days": "By day",
    "hours": "By hour",
    "channels": "By channel",
    "locations": "By location",
    "refusals": "Refusals",
    "times": "Times",
    "drivers": "Deliveries by driver",
    "deliveries": "Deliveries by location",
}
_BATCH_SIZE = 1_000  # Rows read at a time.
_CHUNK_LENGTH = 64_000  # Characters sent at a time.
_ORDER_COLUMNS = [
    "number", "channel", "channel order id", "location", "kind", "state", "received (UTC)",
    "received (local)", "wanted for (UTC)", "waited seconds", "kitchen seconds",
    "promised minutes", "currency", "subtotal", "tax", "total", "key",
]  # fmt: skip
_CUSTOMER_COLUMNS = ["customer", "phone"]
_OTHER_ORDER_COLUMNS = [
    "number", "channel", "channel order id", "location", "kind", "status", "delivery status",
    "confirmed (UTC)", "confirmed (local)", "due (UTC)", "currency", "subtotal", "tax", "total",
    "id at Stream",
]  # fmt: skip
_SALES_COLUMNS = ["orders sold", "orders lost", "currency", "sales", "totals"]
_DELIVERY_COLUMNS = [
    "deliveries", "delivered", "median minutes to leave", "median minutes on the way",
    "median minutes in total", "95th percentile in total", "delivered with a due time", "late",
]  # fmt: skip


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
    tables = {
        "other-orders": _other_orders, "refusals": _refusals, "times": _times,
        "channels": _by_channel, "locations": _by_location, "drivers": _drivers,
        "deliveries": _deliveries,
    }  # fmt: skip
    return tables[name](scope) if name in tables else _sales(name, scope)


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
        _utc(order.created_at), _second(place.local(order.created_at)), _utc(requested_for),
        order.wait_seconds, order.kitchen_seconds, order.prep_time_minutes,
        order.currency.upper(),
        *(currency.as_decimal(amount, order.currency) for amount in amounts),
        order.provider_id,
    ]  # fmt: skip


def _other_orders(scope: Scope) -> Iterator[list[Cell]]:
    yield [*_OTHER_ORDER_COLUMNS]
    orders = scope.followed().order_by("confirmed_at").defer("details")
    places = {location.pk: location for location in scope.locations}
    for order in orders.filter(location__isnull=False).iterator(chunk_size=_BATCH_SIZE):
        yield _other_order(order, places[order.location_id])  # type: ignore[index]  # Just filtered.


def _other_order(order: FollowedOrder, place: Any) -> list[Cell]:
    amounts = (order.subtotal, order.tax, order.total)
    return [
        order.dsp_order_number, order.source, order.dsp_order_id, place.name,
        order.fulfillment_type, order.status, order.delivery_status,
        _utc(order.confirmed_at), _second(place.local(order.confirmed_at)), _utc(order.due_at),
        order.currency.upper(),
        *(
            "" if amount is None else currency.as_decimal(amount, order.currency)
            for amount in amounts
        ),
        order.stream_order_id,
    ]  # fmt: skip


def _utc(at: datetime | None) -> str:
    return _second(at.astimezone(UTC)) if at else ""


def _second(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"


def _sales(name: str, scope: Scope) -> Iterator[list[Cell]]:
    sales = count_sales(scope)
    labelled: dict[str, Iterable[tuple[Cell, Tally]]] = {
        "days": ((day.isoformat(), tally) for day, tally in sales.days.items()),
        "hours": ((hour, tally) for hour, tally in enumerate(sales.hours)),
    }
    yield [name.removesuffix("s"), *_SALES_COLUMNS]
    for label, tally in labelled[name]:
        yield from _tally(label, tally, scope)


def _by_channel(scope: Scope) -> Iterator[list[Cell]]:
    channels, others = count_sales(scope).channels, count_other_sales(scope).channels
    yield ["channel", *_SALES_COLUMNS, "POS"]
    yield from _marked(channels.items(), others.items(), scope)


def _by_location(scope: Scope) -> Iterator[list[Cell]]:
    own, others = count_sales(scope).locations, count_other_sales(scope).locations
    yield ["location", *_SALES_COLUMNS, "POS"]
    places = [(place.name, place.pk) for place in scope.locations]
    yield from _marked(
        ((name, own[key]) for name, key in places if key in own),
        ((name, others[key]) for name, key in places if key in others),
        scope,
    )


def _marked(
    own: Iterable[tuple[str, Tally]], others: Iterable[tuple[str, Tally]], scope: Scope
) -> Iterator[list[Cell]]:
    for mark, labelled in (("ours", own), ("another", others)):
        for label, tally in labelled:
            for row in _tally(label, tally, scope):
                yield [*row, mark]


def _tally(label: Cell, tally: Tally, scope: Scope) -> Iterator[list[Cell]]:
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


def _drivers(scope: Scope) -> Iterator[list[Cell]]:
    yield ["driver", *_DELIVERY_COLUMNS]
    for driver, deliveries in measure_deliveries(scope).drivers.items():
        yield [str(driver), *_delivered(deliveries)]


def _deliveries(scope: Scope) -> Iterator[list[Cell]]:
    yield ["location", *_DELIVERY_COLUMNS]
    places = {location.pk: location.name for location in scope.locations}
    for key, deliveries in measure_deliveries(scope).locations.items():
        yield [places[key], *_delivered(deliveries)]


def _delivered(deliveries: Deliveries) -> list[Cell]:
    times = (deliveries.to_leave, deliveries.on_the_way, deliveries.in_total)
    return [
        deliveries.assigned, deliveries.delivered,
        *(percentile(counts, 0.5) for counts in times),
        percentile(deliveries.in_total, 0.95), deliveries.due, deliveries.late,
    ]  # fmt: skip
