"""What was chosen from which modifier group, and whether its rules allow that (contract CAT).

An order rarely says which group a modifier was taken from. Where several offer it, the choice
counts as one that the rules allow, if there is any.
"""

from collections.abc import Iterator

import msgspec

from .catalog_lookup import Facts
from .lines import Entry
from .modifier_groups import Group
from .prices import groups_below, offering

# Beyond these, who chose what stays open, and nothing is said against it: no kitchen's menu is
# so ambiguous, and nobody waits long for a judgement.
_MOST_OPEN = 100
_MOST_TRIES = 3_000


class Part(msgspec.Struct, frozen=True):
    """So many of one modifier, which were taken from one of these groups."""

    entry: Entry
    quantity: int
    groups: tuple[Group, ...]


class Chosen(msgspec.Struct):
    """What was taken from one group below one entry: modifiers by their keys."""

    group: Group
    quantities: dict[int, int] = {}
    entries: dict[int, Entry] = {}

    def add(self, part: Part, times: int = 1) -> None:
        """With -1 it takes the part out again."""
        key = _key(part)
        left = self.quantities.get(key, 0) + times * part.quantity
        if left:
            self.quantities[key] = left
            self.entries.setdefault(key, part.entry)
        else:
            del self.quantities[key]

    def too_often(self, facts: Facts) -> Iterator[tuple[Entry, int]]:
        """The modifiers of which more were taken than the group allows, and how many it allows."""
        for key, quantity in self.quantities.items():
            allowed = self._allowed(key, facts)
            if allowed is not None and quantity > allowed:
                yield self.entries[key], allowed

    def has_room(self, part: Part, facts: Facts) -> bool:
        """Whether the part can be added to what the rules allow."""
        key, most = _key(part), self.group.maximum
        if most is not None and key not in self.quantities and len(self.quantities) >= most:
            return False
        allowed = self._allowed(key, facts)
        return allowed is None or self.quantities.get(key, 0) + part.quantity <= allowed

    def lacks(self) -> bool:
        return self.group.is_active and len(self.quantities) < self.group.minimum

    def _allowed(self, key: int, facts: Facts) -> int | None:
        """Once; or as often as it is chosen from the start. None: as often as wanted."""
        if not self.group.is_each_once:
            return None
        return max(1, facts.offers.defaults.get(key, {}).get(self.group.key, 0))


def chosen_below(entry: Entry, facts: Facts) -> list[Chosen]:
    """What was taken from each group below the entry; nothing of groups that cannot be told."""
    groups = groups_below(entry, facts)
    if not groups:
        return []
    chosen = {group.key: Chosen(group) for group in groups}
    certain, open_ones = _parts(entry, facts)
    for part in certain:
        chosen[part.groups[0].key].add(part)
    if open_ones and not _Search(open_ones, chosen, facts).place_all():
        for part in open_ones:
            for group in part.groups:
                chosen.pop(group.key, None)
    return list(chosen.values())


def _parts(entry: Entry, facts: Facts) -> tuple[list[Part], list[Part]]:
    """Those that can only be of one group, and those of several."""
    certain: list[Part] = []
    open_ones: list[Part] = []
    for below in entry.below:
        groups = offering(below, facts)
        groups = [group for group in groups if group.is_active] or groups[:1]
        if len(groups) == 1:
            certain.append(Part(below, below.sent.quantity, tuple(groups)))
        elif groups:
            open_ones.extend(_split(below, tuple(groups)))
    return certain, sorted(open_ones, key=lambda part: (_key(part), -part.quantity))


def _split(entry: Entry, groups: tuple[Group, ...]) -> Iterator[Part]:
    """Several of one modifier may come from as many groups."""
    quantity = entry.sent.quantity
    singles = min(quantity, len(groups)) - 1
    yield Part(entry, quantity - singles, groups)
    for _ in range(singles):
        yield Part(entry, 1, groups)


def _key(part: Part) -> int:
    assert part.entry.thing is not None  # Otherwise no group offers it.
    return part.entry.thing.key


class _Search:
    """Places the open parts so that the rules hold; the first that fits otherwise."""

    def __init__(self, parts: list[Part], chosen: dict[int, Chosen], facts: Facts) -> None:
        self._parts = parts
        self._chosen = chosen
        self._facts = facts
        self._tries = 0
        self._dead: set[object] = set()

    def place_all(self) -> bool:
        """False when it cannot be told within reason."""
        if len(self._parts) > _MOST_OPEN:
            return False
        if self._place(0):
            return True
        if self._tries > _MOST_TRIES:
            return False
        for part in self._parts:  # No way is right: so what is wrong is told of the likeliest.
            self._likeliest(part).add(part)
        return True

    def _place(self, number: int) -> bool:
        if number == len(self._parts):
            return not any(chosen.lacks() for chosen in self._chosen.values())
        state = (number, *(frozenset(one.quantities.items()) for one in self._chosen.values()))
        self._tries += 1
        if state in self._dead or self._tries > _MOST_TRIES:
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
        """Those that still lack something first."""
        candidates = [self._chosen[group.key] for group in part.groups]
        return sorted(candidates, key=lambda chosen: not chosen.lacks())

    def _likeliest(self, part: Part) -> Chosen:
        candidates = self._candidates(part)
        fitting = [one for one in candidates if one.has_room(part, self._facts)]
        return (fitting or candidates)[0]
