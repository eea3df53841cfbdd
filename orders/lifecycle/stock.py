"""Counted stock: taken by an accepted order, and given back (contract LIFE)."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Case, F, IntegerField, Value, When

from catalog import models
from integration import wakeups
from integration.db import bulk
from orders.cart.lines import Entry
from orders.models import Order
from orders.protocol.responses import Refusal

_COUNTED: dict[str, Any] = {
    "item": models.ItemAtLocation,
    "item_family": models.FamilyAtLocation,
    "modifier": models.ModifierAtLocation,
}

_LARGEST_COUNT = 2**31 - 1
Needed = dict[str, dict[str, int]]  # Kind → the object's key, as JSON writes it → how many.


def needed_by(entries: Iterable[Entry]) -> Needed:
    """Return the quantities an order takes from counted objects, by kind and key."""
    needed: Needed = {}
    for entry in entries:
        thing = entry.thing
        if thing is not None and thing.stock_count is not None:
            of_kind = needed.setdefault(thing.kind, {})
            of_kind[str(thing.key)] = of_kind.get(str(thing.key), 0) + entry.ordered
    return needed


def take(order: Order) -> None:
    """Subtract `order.stock_taken` in the caller's transaction.

    The transaction ends with an IntegrityError if another order took the last ones; `missing` then
    names the objects.
    """
    for kind, quantities in sorted(order.stock_taken.items()):
        bulk.subtract(_COUNTED[kind], "stock_count", order.location_id, _by_key(quantities))


def refresh_catalog_on_commit(order: Order) -> None:
    """Refresh the catalog after the commit, because the order changed what Stream pulls."""
    if order.stock_taken:
        wakeups.on_commit("catalog.tasks.refresh", order.merchant_id)


def out_of_stock(order: Order, entries: Iterable[Entry]) -> Refusal:
    """Return a refusal that names what is out of stock for the order now; empty: nothing is."""
    refusal = Refusal()
    for kind, quantities in sorted(order.stock_taken.items()):
        _add_missing(refusal, kind, order.location_id, _by_key(quantities), entries)
    return refusal


def give_back(order: Order) -> None:
    """Return a canceled order's unused stock to the objects that are still counted."""
    for kind, quantities in sorted(order.stock_taken.items()):
        counts = _by_key(quantities)
        _COUNTED[kind].objects.filter(
            location_id=order.location_id,
            object_id__in=counts,
            # Leaves out counts that staff set near the column's limit.
            stock_count__lte=_LARGEST_COUNT - max(counts.values()),
        ).update(stock_count=F("stock_count") + _quantity_of_object(counts))
    refresh_catalog_on_commit(order)


def _by_key(quantities: dict[str, int]) -> dict[int, int]:
    return {int(key): count for key, count in quantities.items()}


def _quantity_of_object(quantities: dict[int, int]) -> Case:
    return Case(
        *(When(object_id=key, then=Value(count)) for key, count in quantities.items()),
        default=Value(0),
        output_field=IntegerField(),
    )


def _add_missing(
    refusal: Refusal,
    kind: str,
    location_id: int,
    quantities: dict[int, int],
    entries: Iterable[Entry],
) -> None:
    rows = _COUNTED[kind].objects.filter(location_id=location_id, object_id__in=quantities)
    left = dict(rows.values_list("object_id", "stock_count"))
    wire_type = "modifier" if kind == "modifier" else "item"
    for entry in entries:
        thing = entry.thing
        if thing is not None and thing.kind == kind and thing.key in quantities:
            count = left.get(thing.key)
            if count is not None and count < quantities[thing.key]:
                refusal.out_of_stock(wire_type, entry.sent.provider_id or "", count)
