"""Our prices for an order's entries, and the entries priced below them (contract ORD-NEW)."""

from collections.abc import Iterator

from .catalog_lookup import Facts
from .lines import Entry
from .modifier_groups import Group


def our_price(entry: Entry, facts: Facts) -> int | None:
    """Return our lowest price per unit at this location, size and channel.

    A price for the channel replaces the general one. A modifier may also have a price for the
    chosen size; if both exist, either is accepted, so the lower one counts. None: unknown object.
    """
    thing = entry.thing
    if thing is None:
        return None
    size = entry.top.thing
    at_size = None
    if entry.parent is not None and size is not None and size.kind == "item":
        at_size = facts.size_prices.get(size.key, {}).get(thing.key)
    special = [price for price in (thing.dsp_price_amount, at_size) if price is not None]
    return min(special) if special else thing.price_amount


class PriceList:
    """Our prices for the entries, with the free modifiers of groups deducted."""

    def __init__(self, entries: list[Entry], facts: Facts) -> None:
        self._facts = facts
        self._free: dict[tuple[object, int], int] = {}  # Free units left in a parent's group.
        self.sum = 0
        self.too_low: list[tuple[Entry, int]] = []
        self.each: list[
            tuple[Entry, int | None, int]
        ] = []  # With our price and the number of free units.
        for entry in entries:
            self._add(entry)

    def _add(self, entry: Entry) -> None:
        price = our_price(entry, self._facts)
        sent = entry.sent.price_amount
        if price is None:  # An open line, or something unknown that is refused anyway.
            self.sum += sent * entry.ordered
            self.each.append((entry, None, 0))
            return
        paid_for = entry.sent.quantity
        if sent < price:
            paid_for -= self._free_units(entry)
        above = entry.parent.ordered if entry.parent else 1
        ours = price * paid_for
        self.sum += ours * above
        self.each.append((entry, price, entry.sent.quantity - paid_for))
        if paid_for and sent * entry.sent.quantity < ours:
            self.too_low.append((entry, price))

    def _free_units(self, entry: Entry) -> int:
        """Use up the free allowances of the entry's groups; return the units they cover."""
        covered = 0
        for group in self._groups_with_free(entry):
            place = (entry.parent.place if entry.parent else None, group.key)
            left = self._free.setdefault(place, group.free_modifiers)
            taken = min(left, entry.sent.quantity - covered)
            self._free[place] -= taken
            covered += taken
        return covered

    def _groups_with_free(self, entry: Entry) -> Iterator[Group]:
        for group in offering(entry, self._facts):
            if group.free_modifiers:
                yield group


def offering(entry: Entry, facts: Facts) -> list[Group]:
    """Return the groups below the entry's parent that offer the modifier."""
    parent = entry.parent
    if parent is None or parent.thing is None or entry.thing is None:
        return []
    members = facts.offers.defaults.get(entry.thing.key, {})
    named = getattr(entry.sent, "modifier_group_id", None)
    return [
        group
        for group in groups_below(parent, facts)
        if group.key in members and (not named or group.provider_id == named)
    ]


def groups_below(entry: Entry, facts: Facts) -> list[Group]:
    """Return the groups below a line or a modifier."""
    if entry.thing is None:
        return []
    if entry.parent is None:
        family = entry.thing.family or entry.thing
        return facts.offers.of_family.get(family.key, [])
    return facts.offers.of_modifier.get(entry.thing.key, [])
