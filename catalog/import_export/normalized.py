"""The form in which a catalog from a file and one from the database are compared.

Objects are fields by kind and provider_id, named as in the models; what belongs to an object
(ordered links, prices, images) is a list of values by part and the owner's provider_id.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from catalog.hours import weekly as weekly_hours
from catalog.menu.loader import MenuData, Offers
from catalog.snapshots import serializer as catalog_serializer

from . import schema as catalog_schema
from . import week
from .parts import PARTS, Values

Fields = dict[str, Any]


@dataclass
class State:
    """A catalog's objects, what belongs to them, and their stock."""

    objects: dict[str, dict[str, Fields]]
    parts: dict[str, dict[str, list[Values]]] = field(
        default_factory=lambda: {part: {} for part in PARTS}
    )
    # The stock of items for which all locations agree; an item without an entry is not counted.
    stock: dict[str, int] = field(default_factory=dict)


def from_catalog(catalog: catalog_schema.Catalog) -> State:
    """Return the state that a validated file describes."""
    family_and_position = {
        item: (family.provider_id, position)
        for family in catalog.item_family
        for position, item in enumerate(family.item_ids or ())
    }
    state = State(
        {
            "tax": {row.provider_id: _tax(row) for row in catalog.tax},
            "menu": {
                row.provider_id: {"name": row.name, "schedule": week.split(row.schedule)}
                for row in catalog.menu
            },
            "category": {
                row.provider_id: {"name": row.name, "description": row.description or ""}
                for row in catalog.category
            },
            "item_family": {row.provider_id: _family(row) for row in catalog.item_family},
            "item": {
                row.provider_id: _item(row, *family_and_position[row.provider_id])
                for row in catalog.item
            },
            "modifier_group": {row.provider_id: _group(row) for row in catalog.modifier_group},
            "modifier": {row.provider_id: _priced(row) for row in catalog.modifier},
        }
    )
    _parts_from_catalog(state, catalog)
    state.stock = {
        row.provider_id: row.stock_count for row in catalog.item if row.stock_count is not None
    }
    return state


def _tax(row: catalog_schema.Tax) -> Fields:
    return {
        "name": row.name,
        "is_active": row.is_active,
        "rate": Decimal(str(row.rate)),
        "is_default": row.is_default,
        "is_inclusive": row.is_inclusive,
    }


def _priced(row: catalog_schema.Priced) -> Fields:
    return {
        "name": row.name,
        "is_active": row.is_active,
        "price_amount": row.price_amount,
        "sku": row.sku or "",
    }


def _family(row: catalog_schema.Family) -> Fields:
    return {
        **_priced(row),
        "description": row.description or "",
        "is_alcohol": row.is_alcohol,
        "allergens": row.allergens or [],
        "default_item": row.default_item_id,
    }


def _item(row: catalog_schema.Item, family: str, position: int) -> Fields:
    return {**_priced(row), "upc": row.upc or "", "family": family, "position": position}


def _group(row: catalog_schema.Group) -> Fields:
    return {
        "name": row.name,
        "is_active": row.is_active,
        "selection_type": row.rules.selection_type,
        "minimum_unique_modifiers": row.rules.minimum_unique_modifiers_allowed,
        "maximum_unique_modifiers": row.rules.maximum_unique_modifiers_allowed,
        "free_modifiers": row.rules.amount_of_modifiers_free,
    }


def _parts_from_catalog(state: State, catalog: catalog_schema.Catalog) -> None:
    parts = state.parts
    for category in catalog.category:
        parts["item_family_ids"][category.provider_id] = _singles(category.item_family_ids)
    for menu in catalog.menu:
        parts["category_ids"][menu.provider_id] = _singles(menu.category_ids)
    for family in catalog.item_family:
        parts["tax_ids"][family.provider_id] = _singles(family.tax_ids)
        parts["modifier_group_ids"][family.provider_id] = _singles(family.modifier_group_ids)
        parts["images of families"][family.provider_id] = _images(family.images)
        parts["channel prices of families"][family.provider_id] = _channels(family)
    for group in catalog.modifier_group:
        quantities = group.rules.default_modifier_quantities or {}
        parts["modifier_ids"][group.provider_id] = [
            (modifier_id, quantities.get(modifier_id, 0))
            for modifier_id in group.modifier_ids or ()
        ]
    for modifier in catalog.modifier:
        nested = _singles(modifier.modifier_group_ids)
        parts["nested modifier_group_ids"][modifier.provider_id] = nested
        parts["images of modifiers"][modifier.provider_id] = _images(modifier.images)
        parts["channel prices of modifiers"][modifier.provider_id] = _channels(modifier)
    for item in catalog.item:
        parts["channel prices of items"][item.provider_id] = _channels(item)
        parts["modifier_overrides"][item.provider_id] = [
            (override.modifier_id, override.price_amount)
            for override in item.modifier_overrides or ()
        ]


