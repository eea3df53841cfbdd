"""Takes what an accepted order needs from the counted stock, and gives it back (contract LIFE)."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Case, F, IntegerField, Value, When

from catalog import many_rows, models
from integration import wake

from .answers import Refusal
from .cart import Entry
from .models import Order

_COUNTED: dict[str, Any] = {
    "item": models.ItemAtLocation,
    "item_family": models.FamilyAtLocation,
    "modifier": models.ModifierAtLocation,
}

_LARGEST_COUNT = 2**31 - 1
Needed = dict[str, dict[str, int]]  # Kind → the object's key, as JSON writes it → how many.


class SoldOut(Exception):
    """Somebody else took the last ones meanwhile; the transaction must be rolled back."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__()
        self.refusal = refusal


def needed_by(entries: Iterable[Entry]) -> Needed:
    """What the order takes of things that are counted here, by kind and key."""
    needed: Needed = {}
    for entry in entries:
        thing = entry.thing
        if thing is not None and thing.stock_count is not None:
            of_kind = needed.setdefault(thing.kind, {})
            of_kind[str(thing.key)] = of_kind.get(str(thing.key), 0) + entry.ordered
    return needed


def take(order: Order, entries: Iterable[Entry]) -> None:
    """Takes `order.stock_taken`, in the caller's transaction. Raises SoldOut."""
    for kind, quantities in sorted(order.stock_taken.items()):
        if not _take(_COUNTED[kind], order.location_id, _by_key(quantities)):
            raise SoldOut(_refusal(kind, order.location_id, _by_key(quantities), entries))
    if order.stock_taken:
        wake.on_commit("catalog.tasks.refresh", order.merchant_id)


def give_back(order: Order) -> None:
    """What a canceled order had taken and the kitchen has not used, where it is still counted."""
    for kind, quantities in sorted(order.stock_taken.items()):
        counts = _by_key(quantities)
        _COUNTED[kind].objects.filter(
            location_id=order.location_id,
            object_id__in=counts,
            # A count that staff set near the column's end cannot take any more.
            stock_count__lte=_LARGEST_COUNT - max(counts.values()),
        ).update(stock_count=F("stock_count") + _of_object(counts))
    if order.stock_taken:
        wake.on_commit("catalog.tasks.refresh", order.merchant_id)


def _by_key(quantities: dict[str, int]) -> dict[int, int]:
    return {int(key): count for key, count in quantities.items()}


def _take(model: Any, location_id: int, quantities: dict[int, int]) -> bool:
    """One conditional UPDATE: of two orders for the last one, only one changes a row."""
    taken = many_rows.subtract(model, "stock_count", location_id, quantities)
    return taken == len(quantities)


def _of_object(quantities: dict[int, int]) -> Case:
    return Case(
        *(When(object_id=key, then=Value(count)) for key, count in quantities.items()),
        default=Value(0),
        output_field=IntegerField(),
    )


def _refusal(
    kind: str, location_id: int, quantities: dict[int, int], entries: Iterable[Entry]
) -> Refusal:
    refused = Refusal()
    rows = _COUNTED[kind].objects.filter(location_id=location_id, object_id__in=quantities)
    left = dict(rows.values_list("object_id", "stock_count"))
    called = "modifier" if kind == "modifier" else "item"
    for entry in entries:
        thing = entry.thing
        if thing is not None and thing.kind == kind and thing.key in quantities:
            here = left.get(thing.key) or 0
            if here < quantities[thing.key]:
                refused.out_of_stock(called, entry.sent.provider_id or "", here)
    return refused
