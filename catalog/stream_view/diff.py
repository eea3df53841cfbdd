"""The differences between two catalogs, object by object, in words."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from catalog.menu.loader import Row
from integration import currency

from .parser import KINDS, Catalog

KIND_NAMES = {
    "menu": "Menu",
    "category": "Category",
    "item_family": "Item family",
    "item": "Size",
    "modifier_group": "Modifier group",
    "modifier": "Modifier",
    "tax": "Tax",
}
_FIELDS = {
    "category_ids": "its categories",
    "item_family_ids": "its families, or their order",
    "item_ids": "its sizes",
    "modifier_group_ids": "its modifier groups",
    "modifier_ids": "its modifiers",
    "modifier_overrides": "its modifier prices",
    "dsp_price_amount_overrides": "its channel prices",
    "default_item_id": "its default size",
    "images": "its pictures",
    "rules": "how many may be chosen",
    "schedule": "its hours",
    "stock_count": "its stock",
    "tax_ids": "its taxes",
    "is_alcohol": "whether it contains alcohol",
    "sku": "its SKU",
    "upc": "its UPC",
}


class Difference(NamedTuple):
    kind: str  # The label, not the key.
    name: str
    sentence: str


def find_differences(before: Catalog, after: Catalog, currency_code: str) -> list[Difference]:
    """List the differences by kind, in catalog order; one line for each added or removed object."""
    differences = [
        difference
        for kind in KINDS
        for difference in _differences_of_kind(
            kind, before.by_kind[kind], after.by_kind[kind], currency_code
        )
    ]
    if before.raw["tax_rate"] != after.raw["tax_rate"]:
        old, new = before.raw["tax_rate"], after.raw["tax_rate"]
        differences.append(Difference("Tax", "The overall rate", f"{old:g} % → {new:g} %"))
    return differences


def _differences_of_kind(
    kind: str, before: dict[str, Row], after: dict[str, Row], currency_code: str
) -> Iterator[Difference]:
    label = KIND_NAMES[kind]
    for key, row in after.items():
        if key not in before:
            yield Difference(label, row["name"], "new")
        elif before[key] != row:
            changes = ", ".join(_changes(before[key], row, currency_code))
            yield Difference(label, row["name"], changes)
    for key, row in before.items():
        if key not in after:
            yield Difference(label, row["name"], "removed")


def _changes(before: Row, after: Row, currency_code: str) -> Iterator[str]:
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name), after.get(name)
        if old != new:
            yield _describe_change(name, old, new, currency_code)


def _describe_change(name: str, old: Any, new: Any, currency_code: str) -> str:
    if name == "is_active":
        return "switched on" if new else "switched off"
    if name == "name":
        return f"renamed from “{old}”"
    if name == "price_amount":
        return f"price {_money(old, currency_code)} → {_money(new, currency_code)}"
    return _FIELDS.get(name, f"its {name.replace('_', ' ')}")


def _money(amount: int | None, currency_code: str) -> str:
    return "none" if amount is None else currency.as_text(amount, currency_code)
