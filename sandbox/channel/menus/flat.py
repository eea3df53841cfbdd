"""Turn a POS's catalog into a menu file of version 2, flat and with Stream's ids (DSP-MENU-V2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sandbox.records import CATALOG_ARRAYS
from sandbox.stream.menu import Menu, Row, ids
from sandbox.wire.findings import is_whole, rows

from .stream_ids import only_item_of

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ALL_DAY = "sandbox-all-day"
DEFAULT_TAX = "sandbox-tax"
_FAMILY_TEXTS = ("description", "allergens", "is_alcohol")
_ITEM_FIELDS = ("sku", "upc", "stock_count")
_RULES = (
    "selection_type",
    "minimum_unique_modifiers_allowed",
    "maximum_unique_modifiers_allowed",
    "amount_of_modifiers_free",
)
# Gives Stream's id of an object by its kind and the POS's id.
NewId = Callable[[str, str], str]
Fields = dict[str, Any]


class FlatMenu:
    """A catalog with the prices of one channel, whose unusable objects are left out.

    Version 2 has no switch for a family, so its items are off with it unless `families_switch`.
    """

    def __init__(
        self,
        catalog: Mapping[str, Any],
        new_id: NewId,
        channel: str,
        *,
        families_switch: bool = False,
    ) -> None:
        self._families_switch = families_switch
        self._catalog = catalog
        self._new_id = new_id
        self._prices = Menu(catalog, channel)
        self._rows: dict[str, dict[str, Row]] = {
            kind: {
                row["provider_id"]: row
                for row in rows(catalog.get(kind))
                if isinstance(row.get("provider_id"), str)
            }
            for kind in CATALOG_ARRAYS
        }
        self._taxes = self._active_taxes()

    def build(self, *, prep_time_minutes: int, holidays: list[Any]) -> Fields:
        families, items = self._families()
        return {
            "prep_time_minutes": prep_time_minutes,
            "menus": self._menus(),
            "categories": [
                self._object("category", row)
                | _given(row, ("description",))
                | {"item_family_ids": self._links(row, "item_family_ids", "item_family")}
                for row in self._rows["category"].values()
            ],
            "item_families": families,
            "items": items,
            "modifier_groups": [self._group(row) for row in self._groups()],
            "modifiers": [self._modifier(row) for row in self._rows["modifier"].values()],
            "holidays": holidays,
            "taxes": [self._tax(row) for row in self._taxes.values()],
        }

    def families_off(self) -> frozenset[str]:
        return frozenset(
            self._new_id("item_family", provider_id)
            for provider_id, row in self._rows["item_family"].items()
            if row.get("is_active") is False
        )

    def _menus(self) -> list[Fields]:
        """Return the menus; a catalog without one gets one that is always open."""
        menus = list(self._rows["menu"].values()) or [
            {
                "provider_id": ALL_DAY,
                "name": "All day",
                "category_ids": list(self._rows["category"]),
                "schedule": {day: ["00:00-23:59"] for day in DAYS},
            }
        ]
        return [
            self._object("menu", row)
            | {
                "category_ids": self._links(row, "category_ids", "category"),
                "schedule": _week(row.get("schedule")),
            }
            for row in menus
        ]

    def _families(self) -> tuple[list[Fields], list[Fields]]:
        """Return the families, and the items of all of them once each."""
        families: list[Fields] = []
        items: dict[str, Fields] = {}
        for family in self._rows["item_family"].values():
            own = [self._item(row, family) for row in self._items_of(family)]
            families.append(self._family(family, own))
            for item in own:
                items.setdefault(item["stream_id"], item)
        return families, list(items.values())

    def _items_of(self, family: Row) -> list[Row]:
        """Return the family's priced items; one that stands for it if it has none."""
        if ids(family, "item_ids"):
            own = [self._rows["item"].get(item_id) for item_id in ids(family, "item_ids")]
        else:
            own = [{**family, "provider_id": only_item_of(family["provider_id"])}]
        return [row for row in own if row is not None and self._prices.price(row) is not None]

    def _family(self, family: Row, own: list[Fields]) -> Fields:
        tax_ids = [tax_id for tax_id in ids(family, "tax_ids") if tax_id in self._rows["tax"]]
        chosen = tax_ids or [tax_id for tax_id, tax in self._taxes.items() if tax["is_default"]]
        default = family.get("default_item_id")
        default = default if default in ids(family, "item_ids") else None
        images = _urls(family)
        return {
            **self._object("item_family", family),
            **_given(family, _FAMILY_TEXTS),
            "item_ids": [item["stream_id"] for item in own],
            "modifier_group_ids": self._links(family, "modifier_group_ids", "modifier_group"),
            "tax_ids": [self._new_id("tax", tax_id) for tax_id in chosen if tax_id in self._taxes],
            **({"default_item_id": self._new_id("item", default)} if default else {}),
            **({"images": {"url": images[0]}} if images else {}),
        }

    def _item(self, row: Row, family: Row) -> Fields:
        is_active = row.get("is_active") is not False and (
            self._families_switch or family.get("is_active") is not False
        )
        overrides = [
            {
                "modifier_id": self._new_id("modifier", override["modifier_id"]),
                "price_amount": self._prices.modifier_price(modifier, row),
            }
            for override in rows(row.get("modifier_overrides"))
            if (modifier := self._rows["modifier"].get(str(override.get("modifier_id"))))
        ]
        return {
            **self._priced("item", row),
            "is_active": is_active,
            **_given(row, _ITEM_FIELDS),
            **({"modifier_overrides": overrides} if overrides else {}),
        }

    def _groups(self) -> Iterable[Row]:
        """Yield the groups of the file: one that is off stays if it is required, without options.

        So nobody can order what needs it. An optional one is left out.
        """
        for group in self._rows["modifier_group"].values():
            if group.get("is_active") is not False:
                yield group
            elif self._is_kept(group):
                yield {**group, "modifier_ids": []}

    def _is_kept(self, group: Row) -> bool:
        minimum = _rules(group).get("minimum_unique_modifiers_allowed")
        return group.get("is_active") is not False or (is_whole(minimum) and minimum > 0)

    def _group(self, group: Row) -> Fields:
        rules = _rules(group)
        defaults = rules.get("default_modifier_quantities")
        kept: Fields = _given(rules, _RULES)
        if isinstance(defaults, dict) and defaults:
            kept["default_modifier_quantities"] = {
                self._new_id("modifier", modifier_id): quantity
                for modifier_id, quantity in defaults.items()
                if modifier_id in self._rows["modifier"]
            }
        return {
            **self._object("modifier_group", group),
            "modifier_ids": self._links(group, "modifier_ids", "modifier"),
            "rules": kept,
        }

    def _modifier(self, modifier: Row) -> Fields:
        nested = self._links(modifier, "modifier_group_ids", "modifier_group")
        images = _urls(modifier)
        return {
            **self._object("modifier", modifier),
            "price": self._prices.modifier_price(modifier, None),
            "currency": self._prices.currency,
            "is_active": modifier.get("is_active") is not False,
            **({"images": [{"url": url} for url in images]} if images else {}),
            **({"nested_modifier_group_ids": nested} if nested else {}),
        }

    def _active_taxes(self) -> dict[str, Row]:
        """Return the taxes in use; one from the default rate if there are none."""
        taxes = {key: row for key, row in self._rows["tax"].items() if row.get("is_active", True)}
        rate = self._catalog.get("tax_rate")
        if not self._rows["tax"] and isinstance(rate, (int, float)) and rate > 0:
            tax = {"provider_id": DEFAULT_TAX, "name": "Tax", "rate": rate, "is_default": True}
            taxes = {DEFAULT_TAX: tax}
        return {key: {"is_default": False, **row} for key, row in taxes.items()}

    def _tax(self, tax: Row) -> Fields:
        return {
            **self._object("tax", tax),
            "rate": tax.get("rate", 0),
            "is_default": tax["is_default"],
            "is_inclusive": tax.get("is_inclusive", False),
        }

    def _priced(self, kind: str, row: Row) -> Fields:
        price = {"price": self._prices.price(row), "currency": self._prices.currency}
        return self._object(kind, row) | price

    def _object(self, kind: str, row: Row) -> Fields:
        return {
            "stream_id": self._new_id(kind, row["provider_id"]),
            "name": str(row.get("name", "")),
        }

    def _links(self, row: Row, key: str, kind: str) -> list[str]:
        """Return Stream's ids of the linked objects, without those that are not in the file."""
        known = self._rows[kind]
        return [
            self._new_id(kind, linked)
            for linked in ids(row, key)
            if linked in known and (kind != "modifier_group" or self._is_kept(known[linked]))
        ]


def _given(row: Mapping[str, Any], names: tuple[str, ...]) -> Fields:
    return {name: row[name] for name in names if row.get(name) is not None}


def _rules(group: Row) -> Mapping[str, Any]:
    rules = group.get("rules")
    return rules if isinstance(rules, dict) else {}


def _urls(row: Row) -> list[str]:
    images = rows(row.get("images"))
    return [image["provider_url"] for image in images if isinstance(image.get("provider_url"), str)]


def _week(schedule: Any) -> dict[str, Any]:
    known = schedule if isinstance(schedule, dict) else {}
    return {day: known.get(day, []) for day in DAYS}
