"""Assignment of chosen modifiers to modifier groups and their rules (contract CAT).

An order rarely names the group of a modifier. If several groups offer it, the modifiers are
assigned so that the rules hold, if that is possible.
"""

from collections.abc import Iterator

import msgspec

from .catalog_lookup import Facts
from .lines import Entry
from .modifier_groups import Group
from .prices import groups_below, offering

# Beyond these limits the search gives up and the choices pass: no real menu is so ambiguous, and
# the response must not take long.
_MAXIMUM_AMBIGUOUS = 100
_MAXIMUM_STEPS = 3_000


class Part(msgspec.Struct, frozen=True):
    """A quantity of a modifier, taken from one of these groups."""

    entry: Entry
    quantity: int
    groups: tuple[Group, ...]


class Chosen(msgspec.Struct):
    """The modifiers taken from a group below an entry, by primary key."""

    group: Group
    quantities: dict[int, int] = {}
    entries: dict[int, Entry] = {}

    def add(self, part: Part, times: int = 1) -> None:
        """Add the part; with -1, remove it again."""
        key = _key(part)
        left = self.quantities.get(key, 0) + times * part.quantity
        if left:
            self.quantities[key] = left
            self.entries.setdefault(key, part.entry)
        else:
            del self.quantities[key]

    def too_often(self, facts: Facts) -> Iterator[tuple[Entry, int]]:
        """Yield the modifiers taken more often than allowed, with the allowed number."""
        for key, quantity in self.quantities.items():
            allowed = self._allowed(key, facts)
            if allowed is not None and quantity > allowed:
                yield self.entries[key], allowed

    def has_room(self, part: Part, facts: Facts) -> bool:
        """Check that the group's rules still hold with the part added."""
        key, most = _key(part), self.group.maximum
        if most is not None and key not in self.quantities and len(self.quantities) >= most:
            return False
        allowed = self._allowed(key, facts)
        return allowed is None or self.quantities.get(key, 0) + part.quantity <= allowed

    def lacks(self) -> bool:
        return self.group.is_active and len(self.quantities) < self.group.minimum

    def _allowed(self, key: int, facts: Facts) -> int | None:
        """Return the greater of one and the default quantity; None: no limit."""
        if not self.group.is_each_once:
            return None
        return max(1, facts.offers.defaults.get(key, {}).get(self.group.key, 0))


def chosen_below(entry: Entry, facts: Facts) -> list[Chosen]:
    """Return the choices from each group below the entry, except undecidable groups."""
    groups = groups_below(entry, facts)
    if not groups:
        return []
    chosen = {group.key: Chosen(group) for group in groups}
    certain, ambiguous = _parts(entry, facts)
    for part in certain:
        chosen[part.groups[0].key].add(part)
    if ambiguous and not _Search(ambiguous, chosen, facts).place_all():
        for part in ambiguous:
            for group in part.groups:
                chosen.pop(group.key, None)
    return list(chosen.values())


def _parts(entry: Entry, facts: Facts) -> tuple[list[Part], list[Part]]:
    """Split the modifiers below into those of one group, and those of several."""
    certain: list[Part] = []
    ambiguous: list[Part] = []
    for below in entry.below:
        groups = offering(below, facts)
        groups = [group for group in groups if group.is_active] or groups[:1]
        if len(groups) == 1:
            certain.append(Part(below, below.sent.quantity, tuple(groups)))
        elif groups:
            ambiguous.extend(_split(below, tuple(groups)))
    return certain, sorted(ambiguous, key=lambda part: (_key(part), -part.quantity))


def _split(entry: Entry, groups: tuple[Group, ...]) -> Iterator[Part]:
    """Split a quantity into parts, as each unit may come from a different group."""
    quantity = entry.sent.quantity
    singles = min(quantity, len(groups)) - 1
    yield Part(entry, quantity - singles, groups)
    for _ in range(singles):
        yield Part(entry, 1, groups)


def _key(part: Part) -> int:
    assert part.entry.thing is not None  # Otherwise no group offers it.
    return part.entry.thing.key


class _Search:
    """Assigns ambiguous parts so that the rules hold, or else to the likeliest groups."""

    def __init__(self, parts: list[Part], chosen: dict[int, Chosen], facts: Facts) -> None:
        self._parts = parts
        self._chosen = chosen
        self._facts = facts
        self._steps = 0
        self._dead: set[object] = set()

    def place_all(self) -> bool:
        """Assign all parts; return False when the search takes too long."""
        if len(self._parts) > _MAXIMUM_AMBIGUOUS:
            return False
        if self._place(0):
            return True
        if self._steps > _MAXIMUM_STEPS:
            return False
        for part in self._parts:  # No assignment satisfies the rules, so report the likeliest one.
            self._likeliest(part).add(part)
        return True

    def _place(self, number: int) -> bool:
        if number == len(self._parts):
            return not any(chosen.lacks() for chosen in self._chosen.values())
        state = (
            number,
            *(frozenset(chosen.quantities.items()) for chosen in self._chosen.values()),
        )
        self._steps += 1
        if state in self._dead or self._steps > _MAXIMUM_STEPS:
            return False
        part = self._parts[number]
        for chosen in self._candidates(part):
            if chosen.has_room(part, self._facts):
                chosen.add(part)
                if self._place(number + 1):
                    return True
                chosen.add(part, -1)
        self._dead.add(state)
        return False

    def _candidates(self, part: Part) -> list[Chosen]:
        """Return the part's groups, those that still need choices first."""
        candidates = [self._chosen[group.key] for group in part.groups]
        return sorted(candidates, key=lambda chosen: not chosen.lacks())

    def _likeliest(self, part: Part) -> Chosen:
        candidates = self._candidates(part)
        fitting = [chosen for chosen in candidates if chosen.has_room(part, self._facts)]
        return (fitting or candidates)[0]
