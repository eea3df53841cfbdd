"""Look-up of an order's objects in the catalog, in three queries whatever its size."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
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
from catalog.compiled.menu import Family
from catalog.models import Location
from integration.db.compiled import CompiledQuery, ListParameter, Parameter
from orders.protocol.schema import LineItem, LineModifier, Order

from . import modifier_groups
from .modifier_groups import Offers
from .overlay import is_on

TWIN = "_item"  # `<family>_item` means a family without items (contract ORD-NEW).


class CatalogObject(msgspec.Struct, frozen=True):
    """An item, a family or a modifier, as sold at the order's location and channel."""

    kind: str
    key: int
    provider_id: str
    name: str
    is_active: bool
    price_amount: int | None
    dsp_price_amount: int | None
    stock_count: int | None
    family: "CatalogObject | None" = None
    has_items: bool = False


@dataclass
class Facts:
    """The catalog data that the rules need, by the IDs in the order."""

    items: dict[str, CatalogObject] = field(default_factory=dict)
    families: dict[str, CatalogObject] = field(default_factory=dict)
    modifiers: dict[str, CatalogObject] = field(default_factory=dict)
    size_prices: dict[int, dict[int, int]] = field(default_factory=dict)  # Item → modifier.
    offers: Offers = field(default_factory=Offers)

    def sold_as(self, provider_id: str) -> CatalogObject | None:
        """Return the object of a line's ID: an item, a family, or a family by its twin's ID."""
        found = self.items.get(provider_id) or self.families.get(provider_id)
        if found is None and provider_id.endswith(TWIN):
            found = self.families.get(provider_id.removesuffix(TWIN))
        return found


def load_facts(order: Order, location: Location, now: datetime) -> Facts:
    """Load the catalog data of every object in the order."""
    facts = Facts()
    line_ids = {line.provider_id for line in order.line_items if line.provider_id}
    channel = (order.source or "").lower()
    place = _Place(location, channel, now)
    twins = {line_id.removesuffix(TWIN) for line_id in line_ids if line_id.endswith(TWIN)}
    modifier_ids = {sent.provider_id for sent in _all_modifiers(order) if sent.provider_id}
    lines, modifiers = CompiledQuery.rows_of_each(
        (_LINES, place.parameters(line_ids | twins)), (_MODIFIERS, place.parameters(modifier_ids))
    )
    for row in lines:
        _add_line(facts, row, now)
    for row in modifiers:
        modifier = catalog_object("modifier", row, now)
        facts.modifiers[modifier.provider_id] = modifier
    _gather_groups(facts, location, now)
    return facts


def _gather_groups(facts: Facts, location: Location, now: datetime) -> None:
    """Load the groups below the objects, and the modifiers' prices by size."""
    items = [item.key for item in facts.items.values()]
    families = {family.key for family in facts.families.values()}
    families |= {item.family.key for item in facts.items.values() if item.family}
    modifiers = {modifier.key for modifier in facts.modifiers.values()}
    if not families:
        return
    queries = [modifier_groups.links_query(families, modifiers, location, now)]
    if items and modifiers:
        queries.append((_SIZE_PRICES, {"items": items, "modifiers": modifiers}))
    links, *size_prices = CompiledQuery.rows_of_each(*queries)
    facts.offers = modifier_groups.offers_of(links, now)
    for rows in size_prices:
        for item, modifier, price in rows:
            facts.size_prices.setdefault(item, {})[modifier] = price


# The columns of each object, and of an item's family with their aliases.
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


_LOCATION = Parameter("location", BigIntegerField())


@dataclass(frozen=True)
class _Place:
    location: Location
    channel: str
    now: datetime

    def parameters(self, provider_ids: set[str]) -> dict[str, Any]:
        return {
            "location": self.location.pk,
            "merchant": self.location.merchant_id,
            "channel": self.channel,
            "provider_ids": provider_ids,
        }


def _rows(model: Any) -> "QuerySet[Any, Any]":
    """Select the merchant's objects in the order, with their overlays for location and channel."""
    here = Q(at_locations__location=_LOCATION)
    channel = Q(dsp_prices__dsp=Parameter("channel", CharField()))
    rows: QuerySet[Any, Any] = model.objects.annotate(
        here=FilteredRelation("at_locations", condition=here),
        channel=FilteredRelation("dsp_prices", condition=channel),
    ).filter(
        merchant_id=Parameter("merchant", BigIntegerField()),
        provider_id__among=ListParameter("provider_ids", CharField()),
        archived_at=None,
    )
    return rows.order_by()


def _lines() -> "QuerySet[Any, Any]":
    """Select the items in the order with their families, and the families, in one query."""
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
    lines: QuerySet[Any, Any] = items.values_list(*names).union(
        families.values_list(*names), all=True
    )
    return lines


def _modifiers() -> "QuerySet[Any, Any]":
    named: QuerySet[Any, Any] = _rows(models.Modifier).values_list(*_OF_EACH)
    return named


def _prices_at_sizes() -> "QuerySet[Any, Any]":
    """Select the prices that items set for their modifiers."""
    named: QuerySet[Any, Any] = models.ItemModifierPrice.objects.filter(
        item__among=ListParameter("items", BigIntegerField()),
        modifier__among=ListParameter("modifiers", BigIntegerField()),
    )
    return named.order_by().values_list("item_id", "modifier_id", "price_amount")


_LINES, _MODIFIERS, _SIZE_PRICES = map(CompiledQuery, (_lines, _modifiers, _prices_at_sizes))


def catalog_object(
    kind: str,
    row: Sequence[Any],
    now: datetime,
    *,
    family: CatalogObject | None = None,
    has_items: bool = False,
) -> CatalogObject:
    """Return the object of a row with the columns of `_OF_EACH`."""
    key, provider_id, name, is_active, price, is_on_here, until, price_here, left, at_dsp = row
    return CatalogObject(
        kind=kind,
        key=key,
        provider_id=provider_id,
        name=name,
        is_active=is_active and is_on(is_on_here, until, now),
        price_amount=price if price_here is None else price_here,
        dsp_price_amount=at_dsp,
        stock_count=left,
        family=family,
        has_items=has_items,
    )


def _add_line(facts: Facts, row: Sequence[Any], now: datetime) -> None:
    *of_family, has_items = row[len(_OF_EACH) :]
    row = row[: len(_OF_EACH)]
    family_key, name, provider_id, is_active, archived_at, *here = of_family
    if family_key is None:
        thing = catalog_object("item_family", row, now, has_items=has_items)
        facts.families[thing.provider_id] = thing
    else:
        family = Family(family_key, provider_id, name, is_active and archived_at is None)
        thing = catalog_object("item", row, now, family=family_of_item(family, here, now))
        facts.items[thing.provider_id] = thing


def family_of_item(family: Family, here: Sequence[Any], now: datetime) -> CatalogObject:
    """Return an item's family; `here` is its row at the location: active, until, stock."""
    is_on_here, until, left = here
    return CatalogObject(
        kind="item_family",
        key=family.key,
        provider_id=family.provider_id,
        name=family.name,
        is_active=family.is_active and left != 0 and is_on(is_on_here, until, now),
        price_amount=None,
        dsp_price_amount=None,
        stock_count=None,
        has_items=True,
    )


def _all_modifiers(order: Order) -> Iterator[LineModifier]:
    stack: list[LineItem | LineModifier] = [*order.line_items]
    while stack:
        below = stack.pop().modifiers or []
        yield from below
        stack.extend(below)
