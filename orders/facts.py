"""What the catalog says about the objects of one order, in three queries whatever its size."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import (
    BigIntegerField,
    BooleanField,
    CharField,
    DateTimeField,
    Exists,
    F,
    FilteredRelation,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Value,
)

from catalog import models
from catalog.models import Location

from . import groups
from .contract import LineItem, LineModifier, Order
from .groups import Offers
from .prepared import Given, GivenMany, Prepared

TWIN = "_item"  # `<family>_item` means a family without items (contract ORD-NEW).


@dataclass(frozen=True)
class Thing:
    """An item, a family or a modifier, as it is at the order's location and channel."""

    kind: str
    key: int
    provider_id: str
    name: str
    is_active: bool
    price_amount: int | None
    dsp_price_amount: int | None
    stock_count: int | None
    family: "Thing | None" = None
    has_items: bool = False


@dataclass
class Facts:
    """Everything the rules ask about, by the ids that the order names."""

    items: dict[str, Thing] = field(default_factory=dict)
    families: dict[str, Thing] = field(default_factory=dict)
    modifiers: dict[str, Thing] = field(default_factory=dict)
    size_prices: dict[tuple[int, int], int] = field(default_factory=dict)  # (item, modifier) keys
    offers: Offers = field(default_factory=Offers)

    def sold_as(self, provider_id: str) -> Thing | None:
        """What a line's id means: an item, a family, or a family by its twin's id."""
        found = self.items.get(provider_id) or self.families.get(provider_id)
        if found is None and provider_id.endswith(TWIN):
            found = self.families.get(provider_id.removesuffix(TWIN))
        return found


def gather(order: Order, location: Location, now: datetime) -> Facts:
    """Reads what the catalog says about every object that the order names."""
    facts = Facts()
    line_ids = {line.provider_id for line in order.line_items if line.provider_id}
    channel = (order.source or "").lower()
    place = _Place(location, channel, now)
    twins = {one.removesuffix(TWIN) for one in line_ids if one.endswith(TWIN)}
    for row in place.ask(_LINES, provider_ids=line_ids | twins):
        if row["family_key"] is None:
            facts.families[row["provider_id"]] = _thing("item_family", row, now, row["has_items"])
        else:
            facts.items[row["provider_id"]] = _item(row, now)
    modifier_ids = {one.provider_id for one in _all_modifiers(order) if one.provider_id}
    if modifier_ids:
        _gather_modifiers(facts, place, modifier_ids)
    families = {family.key for family in facts.families.values()}
    families |= {item.family.key for item in facts.items.values() if item.family}
    modifiers = {modifier.key for modifier in facts.modifiers.values()}
    if families:
        facts.offers = groups.gather(families, modifiers, location, now)
    return facts


# What is read of each object, of an item's family, and by which names.
_OF_EACH = (
    "pk", "provider_id", "name", "is_active", "price_amount", "here__is_active",
    "here__inactive_until", "here__price_amount", "here__stock_count", "channel__price_amount",
)  # fmt: skip
_OF_FAMILY: dict[str, tuple[str, Any]] = {
    "family_key": ("family_id", BigIntegerField()),
    "family_name": ("family__name", CharField()),
    "family_provider_id": ("family__provider_id", CharField()),
    "family_is_active": ("family__is_active", BooleanField()),
    "family_archived_at": ("family__archived_at", DateTimeField()),
    "family_here_is_active": ("family_here__is_active", BooleanField()),
    "family_here_inactive_until": ("family_here__inactive_until", DateTimeField()),
    "family_here_stock_count": ("family_here__stock_count", IntegerField()),
}


_LOCATION = Given("location", BigIntegerField())


@dataclass(frozen=True)
class _Place:
    location: Location
    channel: str
    now: datetime

    def ask(self, prepared: Prepared, **given: Any) -> Iterator[dict[str, Any]]:
        return prepared.dicts(
            location=self.location.pk,
            merchant=self.location.merchant_id,
            channel=self.channel,
            **given,
        )


