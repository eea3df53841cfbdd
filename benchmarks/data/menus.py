"""Menus for the catalog rows, in the benchmark database.

As in real menus, many families share a group: there are 300 groups in total, each with its own
modifiers, and two groups per family. In a nested menu the first modifier of every second group
opens the next group, so that each family has one modifier with a nested choice.
"""

from dataclasses import dataclass
from functools import lru_cache

from django.db import connection

from catalog import models
from catalog.compiled import store as compiled_menus
from catalog.models import Location
from catalog.models.base import new_provider_id
from catalog.snapshots import service as snapshots
from integration.models import Merchant
from tests.support import factories

_GROUPS = 300
_FAMILIES_PER_CATEGORY = 50
_DESCRIPTION = "Slow-cooked for eight hours, with pickled onions, our own sauce and a soft bun."


@dataclass(frozen=True)
class Menu:
    """A merchant with one connected location, and a bearer token for its catalog."""

    merchant: Merchant
    location: Location
    token: str


@lru_cache
def make(families: int, *, modifiers_per_group: int = 8, is_nested: bool = False) -> Menu:
    """Create a menu with two groups per family and build its snapshot; cached per arguments."""
    merchant = factories.merchant(name=f"{families} families")
    location = factories.location(merchant)
    _fill(merchant, families, modifiers_per_group)
    if is_nested:
        _nest(merchant)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # A database in use has current statistics.
    token = factories.access_token(factories.user(merchant))
    factories.connect(location)
    snapshots.refresh(merchant)
    compiled_menus.refresh(merchant)
    return Menu(merchant, location, token.raw)


def change_price(menu: Menu, amount: int) -> None:
    """Change one price as the admin would; committed, without a wake-up."""
    family = models.ItemFamily.objects.filter(merchant=menu.merchant).order_by("pk")[0]
    models.ItemFamily.objects.filter(pk=family.pk).update(price_amount=amount)


def change_description(menu: Menu, description: str) -> None:
    """Make an edit that rebuilds the catalog but refuses no order; committed, without a wake-up."""
    family = models.ItemFamily.objects.filter(merchant=menu.merchant).order_by("pk")[0]
    models.ItemFamily.objects.filter(pk=family.pk).update(description=description)


def _fill(merchant: Merchant, count: int, modifiers_per_group: int) -> None:
    groups = _groups(merchant, modifiers_per_group)
    tax = factories.tax(merchant, is_default=True)
    families = models.ItemFamily.objects.bulk_create(
        [_family(merchant, number) for number in range(count)], batch_size=2_000
    )
    models.FamilyTax.objects.bulk_create(
        [models.FamilyTax(family=family, tax=tax) for family in families], batch_size=5_000
    )
    models.FamilyModifierGroup.objects.bulk_create(
        [
            models.FamilyModifierGroup(
                family=family,
                group=groups[(number + 7 * position) % len(groups)],
                position=position,
            )
            for number, family in enumerate(families)
            for position in range(2)
        ],
        batch_size=5_000,
    )
    starts = range(0, count, _FAMILIES_PER_CATEGORY)
    categories = [
        factories.category(merchant, *families[start : start + _FAMILIES_PER_CATEGORY])
        for start in starts
    ]
    factories.menu(merchant, *categories)


def _nest(merchant: Merchant) -> None:
    groups = models.ModifierGroup.objects.filter(merchant=merchant).order_by("pk")
    first = models.GroupModifier.objects.filter(group__in=groups, position=0)
    opening = dict(first.values_list("group_id", "modifier_id"))
    pairs = zip(groups[0::2], groups[1::2], strict=True)
    models.ModifierNestedGroup.objects.bulk_create(
        [
            models.ModifierNestedGroup(modifier_id=opening[outer.pk], group=inner, position=0)
            for outer, inner in pairs
        ]
    )


def _family(merchant: Merchant, number: int) -> models.ItemFamily:
    return models.ItemFamily(
        merchant=merchant,
        provider_id=new_provider_id("item_family"),
        name=f"Burger number {number}",
        description=_DESCRIPTION,
        price_amount=900 + number % 700,
    )


def _groups(merchant: Merchant, modifiers_per_group: int) -> list[models.ModifierGroup]:
    groups = models.ModifierGroup.objects.bulk_create(
        [
            models.ModifierGroup(
                merchant=merchant,
                provider_id=new_provider_id("modifier_group"),
                name=f"Extras {number}",
            )
            for number in range(_GROUPS)
        ]
    )
    modifiers = models.Modifier.objects.bulk_create(
        [
            models.Modifier(
                merchant=merchant,
                provider_id=new_provider_id("modifier"),
                name=f"Extra {number}",
                price_amount=number % 300,
            )
            for number in range(_GROUPS * modifiers_per_group)
        ]
    )
    models.GroupModifier.objects.bulk_create(
        [
            models.GroupModifier(
                group=groups[number // modifiers_per_group],
                modifier=modifier,
                position=number % modifiers_per_group,
            )
            for number, modifier in enumerate(modifiers)
        ]
    )
    return groups
