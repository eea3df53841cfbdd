"""Look-up of an order's objects in a compiled menu, with the location's switches and stock."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from catalog.compiled.menu import Menu, Sold
from integration.db.compiled import Execution

from . import modifier_groups, overlay
from .catalog_lookup import TWIN, CatalogObject, Facts, catalog_object, family_of_item
from .lines import Entry
from .modifier_groups import Group, group_of

_AS_IN_MENU = (None, None, None, None)  # Of an object without a row at the location.
Overlay = dict[str, dict[int, Sequence[Any]]]  # Kind → key → active, until, price, stock.


class Named:
    """The objects of a menu that an order names, and the groups below them."""

    def __init__(self, menu: Menu, entries: Iterable[Entry]) -> None:
        lines: set[str] = set()
        modifiers: set[str] = set()
        for entry in entries:
            if entry.sent.provider_id:
                (modifiers if entry.parent else lines).add(entry.sent.provider_id)
        lines |= {named.removesuffix(TWIN) for named in lines if named.endswith(TWIN)}
        self.menu = menu
        self.items = _found(menu.items, lines)
        self.families = _found(menu.families, lines)
        self.modifiers = _found(menu.modifiers, modifiers)
        self.family_keys = {one.key for one in self.families} | {one.family for one in self.items}
        self.groups = self._groups()

    def _groups(self) -> set[int]:
        if not self.family_keys:
            return set()
        below = self.menu.groups_of_families
        groups = {group for key in self.family_keys for group in below.get(key, ())}
        nested = self.menu.groups_of_modifiers
        return groups.union(*(nested.get(one.key, ()) for one in self.modifiers))

    def overlay_query(self, location_id: int) -> Execution:
        """Return the query for what the location says of these objects."""
        modifiers = {one.key for one in self.modifiers}
        options = self.menu.options
        return overlay.ROWS, {
            "location": location_id,
            "items": [one.key for one in self.items],
            "families": self.family_keys,
            "modifiers": modifiers.union(*(options.get(group, ()) for group in self.groups)),
            "groups": self.groups,
        }

    def facts(self, rows: Iterable[Sequence[Any]], channel: str, now: datetime) -> Facts:
        """Return what the rules need, from the rows of that query."""
        here: Overlay = {"item": {}, "item_family": {}, "modifier": {}, "modifier_group": {}}
        for kind, key, *columns in rows:
            here[kind][key] = columns
        menu, look = self.menu, _Look(here, channel, now)
        return Facts(
            items={one.provider_id: look.item(one, menu) for one in self.items},
            families={one.provider_id: look.sold("item_family", one) for one in self.families},
            modifiers={one.provider_id: look.sold("modifier", one) for one in self.modifiers},
            size_prices=menu.size_prices,
            offers=self._offers(look),
        )

    def _offers(self, look: "_Look") -> modifier_groups.Offers:
        if not self.groups:
            return modifier_groups.Offers()
        menu = self.menu
        groups = {key: look.group(key, menu) for key in self.groups}
        return modifier_groups.Offers(
            of_family={
                key: [groups[group] for group in menu.groups_of_families.get(key, ())]
                for key in self.family_keys
            },
            of_modifier={
                one.key: [groups[group] for group in menu.groups_of_modifiers.get(one.key, ())]
                for one in self.modifiers
            },
            defaults=menu.defaults,
        )


def _found(objects: dict[str, Sold], provider_ids: Iterable[str]) -> list[Sold]:
    return [objects[named] for named in provider_ids if named in objects]


class _Look:
    """How objects of the menu look at the location and through the channel, at an instant."""

    def __init__(self, here: Overlay, channel: str, now: datetime) -> None:
        self._rows, self._channel, self._now = here, channel, now

    def item(self, one: Sold, menu: Menu) -> CatalogObject:
        family = menu.families_of_items[one.family]
        is_on, until, _, left = self._here("item_family", one.family)
        return self.sold("item", one, family_of_item(family, (is_on, until, left), self._now))

    def sold(self, kind: str, one: Sold, family: CatalogObject | None = None) -> CatalogObject:
        at_dsp = one.dsp_prices.get(self._channel) if one.dsp_prices else None
        in_menu = (one.key, one.provider_id, one.name, one.is_active, one.price_amount)
        row = (*in_menu, *self._here(kind, one.key), at_dsp)
        return catalog_object(kind, row, self._now, family=family, has_items=one.has_items)

    def group(self, key: int, menu: Menu) -> Group:
        is_on, until, _, _ = self._here("modifier_group", key)
        options = sum(map(self._is_available, menu.options.get(key, ())))
        return group_of(menu.groups[key], (is_on, until), options, self._now)

    def _is_available(self, modifier: int) -> bool:
        is_on, until, _, left = self._here("modifier", modifier)
        return overlay.is_on(is_on, until, self._now) and left != 0

    def _here(self, kind: str, key: int) -> Sequence[Any]:
        return self._rows[kind].get(key, _AS_IN_MENU)
