"""Read a merchant's menu and each location's overlay in few queries.

The menu is read once; catalog.snapshots.serializer then writes it for each location, or for all of
them together (the global catalog).
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from catalog import models
from integration.models import Merchant

Row = dict[str, Any]
Links = dict[int, list[int]]  # An object's key → the linked objects' keys, in order.

_OBJECT = ("pk", "provider_id", "name", "is_active")
# The further columns read of each kind of object.
_FIELDS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "tax": (models.Tax, ("rate", "is_default", "is_inclusive")),
    "menu": (models.Menu, ("schedule",)),
    "category": (models.Category, ("description",)),
    "item_family": (
        models.ItemFamily,
        ("description", "price_amount", "sku", "is_alcohol", "allergens", "default_item_id"),
    ),
    "item": (models.Item, ("family_id", "position", "price_amount", "sku", "upc")),
    "modifier_group": (
        models.ModifierGroup,
        (
            "selection_type",
            "minimum_unique_modifiers",
            "maximum_unique_modifiers",
            "free_modifiers",
        ),
    ),
    "modifier": (models.Modifier, ("price_amount", "sku")),
}


@dataclass(frozen=True)
class Offer:
    """An object's availability, price and stock at the location the catalog is rendered for."""

    is_active: bool = True
    price_amount: int | None = None
    stock_count: int | None = None


NO_OVERRIDE = Offer()


@dataclass
class Offers:
    """The offers of one location, or of all together, by kind and key."""

    by_kind: dict[str, dict[int, Offer]] = field(default_factory=lambda: defaultdict(dict))

    def get(self, kind: str, key: int) -> Offer:
        return self.by_kind[kind].get(key, NO_OVERRIDE)

    def overlay(self) -> frozenset[object]:
        """Return what differs from the menu; locations with equal overlays have equal catalogs."""
        return frozenset(
            (kind, key, offer)
            for kind, offers in self.by_kind.items()
            for key, offer in offers.items()
            if offer != NO_OVERRIDE
        )


@dataclass
class MenuData:
    """A merchant's whole menu as read from the database: rows by kind, and links."""

    currency: str
    rows: dict[str, dict[int, Row]]
    links: dict[str, Links]
    default_quantities: dict[tuple[int, int], int]
    dsp_prices: dict[str, dict[int, list[Row]]]
    size_prices: dict[int, list[tuple[int, int]]]
    images: dict[str, dict[int, list[Row]]]
    kept_pictures: set[str]  # The image URLs that serve an uploaded picture.


def read_menu(merchant: Merchant) -> MenuData:
    """Read everything that is not archived, in a fixed number of queries."""
    rows = {
        kind: _rows(model.objects.filter(merchant=merchant, archived_at=None), *_OBJECT, *fields)
        for kind, (model, fields) in _FIELDS.items()
    }
    links, default_quantities = _links(merchant)
    kept_pictures: set[str] = set()
    return MenuData(
        currency=merchant.currency.lower(),
        rows=rows,
        links=links,
        default_quantities=default_quantities,
        dsp_prices={
            "item_family": _dsp_prices(models.FamilyDspPrice, merchant),
            "item": _dsp_prices(models.ItemDspPrice, merchant),
            "modifier": _dsp_prices(models.ModifierDspPrice, merchant),
        },
        size_prices=_size_prices(merchant),
        images={
            "item_family": _images(models.FamilyImage, merchant, kept_pictures),
            "modifier": _images(models.ModifierImage, merchant, kept_pictures),
        },
        kept_pictures=kept_pictures,
    )


def _rows(queryset: Any, *fields: str) -> dict[int, Row]:
    return {row["pk"]: row for row in queryset.order_by("pk").values(*fields)}


