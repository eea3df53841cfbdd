"""A pulled catalog from a customer's point of view (CAT)."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.wire.findings import is_whole, rows

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Offer:
    """Something an order line can refer to: an item of a family, or a family without items."""

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
        is_off = self.family.get("is_active") is False or self.row.get("is_active") is False
        return not is_off and self.stock != 0

    @property
    def stock(self) -> int | None:
        count = self.row.get("stock_count")
        return count if is_whole(count) else None


class Menu:
    """A menu with the prices of one channel: a per-DSP price overrides the normal one."""

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
        """Yield every priced offer, even switched off, in menu order or shuffled by `seed`."""
        families = self._families_in_order()
        if seed is not None:
            random.Random(seed).shuffle(families)  # noqa: S311  # Variety, not security.
        for family in families:
            items = [self._items[i] for i in ids(family, "item_ids") if i in self._items]
            offers = [Offer(family, item) for item in items] or [Offer(family, None)]
            yield from (offer for offer in offers if self.price(offer.row) is not None)

    def offer(self, provider_id: str) -> Offer | None:
        """Return the offer with this id; for a family with items, its first item."""
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
        """Return the price for this item (size); if size and channel set one, use the higher."""
        overrides = rows(item.get("modifier_overrides")) if item is not None else []
        item_prices = [_amount(row) for row in overrides if row.get("modifier_id") == _id(modifier)]
        channel_prices = [_amount(row) for row in self._channel_prices(modifier)]
        prices = [price for price in (*item_prices, *channel_prices) if price is not None]
        return max(prices) if prices else _amount(modifier) or 0

    def _channel_prices(self, row: Row) -> list[Row]:
        overrides = rows(row.get("dsp_price_amount_overrides"))
        return [entry for entry in overrides if str(entry.get("dsp")).lower() == self._channel]

    def _families_in_order(self) -> list[Row]:
        """Return families in menu order; without menus or categories, all of them."""
        categories = _index(self._catalog.get("category"))
        listed = [i for menu in rows(self._catalog.get("menu")) for i in ids(menu, "category_ids")]
        chosen = [categories[i] for i in listed if i in categories] or list(categories.values())
        family_ids = dict.fromkeys(
            i for category in chosen for i in ids(category, "item_family_ids")
        )
        families = [self._families[i] for i in family_ids if i in self._families]
        return families or list(self._families.values())


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
