"""A menu with every feature of contract CAT; full_catalog.json is what Stream gets."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from catalog import models
from catalog.models import Location
from integration.models import Merchant
from tests.support import factories

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
FULL_CATALOG: dict[str, Any] = json.loads((Path(__file__).parent / "full_catalog.json").read_text())


def by_id(catalog: dict[str, Any], provider_id: str) -> Any:
    """Return the only object with this id in the catalog."""
    [row] = [
        row
        for array in catalog.values()
        if isinstance(array, list)
        for row in array
        if row["provider_id"] == provider_id
    ]
    return row


def make(merchant: Merchant, here: Location) -> None:
    extras, toppings, halves = _groups(merchant)
    burger, pizza, soda, wine = _families(merchant, extras, toppings, halves)
    _taxes(merchant, burger, pizza)
    _menus(merchant, burger, pizza, soda, wine)
    models.FamilyImage.objects.create(
        object=burger, url="https://img.example.com/2.jpg", position=2
    )
    models.FamilyImage.objects.create(
        object=burger, url="https://img.example.com/1.png", position=1
    )
    for dsp, amount in (("uber", 1150), ("doordash", 1100)):
        models.FamilyDspPrice.objects.create(object=burger, dsp=dsp, price_amount=amount)
    models.FamilyAtLocation.objects.create(
        object=soda, location=here, is_active=False, inactive_until=LONG_AGO, price_amount=0
    )
    models.FamilyAtLocation.objects.create(object=wine, location=here, is_active=False)
    models.GroupAtLocation.objects.create(object=halves, location=here, is_active=False)
    elsewhere = factories.location(merchant, provider_id="loc_uptown", name="Uptown")
    models.FamilyAtLocation.objects.create(object=burger, location=elsewhere, price_amount=7)
    models.FamilyAtLocation.objects.create(object=pizza, location=elsewhere, is_active=False)
    foreign = factories.merchant(name="Foreign")
    factories.family(foreign, factories.group(foreign), provider_id="fam_burger")


def _groups(merchant: Merchant) -> list[models.ModifierGroup]:
    left = factories.modifier(merchant, provider_id="mod_left", name="Left", price_amount=0)
    halves = factories.group(
        merchant, left, provider_id="grp_halves", name="Halves", selection_type="single_proportion"
    )
    gone = factories.modifier(merchant, provider_id="mod_gone", archived_at=LONG_AGO)
    ham = factories.modifier(
        merchant, halves, provider_id="mod_ham", name="Ham", price_amount=200, sku="HAM"
    )
    models.ModifierImage.objects.create(object=ham, url="https://img.example.com/ham.webp")
    models.ModifierDspPrice.objects.create(object=ham, dsp="uber", price_amount=250)
    patty = factories.modifier(merchant, provider_id="mod_patty", is_active=False)
    toppings = factories.group(
        merchant,
        ham,
        gone,
        provider_id="grp_toppings",
        name="Toppings",
        selection_type="multiple",
        minimum_unique_modifiers=1,
        maximum_unique_modifiers=3,
        free_modifiers=1,
    )
    models.GroupModifier.objects.filter(group=toppings).update(default_quantity=2)
    extras = factories.group(merchant, patty, ham, provider_id="grp_extras")
    models.GroupModifier.objects.filter(group=extras, modifier=patty).update(position=9)
    return [extras, toppings, halves]


def _families(
    merchant: Merchant,
    extras: models.ModifierGroup,
    toppings: models.ModifierGroup,
    halves: models.ModifierGroup,
) -> list[models.ItemFamily]:
    gone = factories.group(merchant, provider_id="grp_gone", archived_at=LONG_AGO)
    burger = factories.family(
        merchant,
        toppings,
        gone,
        extras,
        provider_id="fam_burger",
        description="With everything",
        sku="BURGER",
        allergens=["gluten", "milk"],
    )
    pizza = factories.family(merchant, toppings, provider_id="fam_pizza", name="Pizza")
    _sizes(pizza)
    soda = factories.family(merchant, provider_id="fam_soda", name="Soda", price_amount=250)
    wine = factories.family(
        merchant, provider_id="fam_wine", name="Wine", price_amount=0, is_alcohol=True
    )
    priceless = factories.family(merchant, provider_id="fam_no_price", price_amount=None)
    archived = factories.family(merchant, provider_id="fam_gone", archived_at=LONG_AGO)
    factories.item(archived, provider_id="item_of_gone_family")
    factories.category(merchant, priceless, archived, provider_id="cat_empty", name="Empty")
    return [burger, pizza, soda, wine]


def _sizes(pizza: models.ItemFamily) -> None:
    large = factories.item(pizza, provider_id="item_large", position=1, sku="L", upc="0123456789")
    small = factories.item(
        pizza, provider_id="item_small", name="Small", price_amount=900, is_active=False
    )
    gone = factories.item(pizza, provider_id="item_gone", archived_at=LONG_AGO)
    models.ItemFamily.objects.filter(pk=pizza.pk).update(default_item=large)
    here = Location.objects.get(provider_id="loc_downtown")
    models.ItemAtLocation.objects.create(
        object=large, location=here, price_amount=1600, stock_count=5
    )
    models.ItemAtLocation.objects.create(object=small, location=here, stock_count=0)
    models.ItemDspPrice.objects.create(object=large, dsp="uber", price_amount=1750)
    for modifier, amount in (("mod_ham", 300), ("mod_gone", 1)):
        models.ItemModifierPrice.objects.create(
            item=large,
            modifier=models.Modifier.objects.get(provider_id=modifier, merchant=pizza.merchant),
            price_amount=amount,
        )
    models.ItemModifierPrice.objects.create(
        item=gone, modifier=models.Modifier.objects.get(provider_id="mod_ham"), price_amount=5
    )


def _taxes(merchant: Merchant, burger: models.ItemFamily, pizza: models.ItemFamily) -> None:
    sales = factories.tax(merchant, provider_id="tax_sales", is_default=True)
    city = factories.tax(
        merchant, provider_id="tax_city", name="City", rate="0.5", is_inclusive=True
    )
    gone = factories.tax(merchant, provider_id="tax_gone", archived_at=LONG_AGO)
    for position, tax in enumerate((city, gone, sales)):
        models.FamilyTax.objects.create(family=burger, tax=tax, position=position)
    models.FamilyTax.objects.create(family=pizza, tax=sales)


def _menus(merchant: Merchant, *families: models.ItemFamily) -> None:
    burger, pizza, soda, wine = families
    food = factories.category(
        merchant, pizza, burger, provider_id="cat_food", name="Food", description="Warm"
    )
    drinks = factories.category(merchant, soda, wine, provider_id="cat_drinks", name="Drinks")
    gone = factories.category(merchant, soda, provider_id="cat_gone", archived_at=LONG_AGO)
    weekend = {"saturday": ["18:00-23:59", "10:00-15:00"], "sunday": ["00:00-02:00"]}
    factories.menu(
        merchant, drinks, gone, food, provider_id="menu_weekend", name="Weekend", schedule=weekend
    )
    factories.menu(merchant, food, provider_id="menu_always", name="Always")
    factories.menu(merchant, food, provider_id="menu_gone", archived_at=LONG_AGO)
