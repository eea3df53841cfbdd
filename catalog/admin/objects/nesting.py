"""Detection of cycles among groups nested below modifiers."""

from collections.abc import Iterable, Iterator
from typing import Any

from catalog.models import GroupModifier, Modifier, ModifierGroup, ModifierNestedGroup

Node = tuple[type, int]  # A modifier or a group, by its key.

# For each model: its links, their upper and lower column, and the model below.
_BELOW: dict[type, tuple[Any, str, str, Any]] = {
    Modifier: (ModifierNestedGroup, "modifier_id", "group_id", ModifierGroup),
    ModifierGroup: (GroupModifier, "group_id", "modifier_id", Modifier),
}


def find_cycle(owner: Modifier | ModifierGroup, below: Iterable[int]) -> str | None:
    """Return the path from the owner through the keys to be linked below it back to it, or None."""
    model_below = _BELOW[type(owner)][3]
    parents: dict[Node, Node | None] = {(model_below, key): None for key in below}
    target: Node = (type(owner), owner.pk)
    model, level = model_below, [key for _, key in parents]
    while level and target not in parents:
        links, upper, lower, next_model = _BELOW[model]
        rows = links.objects.filter(**{f"{upper}__in": level}).values_list(upper, lower)
        level = []
        for parent, child in rows:
            if (next_model, child) not in parents:
                parents[next_model, child] = (model, parent)
                level.append(child)
        model = next_model
    if target not in parents:
        return None
    path = list(_upwards(parents, target))
    return " → ".join([owner.name, *_names(reversed(path))])


def _upwards(parents: dict[Node, Node | None], node: Node) -> Iterator[Node]:
    step: Node | None = node
    while step is not None:
        yield step
        step = parents[step]


def _names(path: Iterable[Node]) -> Iterator[str]:
    nodes = list(path)
    names: dict[Node, str] = {}
    for model in (Modifier, ModifierGroup):
        keys = [key for kind, key in nodes if kind is model]
        rows = model.objects.filter(pk__in=keys).values_list("pk", "name")
        names |= {(model, key): name for key, name in rows}
    return (names[node] for node in nodes)
