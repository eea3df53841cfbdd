"""What the customer chooses: a family's sizes and groups, or a group's options, as a tree.

A group is unfolded once, where it is first met; below that it is only named. So the tree ends,
also where groups lead back to themselves, and is never larger than the menu itself.
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

from .selection_text import how_many


@dataclass
class Node:
    """One line of the tree with those below it."""

    name: str
    url: str
    price: str = ""
    hint: str = ""  # How many may be chosen, or why it is not unfolded.
    is_off: bool = False
    below: list["Node"] = field(default_factory=list)


Links = dict[int, list[Any]]


@dataclass
class _Reading:
    """What lies below some groups: two queries for each level, none for a group met before."""

    options: Links = field(default_factory=lambda: defaultdict(list))
    nested: Links = field(default_factory=lambda: defaultdict(list))

    def read(self, groups: Iterable[int]) -> None:
        level, known = set(groups), set[int]()
        modifiers_known: set[int] = set()
        while level:
            known |= level
            modifiers = self._read_options(level) - modifiers_known
            modifiers_known |= modifiers
            level = self._read_nested(modifiers) - known

    def _read_options(self, groups: set[int]) -> set[int]:
        links = GroupModifier.objects.filter(group__in=groups, modifier__archived_at=None)
        for link in links.select_related("modifier"):
            self.options[link.group_id].append(link.modifier)
        return {one.pk for group in groups for one in self.options[group]}

    def _read_nested(self, modifiers: set[int]) -> set[int]:
        links = ModifierNestedGroup.objects.filter(modifier__in=modifiers, group__archived_at=None)
        for link in links.select_related("group"):
            self.nested[link.modifier_id].append(link.group)
        return {one.pk for modifier in modifiers for one in self.nested[modifier]}


class _Writer:
    def __init__(self, currency: str, reading: _Reading) -> None:
        self.currency, self.reading = currency, reading
        self.unfolded: set[int] = set()

    def group(self, group: ModifierGroup, above: tuple[int, ...] = ()) -> Node:
        node = _node(group, hint=how_many(group))
        if group.pk in above:
            node.hint = "leads back to itself: see the menu check"
        elif group.pk in self.unfolded:
            node.hint = "as above"
        else:
            self.unfolded.add(group.pk)
            node.below = [
                self._option(one, (*above, group.pk)) for one in self.reading.options[group.pk]
            ]
        return node

    def _option(self, modifier: Any, above: tuple[int, ...]) -> Node:
        node = self.priced(modifier)
        node.below = [self.group(one, above) for one in self.reading.nested[modifier.pk]]
        return node

    def priced(self, obj: Any) -> Node:
        return _node(obj, price=currencies.as_text(obj.price_amount, self.currency))


def _node(obj: Any, *, price: str = "", hint: str = "") -> Node:
    url = reverse(f"admin:catalog_{obj._meta.model_name}_change", args=[obj.pk])
    return Node(obj.name, url, price, hint, is_off=not obj.is_active)


def of_family(family: ItemFamily) -> list[Node]:
    links = FamilyModifierGroup.objects.filter(family=family, group__archived_at=None)
    groups = [link.group for link in links.select_related("group")]
    sizes = Item.objects.filter(family=family, archived_at=None)
    reading = _Reading()
    reading.read(one.pk for one in groups)
    writer = _Writer(family.merchant.currency, reading)
    return [*(writer.priced(one) for one in sizes), *(writer.group(one) for one in groups)]


def of_group(group: ModifierGroup) -> list[Node]:
    reading = _Reading()
    reading.read([group.pk])
    return _Writer(group.merchant.currency, reading).group(group).below
