"""The parsed bytes of Get Catalog, with lookup by ID."""

from functools import cached_property
from itertools import chain
from typing import Any

import orjson

from catalog.menu.loader import Row
from catalog.snapshots.builder import no_cyclic_garbage_collection

KINDS = ("menu", "category", "item_family", "item", "modifier_group", "modifier", "tax")
_PRICED = ("item_family", "item", "modifier")


class Catalog:
    """A parsed catalog. Its lists of IDs name only objects in it."""

    def __init__(self, content: bytes) -> None:
        with no_cyclic_garbage_collection():
            self.raw: Row = orjson.loads(content)

    @cached_property
    def by_kind(self) -> dict[str, dict[str, Row]]:
        return {kind: {row["provider_id"]: row for row in self.raw[kind]} for kind in KINDS}

    def rows(self, kind: str, ids: list[str]) -> list[Row]:
        """Return the objects with these IDs, in this order."""
        known = self.by_kind[kind]
        return [known[object_id] for object_id in ids if object_id in known]

    @cached_property
    def channels(self) -> list[str]:
        """Return every channel (DSP) that has its own price for any object."""
        rows = chain.from_iterable(self.raw[kind] for kind in _PRICED)
        overrides = chain.from_iterable(row["dsp_price_amount_overrides"] for row in rows)
        return sorted({override["dsp"] for override in overrides})

    @cached_property
    def on_no_menu(self) -> list[Row]:
        """Return the families that customers cannot reach because they are on no menu."""
        listed = {key for menu in self.raw["menu"] for key in menu["category_ids"]}
        categories = self.rows("category", sorted(listed))
        reached = {key for category in categories for key in category["item_family_ids"]}
        return [row for row in self.raw["item_family"] if row["provider_id"] not in reached]

    def search(self, words: str) -> list[Row]:
        """Return the families with the text in their or a size's name, description or codes."""
        text = words.casefold()
        return [row for row in self.raw["item_family"] if text in self._text_of(row)]

    def _text_of(self, family: Row) -> str:
        texts = _texts(family)
        for item in self.rows("item", family["item_ids"]):
            texts += _texts(item)
        return "\n".join(texts).casefold()

    def named(self, object_id: str) -> str:
        """Return the object's name, or its ID if it is not in this catalog."""
        for rows in self.by_kind.values():
            if object_id in rows:
                return str(rows[object_id]["name"])
        return object_id


def _texts(row: Row) -> list[str]:
    return [str(row.get(name, "")) for name in ("name", "description", "provider_id", "sku", "upc")]


def excerpt(catalog: Row, each: int) -> dict[str, Any]:
    """Return the catalog with at most `each` objects of each kind."""
    return {
        name: value[:each] if isinstance(value, list) else value for name, value in catalog.items()
    }
