"""A small menu in which the menu check finds nothing, and what Stream reads of a broken one."""

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
    """Every object that Stream reads."""
    return {one["provider_id"] for kind in REFERENCES for one in catalog[kind]}


def dangling(catalog: dict[str, Any]) -> set[str]:
    """What Stream reads a reference to, and does not read."""
    named = {
        identity
        for kind, lists in REFERENCES.items()
        for one in catalog[kind]
        for identity in [*(i for name in lists for i in one[name]), *_single(one)]
    }
    return named - ids(catalog)


def _single(one: dict[str, Any]) -> list[str]:
    overrides = [override["modifier_id"] for override in one.get("modifier_overrides", [])]
    defaults = list(one.get("rules", {}).get("default_modifier_quantities", {}))
    default_item = [one["default_item_id"]] if "default_item_id" in one else []
    return [*overrides, *defaults, *default_item]