def _links(merchant: Merchant) -> tuple[dict[str, Links], dict[tuple[int, int], int]]:
    plain = {
        "menu_categories": (models.MenuCategory, "menu", "category"),
        "category_families": (models.CategoryFamily, "category", "family"),
        "family_taxes": (models.FamilyTax, "family", "tax"),
        "family_groups": (models.FamilyModifierGroup, "family", "group"),
        "modifier_groups": (models.ModifierNestedGroup, "modifier", "group"),
    }
    links: dict[str, Links] = {}
    for name, (model, owner, other) in plain.items():
        rows: Any = (
            model._default_manager.filter(**{f"{owner}__merchant": merchant})
            .order_by("position", "pk")
            .values_list(f"{owner}_id", f"{other}_id")
        )
        links[name] = _grouped(rows)
    members = list(
        models.GroupModifier.objects.filter(group__merchant=merchant)
        .order_by("position", "pk")
        .values_list("group_id", "modifier_id", "default_quantity")
    )
    links["group_modifiers"] = _grouped((group, modifier) for group, modifier, _ in members)
    return links, {(group, modifier): count for group, modifier, count in members if count}


def _grouped(pairs: Iterable[tuple[int, Any]]) -> dict[int, list[Any]]:
    grouped: dict[int, list[Any]] = defaultdict(list)
    for owner, other in pairs:
        grouped[owner].append(other)
    return grouped


def _dsp_prices(model: Any, merchant: Merchant) -> dict[int, list[Row]]:
    rows = (
        model.objects.filter(object__merchant=merchant)
        .order_by("dsp")
        .values_list("object_id", "dsp", "price_amount")
    )
    return _grouped((key, {"dsp": dsp, "price_amount": price}) for key, dsp, price in rows)


def _size_prices(merchant: Merchant) -> dict[int, list[tuple[int, int]]]:
    rows = (
        models.ItemModifierPrice.objects.filter(item__merchant=merchant)
        .order_by("pk")
        .values_list("item_id", "modifier_id", "price_amount")
    )
    return _grouped((item, (modifier, price)) for item, modifier, price in rows)


def _images(model: Any, merchant: Merchant, uploaded_urls: set[str]) -> dict[int, list[Row]]:
    rows = list(
        model.objects.filter(object__merchant=merchant)
        .order_by("position", "pk")
        .values_list("object_id", "url", "picture_id")
    )
    uploaded_urls.update(url for _, url, picture in rows if picture is not None)
    return _grouped((key, {"provider_url": url}) for key, url, _ in rows)


_AT_LOCATION: list[tuple[str, Any]] = [
    ("item_family", models.FamilyAtLocation),
    ("item", models.ItemAtLocation),
    ("modifier", models.ModifierAtLocation),
    ("modifier_group", models.GroupAtLocation),
]


def read_offers(
    locations: list[models.Location], now: datetime
) -> tuple[dict[int, Offers], datetime | None]:
    """Return each location's offers, and the next time one of them changes by itself."""
    offers: dict[int, Offers] = {location.pk: Offers() for location in locations}
    next_change: datetime | None = None
    for kind, model in _AT_LOCATION:
        columns = ("price_amount", "stock_count") if kind != "modifier_group" else ()
        rows = model.objects.filter(location__in=locations).values_list(
            "location_id", "object_id", "is_active", "inactive_until", *columns
        )
        for location, key, is_active, until, *price_columns in rows:
            back_on = not is_active and until is not None and until <= now
            if not is_active and until is not None and not back_on:
                next_change = min(next_change or until, until)
            price, stock = price_columns or (None, None)
            available = (is_active or back_on) and (stock is None or stock > 0)
            offers[location].by_kind[kind][key] = Offer(available, price, stock)
    return offers, next_change


def global_offers(offers: Iterable[Offers]) -> Offers:
    """Merge the offers: base prices, active if active at any location (contract CAT)."""
    everywhere = list(offers)
    merged = Offers()
    for kind, _ in _AT_LOCATION:
        keys = {key for location_offers in everywhere for key in location_offers.by_kind[kind]}
        for key in keys:
            merged.by_kind[kind][key] = Offer(
                any(location_offers.get(kind, key).is_active for location_offers in everywhere)
            )
    return merged