def _rows(model: Any) -> "QuerySet[Any, Any]":
    """The named objects of the merchant with what is special here and in this channel."""
    here = Q(at_locations__location=_LOCATION)
    channel = Q(dsp_prices__dsp=Given("channel", CharField()))
    rows: QuerySet[Any, Any] = model.objects.annotate(
        here=FilteredRelation("at_locations", condition=here),
        channel=FilteredRelation("dsp_prices", condition=channel),
    ).filter(
        merchant_id=Given("merchant", BigIntegerField()),
        provider_id__among=GivenMany("provider_ids", CharField()),
        archived_at=None,
    )
    return rows.order_by()


def _lines() -> "QuerySet[Any, Any]":
    """The named items with their families, and the named families, in one query."""
    here = Q(family__at_locations__location=_LOCATION)
    items = (
        _rows(models.Item)
        .annotate(family_here=FilteredRelation("family__at_locations", condition=here))
        .annotate(**{name: F(path) for name, (path, _) in _OF_FAMILY.items()})
        .annotate(has_items=Value(False, output_field=BooleanField()))
    )
    sizes = models.Item.objects.filter(family=OuterRef("pk"), archived_at=None)
    no_family = {name: Value(None, output_field=kind) for name, (_, kind) in _OF_FAMILY.items()}
    families = _rows(models.ItemFamily).annotate(**no_family, has_items=Exists(sizes))
    names = (*_OF_EACH, *_OF_FAMILY, "has_items")
    lines: QuerySet[Any, Any] = items.values(*names).union(families.values(*names), all=True)
    return lines


def _modifiers() -> "QuerySet[Any, Any]":
    """The named modifiers, once for each of the sizes at which they have a price of their own."""
    at_size = Q(size_prices__item__among=GivenMany("sizes", BigIntegerField()))
    rows = _rows(models.Modifier).annotate(size=FilteredRelation("size_prices", condition=at_size))
    named: QuerySet[Any, Any] = rows.values(*_OF_EACH, "size__item_id", "size__price_amount")
    return named


_LINES, _MODIFIERS = Prepared(_lines), Prepared(_modifiers)


def _thing(
    kind: str, row: dict[str, Any], now: datetime, has_items: bool = False, family: Any = None
) -> Thing:
    here_price = row["here__price_amount"]
    return Thing(
        kind=kind,
        key=row["pk"],
        provider_id=row["provider_id"],
        name=row["name"],
        is_active=row["is_active"] and _is_on(row, "here__", now),
        price_amount=row["price_amount"] if here_price is None else here_price,
        dsp_price_amount=row["channel__price_amount"],
        stock_count=row["here__stock_count"],
        family=family,
        has_items=has_items,
    )


def _item(row: dict[str, Any], now: datetime) -> Thing:
    family = Thing(
        kind="item_family",
        key=row["family_key"],
        provider_id=row["family_provider_id"],
        name=row["family_name"],
        is_active=row["family_is_active"]
        and row["family_archived_at"] is None
        and row["family_here_stock_count"] != 0
        and _is_on(row, "family_here_", now),
        price_amount=None,
        dsp_price_amount=None,
        stock_count=None,
        has_items=True,
    )
    return _thing("item", row, now, family=family)


def _is_on(row: dict[str, Any], where: str, now: datetime) -> bool:
    """Nothing said about a place means on; off until an instant that has passed, too."""
    until = row[f"{where}inactive_until"]
    return row[f"{where}is_active"] is not False or (until is not None and until <= now)


def _gather_modifiers(facts: Facts, place: _Place, provider_ids: set[str]) -> None:
    sizes = [item.key for item in facts.items.values()]
    for row in place.ask(_MODIFIERS, provider_ids=provider_ids, sizes=sizes):
        facts.modifiers[row["provider_id"]] = _thing("modifier", row, place.now)
        if row["size__item_id"] is not None:
            facts.size_prices[row["size__item_id"], row["pk"]] = row["size__price_amount"]


def _all_modifiers(order: Order) -> Iterator[LineModifier]:
    waiting: list[LineItem | LineModifier] = [*order.line_items]
    while waiting:
        below = waiting.pop().modifiers or []
        yield from below
        waiting.extend(below)
