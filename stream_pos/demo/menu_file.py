"""Loads a menu, written as Stream's Get Catalog answer, into an empty merchant."""

import json
from pathlib import Path
from typing import Any

from django.db import transaction

from catalog import models
from integration.models import Merchant

Row = dict[str, Any]


@transaction.atomic
def load(path: Path, merchant: Merchant) -> None:
    """Creates every object of the file; the merchant's menu must be empty."""
    _Loader(json.loads(path.read_text()), merchant).load()


class _Loader:
    def __init__(self, catalog: dict[str, Any], merchant: Merchant) -> None:
        self.catalog = catalog
        self.merchant = merchant
        self.made: dict[str, Any] = {}  # By provider_id, which no two objects share.

    def load(self) -> None:
        self._objects(models.Tax, "tax", "rate", "is_default", "is_inclusive")
        self._objects(models.Modifier, "modifier", "price_amount", "sku")
        for row in self.catalog["modifier_group"]:
            self._make(models.ModifierGroup, row, **_rules(row["rules"]))
        self._objects(
            models.ItemFamily,
            "item_family",
            *("description", "price_amount", "sku", "is_alcohol", "allergens"),
        )
        self._items()
        self._objects(models.Category, "category", "description")
        self._objects(models.Menu, "menu", "schedule")
        self._links()

    def _objects(self, model: Any, array: str, *fields: str) -> None:
        for row in self.catalog[array]:
            self._make(model, row, **{name: row[name] for name in fields if name in row})

    def _make(self, model: Any, row: Row, **fields: Any) -> None:
        self.made[row["provider_id"]] = model.objects.create(
            merchant=self.merchant,
            provider_id=row["provider_id"],
            name=row["name"],
            is_active=row.get("is_active", True),
            **fields,
        )

    def _items(self) -> None:
        rows = {row["provider_id"]: row for row in self.catalog["item"]}
        for family in self.catalog["item_family"]:
            for position, item_id in enumerate(family["item_ids"]):
                row = rows[item_id]
                fields = {name: row[name] for name in ("price_amount", "sku", "upc") if name in row}
                made = self.made[family["provider_id"]]
                self._make(models.Item, row, family=made, position=position, **fields)
            if "default_item_id" in family:
                made.default_item = self.made[family["default_item_id"]]
                made.save()

    def _links(self) -> None:
        for row in self.catalog["menu"]:
            self._ordered(models.MenuCategory, "menu", row, "category", row["category_ids"])
        for row in self.catalog["category"]:
            self._ordered(models.CategoryFamily, "category", row, "family", row["item_family_ids"])
        for row in self.catalog["modifier_group"]:
            self._members(row)
        for row in self.catalog["modifier"]:
            groups = row.get("modifier_group_ids", [])
            self._ordered(models.ModifierNestedGroup, "modifier", row, "group", groups)
            self._images(models.ModifierImage, row)
            self._channel_prices(models.ModifierDspPrice, row)
        for row in self.catalog["item_family"]:
            groups = row.get("modifier_group_ids", [])
            self._ordered(models.FamilyModifierGroup, "family", row, "group", groups)
            self._ordered(models.FamilyTax, "family", row, "tax", row.get("tax_ids", []))
            self._images(models.FamilyImage, row)
            self._channel_prices(models.FamilyDspPrice, row)
        for row in self.catalog["item"]:
            self._channel_prices(models.ItemDspPrice, row)
            self._size_prices(row)

    def _ordered(self, model: Any, owner: str, row: Row, other: str, ids: list[str]) -> None:
        mine = self.made[row["provider_id"]]
        for position, one in enumerate(ids):
            fields = {owner: mine, other: self.made[one]}
            model.objects.create(position=position, **fields)

    def _members(self, row: Row) -> None:
        defaults = row["rules"].get("default_modifier_quantities", {})
        for position, one in enumerate(row["modifier_ids"]):
            models.GroupModifier.objects.create(
                group=self.made[row["provider_id"]],
                modifier=self.made[one],
                position=position,
                default_quantity=defaults.get(one, 0),
            )

    def _images(self, model: Any, row: Row) -> None:
        for position, image in enumerate(row.get("images", [])):
            mine = self.made[row["provider_id"]]
            model.objects.create(object=mine, url=image["provider_url"], position=position)

    def _channel_prices(self, model: Any, row: Row) -> None:
        for price in row.get("dsp_price_amount_overrides", []):
            model.objects.create(object=self.made[row["provider_id"]], **price)

    def _size_prices(self, row: Row) -> None:
        for price in row.get("modifier_overrides", []):
            models.ItemModifierPrice.objects.create(
                item=self.made[row["provider_id"]],
                modifier=self.made[price["modifier_id"]],
                price_amount=price["price_amount"],
            )


def _rules(rules: Row) -> Row:
    return {
        "selection_type": rules["selection_type"],
        "minimum_unique_modifiers": rules.get("minimum_unique_modifiers_allowed", 0),
        "maximum_unique_modifiers": rules.get("maximum_unique_modifiers_allowed"),
        "free_modifiers": rules.get("amount_of_modifiers_free", 0),
    }
