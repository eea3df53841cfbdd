"""A catalog's families as a customer sees them: sizes, prices, groups with their options."""

from collections.abc import Iterable
from typing import Any

from catalog.menu.loader import Row
from integration import currency

from .parser import Catalog

Card = dict[str, Any]

# A page lists at most this many options; further groups show only their number of options.
MOST_OPTIONS = 3_000
_LONGEST_DESCRIPTION = 600
_TIMES = {"multiple": "each more than once", "single_proportion": "as portions of one whole"}


class Cards:
    """The cards of one page; `off` collects the objects that are off: kind, ID and card."""

    def __init__(self, catalog: Catalog, currency_code: str, channel: str) -> None:
        self.catalog = catalog
        self.currency = currency_code
        self.channel = channel
        self.off: list[tuple[str, str, Card]] = []
        self._room = MOST_OPTIONS

    def families(self, rows: Iterable[Row]) -> list[Card]:
        return [self._family(row) for row in rows]

    def _family(self, row: Row) -> Card:
        sizes = self.catalog.rows("item", row["item_ids"])
        description = row.get("description", "")
        return self._card(
            "item_family",
            row,
            description=description[:_LONGEST_DESCRIPTION],
            is_cut=len(description) > _LONGEST_DESCRIPTION,
            picture=next((image["provider_url"] for image in row["images"]), ""),
            sizes=[self._size(size, row) for size in sizes],
            groups=self._groups(row["modifier_group_ids"]),
            tags=[*row["allergens"], *(["contains alcohol"] if row["is_alcohol"] else [])],
        )

    def _size(self, row: Row, family: Row) -> Card:
        overrides = [
            f"{self.catalog.named(override['modifier_id'])} {self._money(override['price_amount'])}"
            for override in row["modifier_overrides"]
        ]
        is_default = row["provider_id"] == family.get("default_item_id")
        stock_count = row.get("stock_count")
        return self._card("item", row, is_default=is_default, special=overrides, left=stock_count)

    def _groups(self, ids: list[str]) -> list[Card]:
        return [self._group(row) for row in self.catalog.rows("modifier_group", ids)]

    def _group(self, row: Row) -> Card:
        options = self.catalog.rows("modifier", row["modifier_ids"])
        fits = len(options) <= self._room
        if fits:
            self._room -= len(options)
        quantities = row["rules"]["default_modifier_quantities"]
        return self._card(
            "modifier_group",
            row,
            rule=rule_of(row["rules"]),
            count=len(options),
            options=[self._option(option, quantities) for option in options] if fits else [],
        )

    def _option(self, row: Row, quantities: dict[str, int]) -> Card:
        quantity = quantities.get(row["provider_id"], 0)
        groups = self._groups(row["modifier_group_ids"])
        return self._card("modifier", row, quantity=quantity, groups=groups)

    def _card(self, kind: str, row: Row, **parts: Any) -> Card:
        card: Card = {"name": row["name"], "is_off": not row["is_active"], **parts}
        if card["is_off"]:
            self.off.append((kind, row["provider_id"], card))
        if "price_amount" in row:
            card.update(self._price(row))
        return card

    def _price(self, row: Row) -> Card:
        """Return the price in the chosen channel, and the base price if it differs."""
        base = row["price_amount"]
        price = next(
            (
                override["price_amount"]
                for override in row["dsp_price_amount_overrides"]
                if override["dsp"] == self.channel
            ),
            base,
        )
        return {
            "price": self._money(price),
            "is_free": price == 0,
            "elsewhere": self._money(base) if price != base else "",
        }

    def _money(self, amount: int) -> str:
        return currency.as_text(amount, self.currency)


def rule_of(rules: Row) -> str:
    """Describe in words how many options may be chosen."""
    least = rules["minimum_unique_modifiers_allowed"]
    most = rules.get("maximum_unique_modifiers_allowed")
    parts = [_how_many(least, most)]
    if rules["amount_of_modifiers_free"]:
        parts.append(f"{rules['amount_of_modifiers_free']} of these free")
    if rules["selection_type"] in _TIMES:
        parts.append(_TIMES[rules["selection_type"]])
    return ", ".join(parts)


def _how_many(least: int, most: int | None) -> str:
    if most is None:
        return f"Choose at least {least}" if least else "Choose any number"
    if least == most:
        return f"Choose {least}"
    return f"Choose {least} to {most}" if least else f"Choose up to {most}"
