"""Archiving an object says first which others name it, with links, and asks once more."""

from typing import Any

import pytest
from django.urls import reverse

from catalog import models
from tests.support import factories
from tests.support.markup import compact


@pytest.fixture
def client(browser_client: Any, owner: Any) -> Any:
    return browser_client(owner)


def page_of(obj: Any) -> str:
    return reverse(f"admin:catalog_{obj._meta.model_name}_change", args=[obj.pk])


def archive(client: Any, *objects: Any) -> Any:
    address = reverse(f"admin:catalog_{objects[0]._meta.model_name}_changelist")
    keys = [target.pk for target in objects]
    return client.post(address, {"action": "archive", "_selected_action": keys}, follow=True)


def is_archived(obj: Any) -> bool:
    return type(obj).objects.get(pk=obj.pk).archived_at is not None


def _category(merchant: Any) -> tuple[Any, list[Any]]:
    category = factories.category(merchant, name="Drinks")
    return category, [factories.menu(merchant, category, name="Evening")]


def _family(merchant: Any) -> tuple[Any, list[Any]]:
    family = factories.family(merchant, name="Cola")
    return family, [factories.category(merchant, family, name="Drinks")]


def _group(merchant: Any) -> tuple[Any, list[Any]]:
    group = factories.group(merchant, name="Extras")
    family = factories.family(merchant, group, name="Burger")
    return group, [family, factories.modifier(merchant, group, name="Combo")]


def _modifier(merchant: Any) -> tuple[Any, list[Any]]:
    modifier = factories.modifier(merchant, name="Cheese")
    return modifier, [factories.group(merchant, modifier, name="Extras")]


def _tax(merchant: Any) -> tuple[Any, list[Any]]:
    tax, family = factories.tax(merchant, name="VAT"), factories.family(merchant, name="Cola")
    models.FamilyTax.objects.create(family=family, tax=tax)
    return tax, [family]


def _default_size(merchant: Any) -> tuple[Any, list[Any]]:
    family = factories.family(merchant, name="Pizza", price_amount=None)
    small = factories.item(family, name="Small")
    factories.item(family, name="Large")
    models.ItemFamily.objects.filter(pk=family.pk).update(default_item=small)
    return small, [family]


@pytest.mark.parametrize(
    "make", [_category, _family, _group, _modifier, _tax, _default_size], ids=lambda f: f.__name__
)
def test_what_names_an_object_is_told_with_links_before_it_is_archived(client, merchant, make):
    target, naming = make(merchant)

    answer = archive(client, target)

    shown = compact(answer.content.decode())
    assert not is_archived(target)
    for other in naming:
        assert f'href="{page_of(other)}"><bdi>{other}</bdi></a>' in shown
    confirmed = client.post(answer.request["PATH_INFO"], follow=True)
    assert "1 archived." in confirmed.content.decode()
    assert is_archived(target)
    assert not any(map(is_archived, naming))


def test_what_began_to_name_it_meanwhile_is_shown_first(client, merchant):
    family = factories.family(merchant, name="Cola")
    factories.category(merchant, family, name="Drinks")
    asked = archive(client, family).request["PATH_INFO"]
    other = factories.category(merchant, family, name="Lunch")

    answer = client.post(asked)

    assert "Others changed this meanwhile" in answer.content.decode()
    assert page_of(other) in answer.content.decode()
    assert not is_archived(family)
    client.post(asked)
    assert is_archived(family)


def test_archived_objects_do_not_count_and_what_nothing_names_is_archived_at_once(client, merchant):
    free, left = factories.family(merchant), factories.family(merchant)
    gone = factories.category(merchant, left)
    models.Category.objects.filter(pk=gone.pk).update(archived_at=gone.created_at)

    assert "2 archived." in archive(client, free, left).content.decode()

    assert is_archived(free)
    assert is_archived(left)


def test_the_page_of_another_merchants_selection_is_not_found(client, browser_client, merchant):
    family = factories.family(merchant)
    factories.category(merchant, family)
    asked = archive(client, family).request["PATH_INFO"]
    stranger = browser_client(factories.user(factories.merchant(name="Other")))

    assert stranger.post(asked).status_code == 302

    assert not is_archived(family)


def test_the_last_size_is_refused_with_a_link_to_its_family(client, merchant):
    family = factories.family(merchant, name="Pizza", price_amount=None)
    size = factories.item(family, name="Only")

    answer = archive(client, size).content.decode()

    assert "is the last size of" in answer
    assert page_of(family) in answer
    assert not is_archived(size)


def test_what_names_a_location_is_told_before_it_is_closed(client, merchant, location):
    limited = factories.user(merchant, "kitchen", full_name="Lou Limited")
    models.LocationAccess.objects.create(user=limited, location=location)

    answer = archive(client, location).content.decode()

    assert "Lou Limited" in answer
    assert reverse("admin:integration_user_change", args=[limited.pk]) in answer
    assert not is_archived(location)
    address = reverse("admin:catalog_location_changelist")
    named = answer.split('name="named" value="')[1].split('"')[0]
    data = {"action": "archive", "_selected_action": [location.pk], "named": named}
    client.post(address, data | {"named": "0" * 16})
    assert not is_archived(location)
    client.post(address, data)
    assert is_archived(location)
