"""Options whose nested groups lead back to them."""

from collections import defaultdict

from catalog.menu.loader import MenuData

Ways = dict[int, set[int]]


def options_in_cycles(menu: MenuData) -> dict[int, int]:
    """The key of each such option, with that of a nested group by which it comes back."""
    below, nested = _ways(menu)
    rounds = _rounds(below)
    return {
        key: next(group for group, options in nested[key].items() if options & round_)
        for round_ in rounds
        for key in sorted(round_)
    }


def _ways(menu: MenuData) -> tuple[Ways, dict[int, dict[int, set[int]]]]:
    """From each option with nested groups to such options one step below, and by which group."""
    options, groups = menu.rows["modifier"], menu.rows["modifier_group"]
    opening = {key for key in menu.links["modifier_groups"] if key in options}
    nested = {
        key: {
            group: opening.intersection(menu.links["group_modifiers"].get(group, ()))
            for group in menu.links["modifier_groups"][key]
            if group in groups
        }
        for key in opening
    }
    return {key: set().union(*by_group.values()) for key, by_group in nested.items()}, nested


def _rounds(below: Ways) -> list[set[int]]:
    """The sets of options that all lead to each other; one alone only if it leads to itself."""
    above: Ways = defaultdict(set)
    for key, lower in below.items():
        for one in lower:
            above[one].add(key)
    left = _trimmed(below, above)
    rounds = []
    while left:
        start = next(iter(left))
        together = _reached(start, below, left) & _reached(start, above, left)
        if together:
            rounds.append(together)
        left -= together | {start}
    return rounds


def _trimmed(below: Ways, above: Ways) -> set[int]:
    """Without what leads nowhere, or what nothing leads to: usually nothing is left."""
    left = set(below)
    for ahead, behind in ((below, above), (above, below)):
        count = {key: len(ahead.get(key, set()) & left) for key in left}
        ends = [key for key, ways in count.items() if not ways]
        while ends:
            end = ends.pop()
            left.discard(end)
            for key in behind.get(end, set()) & left:
                count[key] -= 1
                if not count[key]:
                    ends.append(key)
    return left


def _reached(start: int, ways: Ways, among: set[int]) -> set[int]:
    """What is reached from `start` in one step or more."""
    reached: set[int] = set()
    following = [start]
    while following:
        fresh = (ways.get(following.pop(), set()) & among) - reached
        reached |= fresh
        following.extend(fresh)
    return reached
