"""Random, valid catalog files with every feature, and groups nested three deep."""

import json
import random
from typing import Any

Row = dict[str, Any]
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def canonical(catalog: bytes | Row) -> Row:
    """Sort each array's objects, whose order is irrelevant, unlike that of ids in an object."""
    parsed: Row = json.loads(catalog) if isinstance(catalog, bytes) else catalog
    return {
        key: sorted(value, key=lambda row: row["provider_id"]) if isinstance(value, list) else value
        for key, value in parsed.items()
    }


def make(
    families: int, *, seed: int, groups: int | None = None, modifiers: int | None = None
) -> Row:
    """Return a catalog as Get Catalog would write it."""
    return _Maker(random.Random(seed), families, groups, modifiers).catalog()


class _Maker:
    def __init__(
        self, chance: random.Random, families: int, groups: int | None, modifiers: int | None
    ) -> None:
        self.chance = chance
        self.families = families
        self.groups = groups or 3 + families // 10
        self.modifiers = modifiers or 3 * self.groups
        self.items: list[Row] = []

    def catalog(self) -> Row:
        taxes = [self._tax(number) for number in range(self.chance.randint(0, 3))]
        default = next((tax for tax in taxes if tax["is_default"] and tax["is_active"]), None)
        families = [self._family(number, taxes) for number in range(self.families)]
        categories = [self._category(number) for number in range(1 + self.families // 40)]
        return {
            "tax_rate": default["rate"] if default else 0,
            "category": categories,
            "item_family": families,
            "item": self.items,
            "modifier_group": [self._group(number) for number in range(self.groups)],
            "modifier": [self._modifier(number) for number in range(self.modifiers)],
            "menu": [self._menu(number, len(categories)) for number in range(2)],
            "tax": taxes,
        }

    def _some(self, prefix: str, total: int, at_most: int) -> list[str]:
        numbers = self.chance.sample(range(total), min(total, self.chance.randint(0, at_most)))
        return [f"{prefix}{number}" for number in numbers]

    def _maybe(self, **fields: Any) -> Row:
        return {name: value for name, value in fields.items() if self.chance.random() < 0.4}

    def _named(self, provider_id: str) -> Row:
        return {
            "provider_id": provider_id,
            "name": f"Näme “{self.chance.randint(0, 9)}” {provider_id}",
        }

    def _priced(self) -> Row:
        return {"price_amount": self.chance.randint(0, 5000), "price_currency": "usd"}

    def _channels(self) -> list[Row]:
        channels = sorted(self.chance.sample(["doordash", "grubhub", "uber"], self._few(2)))
        return [{"dsp": dsp, "price_amount": self.chance.randint(0, 9000)} for dsp in channels]

    def _few(self, most: int) -> int:
        counts: list[int] = [0, 0, 0, *range(most + 1)]
        return counts[self.chance.randrange(len(counts))]

    def _images(self) -> list[Row]:
        return [
            {"provider_url": f"https://img.example.com/{self.chance.randint(0, 99)}.jpg"}
            for _ in range(self._few(2))
        ]

    def _is_on(self) -> bool:
        return self.chance.random() < 0.9

    def _tax(self, number: int) -> Row:
        return {
            **self._named(f"tax{number}"),
            "rate": self.chance.choice([8.25, 0.5, 7, 0.1234, 0]),
            "is_active": self._is_on(),
            "is_default": number == 1,
            "is_inclusive": self.chance.random() < 0.5,
        }

    def _family(self, number: int, taxes: list[Row]) -> Row:
        sizes = [f"item{number}-{size}" for size in range(self._few(3))]
        self.items += [self._item(size) for size in sizes]
        default = self._maybe(default_item_id=self.chance.choice(sizes)) if sizes else {}
        return {
            **self._named(f"fam{number}"),
            **self._maybe(description="Good\nand “warm”", sku=f"SKU{number}"),
            "is_active": self._is_on(),
            **({} if sizes else self._priced()),
            **default,
            "item_ids": sizes,
            "modifier_group_ids": self._some("grp", self.groups, 3),
            "images": self._images(),
            "is_alcohol": self.chance.random() < 0.1,
            "tax_ids": self._some("tax", len(taxes), 2),
            "allergens": self.chance.choice([[], ["milk"], ["nuts", "gluten"]]),
            "dsp_price_amount_overrides": self._channels(),
        }

    def _item(self, provider_id: str) -> Row:
        changed = self._some("mod", self.modifiers, self._few(2))
        return {
            **self._named(provider_id),
            **self._maybe(sku="S", upc="0123", stock_count=self.chance.randint(1, 50)),
            "is_active": self._is_on(),
            **self._priced(),
            "dsp_price_amount_overrides": self._channels(),
            "modifier_overrides": [
                {"modifier_id": modifier, "price_amount": self.chance.randint(0, 900)}
                for modifier in changed
            ],
        }

    def _group(self, number: int) -> Row:
        some = self._some("mod", self.modifiers, 8)
        members = [key for key in some if self._level(key) <= self._level_of(number)]
        least = min(self.chance.randint(0, 2), len(members))
        quantities = {key: self.chance.randint(1, 3) for key in members[: self._few(2)]}
        return {
            **self._named(f"grp{number}"),
            "is_active": self._is_on(),
            "modifier_ids": members,
            "rules": {
                "selection_type": self.chance.choice(["single", "multiple", "single_proportion"]),
                "minimum_unique_modifiers_allowed": least,
                **self._maybe(maximum_unique_modifiers_allowed=least + 2),
                "amount_of_modifiers_free": self.chance.randint(0, 1),
                "default_modifier_quantities": quantities,
            },
        }

    def _level_of(self, group: int) -> int:
        """Return the group's level: groups of level 2 open those of level 1, and so on to 0."""
        return group % 3

    def _level(self, modifier: str) -> int:
        return int(modifier.removeprefix("mod")) % 3

    def _modifier(self, number: int) -> Row:
        below = [group for group in range(self.groups) if self._level_of(group) < number % 3]
        nested = self.chance.sample(below, min(len(below), self._few(2)))
        return {
            **self._named(f"mod{number}"),
            **self._maybe(sku=f"M{number}"),
            "is_active": self._is_on(),
            **self._priced(),
            "images": self._images(),
            "modifier_group_ids": [f"grp{group}" for group in nested],
            "dsp_price_amount_overrides": self._channels(),
        }

    def _category(self, number: int) -> Row:
        return {
            **self._named(f"cat{number}"),
            **self._maybe(description="Warm"),
            "item_family_ids": [
                f"fam{family}"
                for family in range(self.families)
                if family // 40 == number or family == 0
            ],
        }

    def _menu(self, number: int, categories: int) -> Row:
        windows = [[], ["00:00-23:59"], ["08:00-11:30", "18:00-22:00"]]
        return {
            **self._named(f"menu{number}"),
            "category_ids": self._some("cat", categories, categories),
            "schedule": {day: self.chance.choice(windows) for day in _DAYS},
        }
