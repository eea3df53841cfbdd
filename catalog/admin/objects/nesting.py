"""Whether groups nested below modifiers would lead back to themselves."""

from collections.abc import Iterable, Iterator
from typing import Any

from catalog.models import GroupModifier, Modifier, ModifierGroup, ModifierNestedGroup

Node = tuple[type, int]  # A modifier or a group, by its key.

# How it goes on below each: the links, the column of the upper and of the lower end.
_BELOW: dict[type, tuple[Any, str, str, Any]] = {
    Modifier: (ModifierNestedGroup, "modifier_id", "group_id", ModifierGroup),
    ModifierGroup: (GroupModifier, "group_id", "modifier_id", Modifier),
}


def way_back(owner: Modifier | ModifierGroup, below: Iterable[int]) -> str | None:
    """The way from the owner, over what is to be linked below it, back to it; None: no way."""
    lower = _BELOW[type(owner)][3]
    came_from: dict[Node, Node | None] = {(lower, key): None for key in below}
    target: Node = (type(owner), owner.pk)
    model, level = lower, [key for _, key in came_from]
    while level and target not in came_from:
        links, upper, under, next_model = _BELOW[model]
        rows = links.objects.filter(**{f"{upper}__in": level}).values_list(upper, under)
        level = []
        for here, there in rows:
            if (next_model, there) not in came_from:
                came_from[next_model, there] = (model, here)
                level.append(there)
        model = next_model
    if target not in came_from:
        return None
    way = list(_upwards(came_from, target))
    return " → ".join([owner.name, *_names(reversed(way))])


def _upwards(came_from: dict[Node, Node | None], node: Node) -> Iterator[Node]:
    step: Node | None = node
    while step is not None:
        yield step
        step = came_from[step]


def _names(way: Iterable[Node]) -> Iterator[str]:
    steps = list(way)
    names: dict[Node, str] = {}
    for model in (Modifier, ModifierGroup):
        keys = [key for kind, key in steps if kind is model]
        rows = model.objects.filter(pk__in=keys).values_list("pk", "name")
        names |= {(model, key): name for key, name in rows}
    return (names[step] for step in steps)
