"""Inline rows that link an existing object or create a new one."""

from typing import Any

import pytest
from django.urls import reverse

from catalog import models
from tests.support import factories
from tests.support.admin_forms import errors, filled, row


@pytest.fixture
def client(browser_client: Any, owner: Any) -> Any:
    return browser_client(owner)


def page(model: str, name: str, *args: Any) -> str:
    return reverse(f"admin:catalog_{model}_{name}", args=args)


def add(client: Any, model: str, **fields: Any) -> Any:
    address = page(model, "add")
    return client.post(address, filled(client.get(address)) | fields)


def test_a_category_can_be_created_with_its_dishes(client, merchant):
    known = factories.family(merchant, name="Soup")
    rows = (
        row("family_links", 0, new_name=" Burger ", new_price="9.50")
        | row("family_links", 1, family=known.pk)
        | row("family_links", 2, new_name="Fries", new_price="4")
    )

    answer = add(client, "category", name="Warm", **rows)

    assert answer.status_code == 302, errors(answer)
    links = models.Category.objects.get(name="Warm").family_links.select_related("family")
    shown = [(link.position, link.family.name, link.family.price_amount) for link in links]
    assert shown == [(0, "Burger", 950), (1, "Soup", 1000), (2, "Fries", 400)]
    family = models.ItemFamily.objects.get(name="Fries")
    assert family.provider_id.startswith("item_family_")
    assert family.merchant == merchant


def test_a_group_can_be_created_with_its_modifiers(client, merchant):
    rows = row("modifier_links", 0, new_name="Cheese", new_price="1.50", default_quantity="0")
    rows |= row("modifier_links", 1, new_name="Ketchup", default_quantity="1")

    answer = add(client, "modifiergroup", name="Extras", **rows)

    assert answer.status_code == 302, errors(answer)
    modifiers = models.Modifier.objects.order_by("name").values_list("name", "price_amount")
    assert list(modifiers) == [("Cheese", 150), ("Ketchup", 0)]


def test_a_family_is_added_to_a_new_category_and_last_to_an_existing_one(client, merchant):
    first = factories.family(merchant)
    warm = factories.category(merchant, first, name="Warm")
    rows = row("category_links", 0, category=warm.pk) | row("category_links", 1, new_name="Cold")
    rows |= row("group_links", 0, new_name="Extras")

    answer = add(client, "itemfamily", name="Soup", price_amount="5", **rows)

    assert answer.status_code == 302, errors(answer)
    soup = models.ItemFamily.objects.get(name="Soup")
    places = soup.category_links.values_list("category__name", "position")
    assert sorted(places) == [("Cold", 0), ("Warm", 1)]
    assert soup.group_links.get().group.name == "Extras"


def test_a_menu_can_be_created_with_its_categories(client, merchant):
    answer = add(client, "menu", name="All day", **row("category_links", 0, new_name="Warm"))

    assert answer.status_code == 302, errors(answer)
    assert models.MenuCategory.objects.get().category.name == "Warm"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"new_name": "Soup"}, "Enter its price."),
        ({"new_name": "Soup", "new_price": "five"}, "Enter a price like 12.50."),
        ({"new_name": "Soup", "new_price": "-1"}, "Enter a price of 0 or more."),
        ({"new_price": "5"}, "Choose one or name a new one."),
        ({"new_name": "S" * 201, "new_price": "5"}, "at most 200 characters"),
        ({"new_name": "Soup", "new_price": "5", "family": "known"}, "not both"),
        ({"family": "known", "new_price": "5"}, "A price needs the name of a new one"),
        ({"family": "foreign"}, "Select a valid choice"),
    ],
)
def test_an_invalid_row_is_reported_and_creates_nothing(client, merchant, fields, message):
    keys = {
        "known": factories.family(merchant).pk,
        "foreign": factories.family(factories.merchant(name="Casa Verde")).pk,
    }
    fields = {name: keys.get(value, value) for name, value in fields.items()}

    answer = add(client, "category", name="Warm", **row("family_links", 0, **fields))

    assert message in errors(answer)
    assert models.ItemFamily.objects.count() == 2
    assert not models.Category.objects.exists()


def test_an_empty_row_is_ignored(client, merchant):
    rows = row("family_links", 0, new_name="", new_price="")

    assert add(client, "category", name="Warm", **rows).status_code == 302
    assert not models.CategoryFamily.objects.exists()


def test_an_existing_row_cannot_be_replaced_by_name(client, merchant):
    family = factories.family(merchant, name="Soup")
    category = factories.category(merchant, family)
    address = page("category", "change", category.pk)
    sent = filled(client.get(address)) | {
        "family_links-0-new_name": "Stew", "family_links-0-new_price": "1.00",
    }  # fmt: skip

    assert client.post(address, sent).status_code == 302
    assert category.family_links.get().family == family
    assert models.ItemFamily.objects.count() == 1


def test_each_row_links_to_its_object(client, merchant):
    family = factories.family(merchant, name="Soup")
    category = factories.category(merchant, family)

    shown = client.get(page("category", "change", category.pk)).content.decode()

    assert f'href="/admin/catalog/itemfamily/{family.pk}/change/">Open</a>' in shown
    assert "10.00 USD" in shown


def test_a_read_only_user_sees_no_fields_for_new_objects(browser_client, merchant):
    category = factories.category(merchant, factories.family(merchant, name="Soup"))
    kitchen = browser_client(factories.user(merchant, "kitchen"))

    shown = kitchen.get(page("category", "change", category.pk)).content.decode()

    assert "Soup" in shown
    assert "new_name" not in shown


def test_prices_are_parsed_in_the_merchants_currency(browser_client, db):
    tokyo = factories.merchant(name="Sushi", currency="jpy")
    client = browser_client(factories.user(tokyo, "owner"))

    rows = row("family_links", 0, new_name="Ramen", new_price="1250")
    assert add(client, "category", name="Warm", **rows).status_code == 302
    assert models.ItemFamily.objects.get().price_amount == 1250


def test_our_own_staff_create_for_the_chosen_merchant(browser_client, merchant):
    client = browser_client(factories.user(None, "", is_superuser=True))
    address = f"{page('category', 'add')}?merchant={merchant.pk}"
    rows = row("family_links", 0, new_name="Soup", new_price="5")

    assert client.post(address, filled(client.get(address), name="Warm", **rows)).status_code == 302
    assert models.ItemFamily.objects.get().merchant == merchant
