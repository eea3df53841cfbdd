"""Find options whose nested groups lead back to them."""

from collections import defaultdict

from catalog.menu.loader import MenuData

Edges = dict[int, set[int]]


def options_in_cycles(menu: MenuData) -> dict[int, int]:
    """Return the key of each such option, with a nested group that leads back to it."""
    below, nested = _edges(menu)
    return {
        key: next(group for group, options in nested[key].items() if options & cycle)
        for cycle in _cycles(below)
        for key in sorted(cycle)
    }


def _edges(menu: MenuData) -> tuple[Edges, dict[int, dict[int, set[int]]]]:
    """Return the options one step below each option with nested groups, in total and by group."""
    options, groups = menu.rows["modifier"], menu.rows["modifier_group"]
    parents = {key for key in menu.links["modifier_groups"] if key in options}
    nested = {
        key: {
            group: parents.intersection(menu.links["group_modifiers"].get(group, ()))
            for group in menu.links["modifier_groups"][key]
            if group in groups
        }
        for key in parents
    }
    return {key: set().union(*by_group.values()) for key, by_group in nested.items()}, nested


def _cycles(below: Edges) -> list[set[int]]:
    """Return the sets of options that all lead to each other, or one option to itself."""
    above: Edges = defaultdict(set)
    for key, lower in below.items():
        for option in lower:
            above[option].add(key)
    left = _trimmed(below, above)
    cycles = []
    while left:
        start = next(iter(left))
        together = _reachable(start, below, left) & _reachable(start, above, left)
        if together:
            cycles.append(together)
        left -= together | {start}
    return cycles


def _trimmed(below: Edges, above: Edges) -> set[int]:
    """Return the options without dead ends and without starts: usually nothing is left."""
    left = set(below)
    for ahead, behind in ((below, above), (above, below)):
        count = {key: len(ahead.get(key, set()) & left) for key in left}
        ends = [key for key, edges in count.items() if not edges]
        while ends:
            end = ends.pop()
            left.discard(end)
            for key in behind.get(end, set()) & left:
                count[key] -= 1
                if not count[key]:
                    ends.append(key)
    return left


def _reachable(start: int, edges: Edges, among: set[int]) -> set[int]:
    """Return what can be reached from `start` in one step or more."""
    reached: set[int] = set()
    following = [start]
    while following:
        fresh = (edges.get(following.pop(), set()) & among) - reached
        reached |= fresh
        following.extend(fresh)
    return reached
