"""Find the objects that name others, which go on naming them once those are archived."""

from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from catalog import models
from catalog.models import Item, ItemFamily
from integration.db import bulk

# The lists in which objects of a kind are named.
_LISTS: dict[str, tuple[Any, ...]] = {
    "category": (models.MenuCategory,),
    "item_family": (models.CategoryFamily,),
    "modifier_group": (models.FamilyModifierGroup, models.ModifierNestedGroup),
    "modifier": (models.GroupModifier, models.ItemModifierPrice),
    "tax": (models.FamilyTax,),
}


class Reference(NamedTuple):
    """An object, and one that names it."""

    named: Any
    by: Any


def references_to(kind: str, keys: Collection[int]) -> list[Reference]:
    """Return what names the objects, but for a size its family, which holds it anyway."""
    return list(_references(kind, keys))


def _references(kind: str, keys: Collection[int]) -> Iterator[Reference]:
    for rows in _LISTS.get(kind, ()):
        owner, target = rows.owner_field, rows.target_field
        found = rows.objects.filter(
            **{f"{target}__in": bulk.keys_in(keys), f"{owner}__archived_at": None}
        )
        for row in found.select_related(owner, target).order_by(f"{owner}__name", "pk"):
            yield Reference(getattr(row, target), getattr(row, owner))
    if kind == Item.kind:
        families = ItemFamily.objects.filter(default_item__in=bulk.keys_in(keys), archived_at=None)
        for family in families.select_related("default_item").order_by("name", "pk"):
            yield Reference(family.default_item, family)
