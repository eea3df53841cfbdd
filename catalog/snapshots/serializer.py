"""Write Get Catalog (contract CAT) from a menu and the offers of a location.

Objects that break a rule of catalog.validation.errors are left out; objects that are merely
switched off stay in, inactive.
"""

from typing import Any

from catalog.hours import weekly as weekly_hours
from catalog.menu.loader import MenuData, Offers, Row
from catalog.validation.errors import valid_rows
from integration.api.text import is_blank


def catalog(menu: MenuData, offers: Offers) -> Row:
    """Return the whole response, ready for JSON."""
    return Writer(menu, offers).catalog()


class Writer:
    """The menu, the offers, and the rows that pass validation."""

    def __init__(self, menu: MenuData, offers: Offers) -> None:
        self.menu = menu
        self.offers = offers
        self.rows = valid_rows(menu, offers)
        self.items_of: dict[int, list[Row]] = {}
        for item in sorted(
            self.rows["item"].values(), key=lambda row: (row["position"], row["pk"])
        ):
            self.items_of.setdefault(item["family_id"], []).append(item)

    def catalog(self) -> Row:
        rows = self.rows
        return {
            "tax_rate": self._tax_rate(),
            "category": [self._category(row) for row in rows["category"].values()],
            "item_family": [self._family(row) for row in rows["item_family"].values()],
            "item": [
                self._item(row)
                for row in rows["item"].values()
                if row["family_id"] in rows["item_family"]
            ],
            "modifier_group": [self._group(row) for row in rows["modifier_group"].values()],
            "modifier": [self._modifier(row) for row in rows["modifier"].values()],
            "menu": [self._menu(row) for row in rows["menu"].values()],
            "tax": [_tax(row) for row in rows["tax"].values()],
        }

    def _tax_rate(self) -> float:
        for row in self.rows["tax"].values():
            if row["is_default"] and row["is_active"]:
                return float(row["rate"])
        return 0

    def _ids(self, link: str, owner: int, kind: str) -> list[str]:
        """Return the linked objects' IDs in order, without archived and invalid ones."""
        rows = self.rows[kind]
        return [
            rows[key]["provider_id"] for key in self.menu.links[link].get(owner, ()) if key in rows
        ]

    def _category(self, row: Row) -> Row:
        return _filled(
            provider_id=row["provider_id"],
            name=row["name"],
            description=row["description"],
            item_family_ids=self._ids("category_families", row["pk"], "item_family"),
        )

    def _family(self, row: Row) -> Row:
        key = row["pk"]
        offer = self.offers.get("item_family", key)
        items = self.items_of.get(key, [])
        price: Row = {}
        if not items:
            price = self._price(row["price_amount"], offer.price_amount)
        default = next((item for item in items if item["pk"] == row["default_item_id"]), {})
        return _filled(
            provider_id=row["provider_id"],
            name=row["name"],
            description=row["description"],
            is_active=row["is_active"] and offer.is_active,
            **price,
            item_ids=[item["provider_id"] for item in items],
            modifier_group_ids=self._ids("family_groups", key, "modifier_group"),
            images=self.menu.images["item_family"].get(key, []),
            is_alcohol=row["is_alcohol"],
            sku=row["sku"],
            tax_ids=self._ids("family_taxes", key, "tax"),
            allergens=[word for word in row["allergens"] if not is_blank(word)],
            default_item_id=default.get("provider_id"),
            dsp_price_amount_overrides=self.menu.dsp_prices["item_family"].get(key, []),
        )

    def _item(self, row: Row) -> Row:
        key = row["pk"]
        offer = self.offers.get("item", key)
        modifiers = self.rows["modifier"]
        return _filled(
            provider_id=row["provider_id"],
            name=row["name"],
            is_active=row["is_active"] and offer.is_active,
            **self._price(row["price_amount"], offer.price_amount),
            sku=row["sku"],
            upc=row["upc"],
            stock_count=offer.stock_count,
            dsp_price_amount_overrides=self.menu.dsp_prices["item"].get(key, []),
            modifier_overrides=[
                {"modifier_id": modifiers[modifier]["provider_id"], "price_amount": amount}
                for modifier, amount in self.menu.size_prices.get(key, ())
                if modifier in modifiers
            ],
        )

    def _group(self, row: Row) -> Row:
        key = row["pk"]
        modifiers = self.rows["modifier"]
        defaults = {
            modifiers[modifier]["provider_id"]: self.menu.default_quantities[key, modifier]
            for modifier in self.menu.links["group_modifiers"].get(key, ())
            if modifier in modifiers and (key, modifier) in self.menu.default_quantities
        }
        rules = {
            "selection_type": row["selection_type"],
            "minimum_unique_modifiers_allowed": row["minimum_unique_modifiers"],
            "maximum_unique_modifiers_allowed": row["maximum_unique_modifiers"],
            "amount_of_modifiers_free": row["free_modifiers"],
            "default_modifier_quantities": defaults,
        }
        return {
            "provider_id": row["provider_id"],
            "name": row["name"],
            "is_active": row["is_active"] and self.offers.get("modifier_group", key).is_active,
            "modifier_ids": self._ids("group_modifiers", key, "modifier"),
            "rules": {name: value for name, value in rules.items() if value is not None},
        }

    def _modifier(self, row: Row) -> Row:
        key = row["pk"]
        offer = self.offers.get("modifier", key)
        return _filled(
            provider_id=row["provider_id"],
            name=row["name"],
            is_active=row["is_active"] and offer.is_active,
            **self._price(row["price_amount"], offer.price_amount),
            sku=row["sku"],
            images=self.menu.images["modifier"].get(key, []),
            modifier_group_ids=self._ids("modifier_groups", key, "modifier_group"),
            dsp_price_amount_overrides=self.menu.dsp_prices["modifier"].get(key, []),
        )

    def _menu(self, row: Row) -> Row:
        return {
            "provider_id": row["provider_id"],
            "name": row["name"],
            "category_ids": self._ids("menu_categories", row["pk"], "category"),
            "schedule": weekly_hours.full_week(row["schedule"]),
        }

    def _price(self, base: int, override: int | None) -> Row:
        amount = base if override is None else override
        return {"price_amount": amount, "price_currency": self.menu.currency}


def _tax(row: Row) -> Row:
    return {
        "provider_id": row["provider_id"],
        "name": row["name"],
        "rate": float(row["rate"]),
        "is_active": row["is_active"],
        "is_default": row["is_default"],
        "is_inclusive": row["is_inclusive"],
    }


def _filled(**values: Any) -> Row:
    """Leave out optional fields without a value; never send `null` or `""` (contract CAT)."""
    return {name: value for name, value in values.items() if value is not None and value != ""}
