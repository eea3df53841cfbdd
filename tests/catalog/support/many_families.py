"""A large menu for the menu check."""

from typing import Any

from catalog import models
from catalog.models import ItemFamily, Modifier, ModifierGroup


def add_many(merchant: Any, count: int) -> None:
    """Add families without category, each with two of up to 300 groups of eight options."""
    groups = ModifierGroup.objects.bulk_create(
        ModifierGroup(merchant=merchant, provider_id=f"g{n}", name=f"Group {n}")
        for n in range(min(count, 300))
    )
    options = Modifier.objects.bulk_create(
        Modifier(merchant=merchant, provider_id=f"o{n}", name=f"Option {n}", price_amount=n)
        for n in range(8 * len(groups))
    )
    models.GroupModifier.objects.bulk_create(
        models.GroupModifier(group=groups[n // 8], modifier=option, position=n % 8)
        for n, option in enumerate(options)
    )
    families = ItemFamily.objects.bulk_create(
        ItemFamily(merchant=merchant, provider_id=f"f{n}", name=f"Dish {n}", price_amount=900)
        for n in range(count)
    )
    models.FamilyModifierGroup.objects.bulk_create(
        models.FamilyModifierGroup(family=family, group=groups[(n + k) % len(groups)], position=k)
        for n, family in enumerate(families)
        for k in (0, 1)
    )
