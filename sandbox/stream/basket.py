"""Build order lines that satisfy every rule of the catalog (CAT, ORD-NEW)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.wire.findings import is_whole

from .menu import Menu, Offer, Row, ids

Line = dict[str, Any]
MAX_FILLED_GROUPS = 2000  # Far more than a real line needs; stops hostile catalogs.
GENEROUS_DEPTH = 3


class Basket:
    """Choose modifiers: all required ones and, if generous, one from each optional group."""

    def __init__(self, menu: Menu, *, wanted_modifier: str = "") -> None:
        self._menu = menu
        self._wanted = wanted_modifier
        self._budget = 0

    def line(self, offer: Offer, *, quantity: int = 1, generous: bool = False) -> Line | None:
        """Build a line, or return None if the offer's required groups cannot be filled."""
        self._budget = MAX_FILLED_GROUPS
        groups = ids(offer.family, "modifier_group_ids")
        modifiers = self._fill(groups, offer.item, generous, path=())
        if modifiers is None:
            return None
        return {
            "provider_id": offer.provider_id,
            "name": str(offer.row.get("name", "")),
            "quantity": quantity,
            "price_amount": self._menu.price(offer.row),
            "price_currency": self._menu.currency,
            "modifiers": modifiers,
        }

    def _fill(
        self, group_ids: list[str], item: Row | None, generous: bool, path: tuple[str, ...]
    ) -> list[Line] | None:
        chosen: list[Line] = []
        for group_id in group_ids:
            lines = self._pick(group_id, item, generous, path)
            if lines is None:
                return None
            chosen += lines
        return chosen

    def _pick(
        self, group_id: str, item: Row | None, generous: bool, path: tuple[str, ...]
    ) -> list[Line] | None:
        group = self._menu.groups.get(group_id)
        if group is None:
            return []
        minimum, maximum = limits(group)
        is_wanted = self._wanted in ids(group, "modifier_ids") and bool(self._wanted)
        is_extra = generous and len(path) < GENEROUS_DEPTH
        count = min(max(minimum, 1 if is_wanted or is_extra else 0), maximum)
        self._budget -= 1
        if self._budget < 0 or group_id in path or group.get("is_active") is False:
            return None if minimum else []
        picked: list[Line] = []
        for modifier in self._candidates(group):
            if len(picked) == count:
                break
            line = self._modifier(modifier, group_id, item, generous, path)
            picked += [line] if line is not None else []
        return picked if len(picked) >= minimum else None

    def _modifier(
        self, modifier: Row, group_id: str, item: Row | None, generous: bool, path: tuple[str, ...]
    ) -> Line | None:
        nested = self._fill(
            ids(modifier, "modifier_group_ids"), item, generous, path=(*path, group_id)
        )
        if nested is None:
            return None
        line: Line = {
            "provider_id": modifier["provider_id"],
            "modifier_group_id": group_id,
            "name": str(modifier.get("name", "")),
            "quantity": 1,
            "price_amount": self._menu.modifier_price(modifier, item),
            "price_currency": self._menu.currency,
        }
        return {**line, "modifiers": nested} if nested else line

    def _candidates(self, group: Row) -> list[Row]:
        """Return the wanted modifier first, even if switched off, then the group's defaults."""
        rules = rules_of(group)
        defaults = rules.get("default_modifier_quantities")
        preferred = defaults if isinstance(defaults, dict) else {}
        known = [self._menu.modifiers.get(i) for i in ids(group, "modifier_ids")]
        offered = [
            row
            for row in known
            if row is not None
            and (row.get("is_active") is not False or row["provider_id"] == self._wanted)
        ]
        return sorted(
            offered,
            key=lambda row: (
                row["provider_id"] != self._wanted,
                row["provider_id"] not in preferred,
            ),
        )


def rules_of(group: Row) -> Mapping[str, Any]:
    rules = group.get("rules")
    return rules if isinstance(rules, dict) else {}


def limits(group: Row) -> tuple[int, int]:
    """Return the minimum and maximum of distinct modifiers; no maximum means all."""
    rules = rules_of(group)
    minimum = rules.get("minimum_unique_modifiers_allowed")
    maximum = rules.get("maximum_unique_modifiers_allowed")
    return (
        minimum if is_whole(minimum) else 0,
        maximum if is_whole(maximum) else len(ids(group, "modifier_ids")),
    )


def unit_total(line: Mapping[str, Any]) -> int:
    """Return the unit price including nested modifiers, multiplied down the tree (ORD-NEW)."""
    nested = sum(line_total(modifier) for modifier in line.get("modifiers", []))
    return int(line["price_amount"]) + nested


def line_total(line: Mapping[str, Any]) -> int:
    return int(line["quantity"]) * unit_total(line)


def subtotal_of(lines: list[Line]) -> int:
    return sum(line_total(line) for line in lines)


def contains(lines: list[Line], provider_id: str) -> bool:
    return any(
        line["provider_id"] == provider_id or contains(line.get("modifiers", []), provider_id)
        for line in lines
    )
