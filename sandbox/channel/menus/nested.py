"""Write a menu file of version 1, which repeats objects where they occur (DSP-MENU-V1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.errors import SandboxError

MAX_OBJECTS = 200_000
Fields = dict[str, Any]
_RULES_BESIDE = "default_modifier_quantities"


def nested_menu(flat: Mapping[str, Any], families_off: frozenset[str] = frozenset()) -> Fields:
    """Return a flat file's content in version 1; `families_off` are items switched off as such."""
    return _Nesting(flat, families_off).build()


class _Nesting:
    def __init__(self, flat: Mapping[str, Any], families_off: frozenset[str]) -> None:
        self._flat = flat
        self._families_off = families_off
        self._by_id: dict[str, dict[str, Fields]] = {
            array: {row["stream_id"]: row for row in flat[array]}
            for array in ("categories", "item_families", "items", "modifier_groups", "modifiers")
        }
        self._count = 0

    def build(self) -> Fields:
        return {
            "prep_time_minutes": self._flat["prep_time_minutes"],
            "menus": [self._menu(menu) for menu in self._flat["menus"]],
            "holidays": self._flat["holidays"],
            "taxes": self._flat["taxes"],
        }

    def _menu(self, menu: Fields) -> Fields:
        categories = [self._by_id["categories"][key] for key in menu["category_ids"]]
        return {
            **_without(menu, "category_ids"),
            "categories": [
                _without(category, "item_family_ids")
                | {"items": [self._item(key) for key in category["item_family_ids"]]}
                for category in categories
            ],
        }

    def _item(self, family_id: str) -> Fields:
        self._counted()
        family = self._by_id["item_families"][family_id]
        variations = [self._by_id["items"][key] for key in family["item_ids"]]
        prices = self._dearest(variations)
        image = family.get("images")
        return {
            **_without(family, "item_ids", "modifier_group_ids", "images"),
            "is_active": family_id not in self._families_off,
            "images": [image] if image else [],
            "variations": [self._variation(variation) for variation in variations],
            "modifier_groups": [
                self._group(key, prices, ()) for key in family["modifier_group_ids"]
            ],
        }

    def _variation(self, variation: Fields) -> Fields:
        self._counted()
        return _without(variation, "modifier_overrides")

    def _group(self, group_id: str, prices: Mapping[str, int], path: tuple[str, ...]) -> Fields:
        group = self._by_id["modifier_groups"][group_id]
        rules = dict(group["rules"])
        defaults = rules.pop(_RULES_BESIDE, None)
        inside = (*path, group_id)
        return {
            **_without(group, "modifier_ids", "rules"),
            "rules": rules,
            **({_RULES_BESIDE: defaults} if defaults else {}),
            "modifiers": [self._modifier(key, prices, inside) for key in group["modifier_ids"]],
        }

    def _modifier(self, key: str, prices: Mapping[str, int], path: tuple[str, ...]) -> Fields:
        self._counted()
        modifier = self._by_id["modifiers"][key]
        nested = modifier.get("nested_modifier_group_ids", [])
        return {
            **_without(modifier, "nested_modifier_group_ids"),
            "price": prices.get(key, modifier["price"]),
            "nested_modifier_groups": [
                self._group(group_id, prices, path) for group_id in nested if group_id not in path
            ],
        }

    def _dearest(self, variations: list[Fields]) -> Mapping[str, int]:
        """Return the highest price of each overridden modifier: here all variations share one.

        An order's prices are never below the POS's (DSP-RULES-SUM).
        """
        own = [
            {row["modifier_id"]: row["price_amount"] for row in item.get("modifier_overrides", [])}
            for item in variations
        ]
        base = {key: self._by_id["modifiers"][key]["price"] for prices in own for key in prices}
        return {key: max(prices.get(key, price) for prices in own) for key, price in base.items()}

    def _counted(self) -> None:
        self._count += 1
        if self._count > MAX_OBJECTS:
            raise SandboxError("This menu is too large for version 1: publish version 2.")


def _without(row: Fields, *names: str) -> Fields:
    return {name: value for name, value in row.items() if name not in names}
