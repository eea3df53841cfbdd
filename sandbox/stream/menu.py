"""A pulled catalog as someone who orders from it sees it (CAT)."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.wire.findings import is_whole, rows

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Offer:
    """What a line of an order can name: an item of a family, or a family without items."""

    family: Row
    item: Row | None

    @property
    def row(self) -> Row:
        return self.item if self.item is not None else self.family

    @property
    def provider_id(self) -> str:
        return str(self.row["provider_id"])

    @property
    def is_active(self) -> bool:
        off = self.family.get("is_active") is False or self.row.get("is_active") is False
        return not off and self.stock != 0

    @property
    def stock(self) -> int | None:
        count = self.row.get("stock_count")
        return count if is_whole(count) else None


class Menu:
    """Prices are those of one channel: a per-DSP price is the POS's price there."""

    def __init__(self, catalog: Mapping[str, Any], channel: str) -> None:
        self._channel = channel.lower()
        self._catalog = catalog
        self._families = _index(catalog.get("item_family"))
        self._items = _index(catalog.get("item"))
        self.groups = _index(catalog.get("modifier_group"))
        self.modifiers = _index(catalog.get("modifier"))

    @property
    def currency(self) -> str:
        priced = [*self._families.values(), *self._items.values(), *self.modifiers.values()]
        codes = (row.get("price_currency") for row in priced)
        return next((code.lower() for code in codes if isinstance(code, str)), "usd")

    @property
    def tax_rate(self) -> float:
        rate = self._catalog.get("tax_rate")
        return rate if isinstance(rate, (int, float)) and 0 <= rate <= 100 else 0

    def offers(self, seed: int | None = None) -> Iterator[Offer]:
        """Every priced offer, switched off or not, in menu order or shuffled by `seed`."""
        families = self._families_in_order()
        if seed is not None:
            random.Random(seed).shuffle(families)  # noqa: S311  # Variety, no secret.
        for family in families:
            items = [self._items[i] for i in ids(family, "item_ids") if i in self._items]
            offers = [Offer(family, item) for item in items] or [Offer(family, None)]
            yield from (offer for offer in offers if self.price(offer.row) is not None)

    def offer(self, provider_id: str) -> Offer | None:
        """The offer with this id; for a family with items, its first one."""
        for offer in self.offers():
            if provider_id in (offer.provider_id, offer.family["provider_id"]):
                return offer
        return None

    def price(self, row: Row) -> int | None:
        for override in rows(row.get("dsp_price_amount_overrides")):
            if str(override.get("dsp")).lower() == self._channel:
                return _amount(override)
        return _amount(row)

    def modifier_price(self, modifier: Row, item: Row | None) -> int:
        """At this size. Where a size and a channel both set a price, the higher one is safe."""
        overrides = rows(item.get("modifier_overrides")) if item is not None else []
        sized = [_amount(row) for row in overrides if row.get("modifier_id") == _id(modifier)]
        channel = [_amount(row) for row in self._channel_prices(modifier)]
        prices = [price for price in (*sized, *channel) if price is not None]
        return max(prices) if prices else _amount(modifier) or 0

    def _channel_prices(self, row: Row) -> list[Row]:
        overrides = rows(row.get("dsp_price_amount_overrides"))
        return [entry for entry in overrides if str(entry.get("dsp")).lower() == self._channel]

    def _families_in_order(self) -> list[Row]:
        """As the menus list them; a catalog without menus or categories shows all."""
        categories = _index(self._catalog.get("category"))
        listed = [i for menu in rows(self._catalog.get("menu")) for i in ids(menu, "category_ids")]
        chosen = [categories[i] for i in listed if i in categories] or list(categories.values())
        named = dict.fromkeys(i for category in chosen for i in ids(category, "item_family_ids"))
        found = [self._families[i] for i in named if i in self._families]
        return found or list(self._families.values())


def ids(row: Row, key: str) -> list[str]:
    value = row.get(key)
    return [entry for entry in value if isinstance(entry, str)] if isinstance(value, list) else []


def _index(value: Any) -> dict[str, Row]:
    return {_id(row): row for row in rows(value) if isinstance(row.get("provider_id"), str)}


def _id(row: Row) -> str:
    return str(row["provider_id"])


def _amount(row: Row) -> int | None:
    amount = row.get("price_amount")
    return amount if is_whole(amount) and amount >= 0 else None
