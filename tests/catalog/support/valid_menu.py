"""A small menu without findings in the menu check, and checks of what Stream gets."""

from typing import Any

from catalog import models
from integration.models import Merchant
from tests.support import factories

REFERENCES = {
    "menu": ["category_ids"],
    "category": ["item_family_ids"],
    "item_family": ["item_ids", "modifier_group_ids", "tax_ids"],
    "item": [],
    "modifier_group": ["modifier_ids"],
    "modifier": ["modifier_group_ids"],
    "tax": [],
}


def make(merchant: Merchant) -> None:
    left = factories.modifier(merchant, provider_id="left", name="Left", price_amount=0)
    right = factories.modifier(merchant, provider_id="right", name="Right", price_amount=0)
    halves = factories.group(merchant, left, right, provider_id="halves", name="Halves")
    cheese = factories.modifier(merchant, halves, provider_id="cheese", name="Cheese")
    ham = factories.modifier(merchant, provider_id="ham", name="Ham")
    extras = factories.group(
        merchant,
        cheese,
        ham,
        provider_id="extras",
        name="Extras",
        minimum_unique_modifiers=1,
        maximum_unique_modifiers=2,
    )
    models.GroupModifier.objects.filter(modifier=ham).update(default_quantity=1)
    tax = factories.tax(merchant, provider_id="tax", is_default=True)
    burger = factories.family(merchant, extras, provider_id="burger", name="Burger")
    models.FamilyTax.objects.create(family=burger, tax=tax)
    models.FamilyImage.objects.create(object=burger, url="https://img.example.com/burger.jpg")
    models.FamilyDspPrice.objects.create(object=burger, dsp="uber", price_amount=1100)
    pizza = factories.family(merchant, extras, provider_id="pizza", name="Pizza")
    small = factories.item(pizza, provider_id="small", name="Small", price_amount=900)
    large = factories.item(pizza, provider_id="large", name="Large", position=1)
    models.ItemFamily.objects.filter(pk=pizza.pk).update(default_item=large)
    models.ItemModifierPrice.objects.create(item=small, modifier=left, price_amount=50)
    dishes = factories.category(merchant, burger, pizza, provider_id="dishes", name="Dishes")
    factories.menu(merchant, dishes, provider_id="lunch", name="Lunch")


def ids(catalog: dict[str, Any]) -> set[str]:
    """Return the ids of all objects that Stream gets."""
    return {row["provider_id"] for kind in REFERENCES for row in catalog[kind]}


def dangling(catalog: dict[str, Any]) -> set[str]:
    """Return ids that Stream gets references to, but no objects for."""
    named = {
        provider_id
        for kind, lists in REFERENCES.items()
        for row in catalog[kind]
        for provider_id in [*(key for name in lists for key in row[name]), *_single(row)]
    }
    return named - ids(catalog)


def _single(row: dict[str, Any]) -> list[str]:
    overrides = [override["modifier_id"] for override in row.get("modifier_overrides", [])]
    defaults = list(row.get("rules", {}).get("default_modifier_quantities", {}))
    default_item = [row["default_item_id"]] if "default_item_id" in row else []
    return [*overrides, *defaults, *default_item]
