"""Places of variations in the menus of a store, and the menu that a cart is ordered from."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from dsp.menus.opening import is_open
from dsp.menus.schema import Family, Menu, PublishedMenu, Variation


class Place(NamedTuple):
    """A variation where it first stands in a menu."""

    category_id: str
    family: Family
    variation: Variation


class Places:
    """An index of a published menu by variation id, for each of its menus in order."""

    def __init__(self, published: PublishedMenu) -> None:
        self._holidays = published.holidays
        self._menus: list[tuple[Menu, dict[str, Place]]] = [
            (menu, _places(menu)) for menu in published.menus
        ]

    def find(self, variation_ids: Collection[str], at: datetime) -> dict[str, Place] | None:
        """Return the places in the first menu that has all of them and is open; None: no menu.

        `at` carries the store's time zone.
        """
        for menu, places in self._menus:
            if places.keys() >= set(variation_ids) and is_open(menu.week, self._holidays, at):
                return places
        return None

    def knows(self, variation_id: str) -> bool:
        return any(variation_id in places for _, places in self._menus)


def _places(menu: Menu) -> dict[str, Place]:
    places: dict[str, Place] = {}
    for category in menu.categories:
        for family in category.families:
            for variation in family.variations:
                place = Place(category.stream_id, family, variation)
                places.setdefault(variation.stream_id, place)
    return places
