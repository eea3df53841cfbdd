"""The menu that staff order from: the catalog exactly as Stream pulls it (contract CAT)."""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import orjson
from django.http import Http404

from catalog.models import Location
from catalog.snapshots import service as snapshots

Row = dict[str, Any]
_MAX_RESULTS = 60


@dataclass(frozen=True)
class Menu:
    """The catalog's objects by id, and the links between them."""

    categories: list[Row]
    families: dict[str, Row]
    items: dict[str, Row]
    groups: dict[str, Row]
    modifiers: dict[str, Row]
    taxes: dict[str, Row] = field(default_factory=dict)

    @cached_property
    def default_tax_ids(self) -> list[str]:
        return [key for key, tax in self.taxes.items() if tax["is_default"]]

    def family(self, provider_id: str) -> Row | None:
        return self.families.get(provider_id)

    def families_in(self, category: Row) -> list[Row]:
        ids = category["item_family_ids"]
        return [self.families[key] for key in ids if key in self.families]

    def sizes_of(self, family: Row) -> list[Row]:
        return [self.items[key] for key in family["item_ids"] if key in self.items]

    def groups_of(self, thing: Row) -> list[Row]:
        """Return the active groups of a family, or those nested below a modifier."""
        groups = (self.groups.get(key) for key in thing.get("modifier_group_ids") or [])
        return [group for group in groups if group is not None and group["is_active"]]

    def modifiers_of(self, group: Row) -> list[Row]:
        return [self.modifiers[key] for key in group["modifier_ids"] if key in self.modifiers]

    def is_on(self, family: Row) -> bool:
        """Return True when any size of the family is available now."""
        sizes = self.sizes_of(family)
        return family["is_active"] and (not sizes or any(is_available(size) for size in sizes))

    def tax_ids_of(self, family_id: str) -> list[str]:
        """Return the family's active taxes, or the default ones when it names none."""
        own = (self.families.get(family_id) or {}).get("tax_ids") or self.default_tax_ids
        return [key for key in own if key in self.taxes and self.taxes[key]["is_active"]]

    def find(self, words: str) -> list[Row]:
        """Find families whose names contain all the words, in the catalog's order."""
        terms = words.casefold().split()
        return list(_first(_MAX_RESULTS, self._matching(terms))) if terms else []

    def _matching(self, terms: list[str]) -> Iterator[Row]:
        for family in self.families.values():
            name = family["name"].casefold()
            if all(word in name for word in terms):
                yield family


def is_available(thing: Row) -> bool:
    return bool(thing["is_active"]) and thing.get("stock_count") != 0


def load_menu(location: Location) -> Menu:
    """Load the current menu. Raises Location.DoesNotExist when it was archived meanwhile."""
    snapshot = snapshots.up_to_date(location.merchant, location.provider_id)
    content: bytes = snapshot.content  # type: ignore[attr-defined]  # Added by the query.
    catalog = orjson.loads(gzip.decompress(content))
    categories = {row["provider_id"]: row for row in catalog["category"]}
    in_order = [key for menu in catalog["menu"] for key in menu["category_ids"]]
    ordered_keys = dict.fromkeys([*in_order, *categories])
    return Menu(
        categories=[categories[key] for key in ordered_keys if key in categories],
        families=_by_id(catalog["item_family"]),
        items=_by_id(catalog["item"]),
        groups=_by_id(catalog["modifier_group"]),
        modifiers=_by_id(catalog["modifier"]),
        taxes=_by_id(catalog["tax"]),
    )


def menu_or_404(location: Location) -> Menu:
    """Load the menu for a page. Raises Http404 when the location was archived meanwhile."""
    try:
        return load_menu(location)
    except Location.DoesNotExist as error:
        raise Http404 from error


def _by_id(rows: list[Row]) -> dict[str, Row]:
    return {row["provider_id"]: row for row in rows}


def _first(most: int, rows: Iterator[Row]) -> Iterator[Row]:
    for _, row in zip(range(most), rows, strict=False):
        yield row
