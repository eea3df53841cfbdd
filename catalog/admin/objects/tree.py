"""The customer's choices as a tree: a family's sizes and groups, or a group's options.

A group is expanded once, where it first appears; further on it is only named. The tree is thus
finite even with cycles, and never larger than the menu.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse

from catalog.models import (
    FamilyModifierGroup,
    GroupModifier,
    Item,
    ItemFamily,
    ModifierGroup,
    ModifierNestedGroup,
)
from integration import currency as currencies

from .selection_text import selection_text


@dataclass
class Node:
    """A line of the tree with its children."""

    name: str
    url: str
    price: str = ""
    hint: str = ""  # The number of choices, or the reason it is not expanded.
    is_off: bool = False
    below: list["Node"] = field(default_factory=list)


Links = dict[int, list[Any]]


@dataclass
class _Reading:
    """The options and nested groups below some groups: two queries per level, none for a repeat."""

    options: Links = field(default_factory=lambda: defaultdict(list))
    nested: Links = field(default_factory=lambda: defaultdict(list))

    def read(self, groups: Iterable[int]) -> None:
        level, known_groups = set(groups), set[int]()
        known_modifiers: set[int] = set()
        while level:
            known_groups |= level
            modifiers = self._read_options(level) - known_modifiers
            known_modifiers |= modifiers
            level = self._read_nested(modifiers) - known_groups

    def _read_options(self, groups: set[int]) -> set[int]:
        links = GroupModifier.objects.filter(group__in=groups, modifier__archived_at=None)
        for link in links.select_related("modifier"):
            self.options[link.group_id].append(link.modifier)
        return {option.pk for group in groups for option in self.options[group]}

    def _read_nested(self, modifiers: set[int]) -> set[int]:
        links = ModifierNestedGroup.objects.filter(modifier__in=modifiers, group__archived_at=None)
        for link in links.select_related("group"):
            self.nested[link.modifier_id].append(link.group)
        return {group.pk for modifier in modifiers for group in self.nested[modifier]}


class _Writer:
    def __init__(self, currency: str, reading: _Reading) -> None:
        self.currency, self.reading = currency, reading
        self.expanded: set[int] = set()

    def group(self, group: ModifierGroup, above: tuple[int, ...] = ()) -> Node:
        node = _node(group, hint=selection_text(group))
        if group.pk in above:
            node.hint = "contains itself: see the menu check"
        elif group.pk in self.expanded:
            node.hint = "as above"
        else:
            self.expanded.add(group.pk)
            node.below = [
                self._option(option, (*above, group.pk))
                for option in self.reading.options[group.pk]
            ]
        return node

    def _option(self, modifier: Any, above: tuple[int, ...]) -> Node:
        node = self.priced(modifier)
        node.below = [self.group(group, above) for group in self.reading.nested[modifier.pk]]
        return node

    def priced(self, obj: Any) -> Node:
        return _node(obj, price=currencies.as_text(obj.price_amount, self.currency))


def _node(obj: Any, *, price: str = "", hint: str = "") -> Node:
    url = reverse(f"admin:catalog_{obj._meta.model_name}_change", args=[obj.pk])
    return Node(obj.name, url, price, hint, is_off=not obj.is_active)


def family_tree(family: ItemFamily) -> list[Node]:
    links = FamilyModifierGroup.objects.filter(family=family, group__archived_at=None)
    groups = [link.group for link in links.select_related("group")]
    sizes = Item.objects.filter(family=family, archived_at=None)
    reading = _Reading()
    reading.read(group.pk for group in groups)
    writer = _Writer(family.merchant.currency, reading)
    return [*(writer.priced(size) for size in sizes), *(writer.group(group) for group in groups)]


def group_tree(group: ModifierGroup) -> list[Node]:
    reading = _Reading()
    reading.read([group.pk])
    return _Writer(group.merchant.currency, reading).group(group).below
