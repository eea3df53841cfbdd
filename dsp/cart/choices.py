"""Choices of a line checked against the rules of its groups, and priced (contract DSP-MENU-RULES).

A choice that names no group belongs to the first group that offers it and still has room for it.
"""

from collections.abc import Iterator

from msgspec import Struct

from dsp.menus.schema import Family, Modifier, ModifierGroup, Variation

from .availability import Updates, is_active
from .lines import RULES, SOLD_OUT, UNKNOWN, Choice, Line, PricedLine, PricedModifier, Problem

MAXIMUM_QUANTITY = 1_000


class _Taken(Struct):
    """The choices taken from a group below one parent."""

    group: ModifierGroup
    options: dict[str, Modifier]
    quantities: dict[str, int]
    free_left: int

    def has_room(self, modifier_id: str) -> bool:
        most = self.group.rules.maximum
        return modifier_id in self.quantities or most is None or len(self.quantities) < most


class LineCheck:
    """The check of one line; every problem is kept."""

    def __init__(self, number: int, family: Family, variation: Variation, updates: Updates) -> None:
        self.problems: list[Problem] = []
        self._number = number
        self._family = family
        self._variation = variation
        self._updates = updates
        self._prices = dict(variation.modifier_prices)

    def price(self, line: Line) -> PricedLine:
        """Return the priced line, which counts only without problems."""
        for thing in (self._family, self._variation):
            if not is_active(thing, self._updates):
                self._problem(SOLD_OUT, f"{thing.name} is sold out.")
        self._check_quantity(line.quantity, self._family.name)
        modifiers = self._below(self._family.name, self._family.groups, line.modifiers)
        return PricedLine(self._family, self._variation, line.quantity, modifiers)

    def _below(
        self, parent: str, groups: tuple[ModifierGroup, ...], choices: tuple[Choice, ...]
    ) -> tuple[PricedModifier, ...]:
        taken = [
            _Taken(group, {one.stream_id: one for one in group.modifiers}, {}, group.rules.free)
            for group in groups
        ]
        priced: list[PricedModifier] = []
        for choice in choices:
            place = _place(choice, taken)
            if place is None:
                self._problem(UNKNOWN, f"{parent} has no such choice: {choice.id[:255]}.")
            else:
                priced.extend(self._take(choice, place))
        for place in taken:
            self._check_rules(parent, place)
        return tuple(priced)

    def _take(self, choice: Choice, place: _Taken) -> Iterator[PricedModifier]:
        """Yield the choice, its free units first."""
        modifier = place.options[choice.id]
        if not is_active(modifier, self._updates):
            self._problem(SOLD_OUT, f"{modifier.name} is sold out.")
        self._check_quantity(choice.quantity, modifier.name)
        place.quantities[choice.id] = place.quantities.get(choice.id, 0) + choice.quantity
        below = self._below(modifier.name, modifier.groups, choice.modifiers)
        free = min(place.free_left, choice.quantity)
        place.free_left -= free
        price = self._prices.get(choice.id, modifier.price)
        for quantity, amount in ((free, 0), (choice.quantity - free, price)):
            if quantity:
                yield PricedModifier(
                    choice.id, place.group.stream_id, modifier.name, quantity, amount, below
                )

    def _check_rules(self, parent: str, place: _Taken) -> None:
        name, rules, count = place.group.name, place.group.rules, len(place.quantities)
        if count < rules.minimum:
            self._problem(RULES, f"{parent}, {name}: choose at least {rules.minimum}.")
        if rules.maximum is not None and count > rules.maximum:
            self._problem(RULES, f"{parent}, {name}: choose at most {rules.maximum}.")
        defaults = dict(rules.defaults)
        for modifier_id, quantity in place.quantities.items():
            most = max(1, defaults.get(modifier_id, 0))
            if rules.is_each_once and quantity > most:
                chosen = place.options[modifier_id].name
                self._problem(RULES, f"{parent}, {name}: {chosen} at most {most} times.")

    def _check_quantity(self, quantity: int, name: str) -> None:
        if not 1 <= quantity <= MAXIMUM_QUANTITY:
            self._problem(RULES, f"{name}: the quantity must be 1 to {MAXIMUM_QUANTITY}.")

    def _problem(self, code: str, detail: str) -> None:
        self.problems.append(Problem(code, self._number, detail))


def _place(choice: Choice, taken: list[_Taken]) -> _Taken | None:
    named = choice.modifier_group_id
    offering = [
        place
        for place in taken
        if choice.id in place.options and named in (None, place.group.stream_id)
    ]
    roomy = [place for place in offering if place.has_room(choice.id)]
    return next(iter(roomy or offering), None)