def _singles(ids: list[str] | None) -> list[Values]:
    return [(provider_id,) for provider_id in ids or ()]


def _images(images: list[catalog_schema.Image] | None) -> list[Values]:
    return [(image.provider_url,) for image in images or ()]


def _channels(row: catalog_schema.Priced) -> list[Values]:
    return [(price.dsp, price.price_amount) for price in row.dsp_price_amount_overrides or ()]


def from_database(menu: MenuData, offers: Iterable[Offers]) -> State:
    """Return what Get Catalog shows of the menu, without the objects that it leaves out."""
    ids = _shown_ids(menu)
    state = State({kind: _objects(kind, menu, ids) for kind in ids})
    _links_from_database(state, menu, ids)
    for kind, name in (("item_family", "families"), ("item", "items"), ("modifier", "modifiers")):
        state.parts[f"channel prices of {name}"] = {
            ids[kind][key]: [(row["dsp"], row["price_amount"]) for row in rows]
            for key, rows in menu.dsp_prices[kind].items()
            if key in ids[kind]
        }
    for kind, name in (("item_family", "families"), ("modifier", "modifiers")):
        state.parts[f"images of {name}"] = {
            ids[kind][key]: [(row["provider_url"],) for row in rows]
            for key, rows in menu.images[kind].items()
            if key in ids[kind]
        }
    stock = agreed_stock(list(offers))
    state.stock = {ids["item"][key]: count for key, count in stock.items() if key in ids["item"]}
    return state


def _shown_ids(menu: MenuData) -> dict[str, dict[int, str]]:
    shown = catalog_serializer.Writer(menu, Offers()).rows
    ids = {
        kind: {key: row["provider_id"] for key, row in rows.items()} for kind, rows in shown.items()
    }
    ids["item"] = {
        key: row["provider_id"]
        for key, row in shown["item"].items()
        if row["family_id"] in shown["item_family"]
    }
    return ids


def _objects(kind: str, menu: MenuData, ids: dict[str, dict[int, str]]) -> dict[str, Fields]:
    objects: dict[str, Fields] = {}
    for key, provider_id in ids[kind].items():
        row = menu.rows[kind][key]
        fields = {name: row[name] for name in row if name not in ("pk", "provider_id")}
        if kind in ("menu", "category"):
            del fields["is_active"]  # Stream has no such field.
        if kind == "menu":
            fields["schedule"] = weekly_hours.full_week(fields["schedule"])
        if kind == "item":
            fields["family"] = ids["item_family"][fields.pop("family_id")]
        if kind == "item_family":
            fields["default_item"] = ids["item"].get(fields.pop("default_item_id"))
        objects[provider_id] = fields
    if kind == "item_family":
        for family in {row["family_id"] for row in menu.rows["item"].values()} & set(ids[kind]):
            objects[ids[kind][family]]["price_amount"] = None  # A family with items has no price.
    return objects


def _links_from_database(state: State, menu: MenuData, ids: dict[str, dict[int, str]]) -> None:
    names = {
        "item_family_ids": "category_families",
        "category_ids": "menu_categories",
        "tax_ids": "family_taxes",
        "modifier_group_ids": "family_groups",
        "nested modifier_group_ids": "modifier_groups",
    }
    for name, link in names.items():
        part = PARTS[name]
        targets = ids[part.target]
        state.parts[name] = {
            ids[part.owner][key]: [(targets[target],) for target in linked if target in targets]
            for key, linked in menu.links[link].items()
            if key in ids[part.owner]
        }
    _modifiers_from_database(state, menu, ids)


def _modifiers_from_database(state: State, menu: MenuData, ids: dict[str, dict[int, str]]) -> None:
    quantities, modifiers = menu.default_quantities, ids["modifier"]
    state.parts["modifier_ids"] = {
        ids["modifier_group"][key]: [
            (modifiers[modifier], quantities.get((key, modifier), 0))
            for modifier in linked
            if modifier in modifiers
        ]
        for key, linked in menu.links["group_modifiers"].items()
        if key in ids["modifier_group"]
    }
    state.parts["modifier_overrides"] = {
        ids["item"][key]: [
            (modifiers[modifier], price) for modifier, price in prices if modifier in modifiers
        ]
        for key, prices in menu.size_prices.items()
        if key in ids["item"]
    }


def agreed_stock(offers: list[Offers]) -> dict[int, int]:
    """Return the stock of the items that all locations count and agree on."""
    agreed: Counter[tuple[int, int]] = Counter()
    for of_location in offers:
        for key, offer in of_location.by_kind["item"].items():
            if offer.stock_count is not None:
                agreed[key, offer.stock_count] += 1
    return {key: stock for (key, stock), count in agreed.items() if count == len(offers)}
