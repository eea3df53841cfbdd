"""The bytes of Get Catalog, with its objects found by id."""

from functools import cached_property
from itertools import chain
from typing import Any

import orjson

from catalog.menu.loader import Row
from catalog.snapshots.builder import no_cyclic_garbage_collection

KINDS = ("menu", "category", "item_family", "item", "modifier_group", "modifier", "tax")
_PRICED = ("item_family", "item", "modifier")


class Catalog:
    """One parsed catalog. Its lists of ids name only objects in it."""

    def __init__(self, content: bytes) -> None:
        with no_cyclic_garbage_collection():
            self.raw: Row = orjson.loads(content)

    @cached_property
    def by_kind(self) -> dict[str, dict[str, Row]]:
        return {kind: {row["provider_id"]: row for row in self.raw[kind]} for kind in KINDS}

    def rows(self, kind: str, ids: list[str]) -> list[Row]:
        """The objects with these ids, in this order."""
        known = self.by_kind[kind]
        return [known[one] for one in ids if one in known]

    @cached_property
    def channels(self) -> list[str]:
        """Every channel (DSP) that has a price of its own for anything."""
        rows = chain.from_iterable(self.raw[kind] for kind in _PRICED)
        overrides = chain.from_iterable(row["dsp_price_amount_overrides"] for row in rows)
        return sorted({one["dsp"] for one in overrides})

    @cached_property
    def on_no_menu(self) -> list[Row]:
        """Families that no customer reaches, for no menu leads to them."""
        listed = {one for menu in self.raw["menu"] for one in menu["category_ids"]}
        categories = self.rows("category", sorted(listed))
        reached = {one for category in categories for one in category["item_family_ids"]}
        return [row for row in self.raw["item_family"] if row["provider_id"] not in reached]

    def search(self, words: str) -> list[Row]:
        """Families that have the words in their name, description or codes, or a size's."""
        wanted = words.casefold()
        return [row for row in self.raw["item_family"] if wanted in self._text_of(row)]

    def _text_of(self, family: Row) -> str:
        texts = _texts(family)
        for item in self.rows("item", family["item_ids"]):
            texts += _texts(item)
        return "\n".join(texts).casefold()

    def named(self, object_id: str) -> str:
        """What people call the object; its id when it is not in here."""
        for rows in self.by_kind.values():
            if object_id in rows:
                return str(rows[object_id]["name"])
        return object_id


def _texts(row: Row) -> list[str]:
    return [str(row.get(name, "")) for name in ("name", "description", "provider_id", "sku", "upc")]


def excerpt(catalog: Row, each: int) -> dict[str, Any]:
    """The catalog with no more than so many objects of each kind."""
    return {
        name: value[:each] if isinstance(value, list) else value for name, value in catalog.items()
    }
