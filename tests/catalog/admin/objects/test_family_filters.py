"""Filters that find incomplete or faulty families."""

from typing import Any

import pytest
from django.utils import timezone

from catalog import models
from tests.catalog.support import valid_menu
from tests.support import factories
from tests.support.admin_forms import names

LIST = "/admin/catalog/itemfamily/"


@pytest.fixture
def client(browser_client: Any, owner: Any) -> Any:
    return browser_client(owner)


@pytest.fixture(autouse=True)
def good(merchant: Any, location: Any) -> None:
    valid_menu.make(merchant)


def test_families_in_no_category(client, merchant):
    factories.family(merchant, name="Lost")

    assert names(client.get(LIST, {"category": "none"})) == {"Lost"}


def test_families_without_a_price_or_a_size(client, merchant):
    empty = factories.family(merchant, name="Priceless", price_amount=None)
    assert names(client.get(LIST, {"missing": "price"})) == {"Priceless"}

    size = factories.item(empty)
    assert names(client.get(LIST, {"missing": "price"})) == set()
    models.Item.objects.filter(pk=size.pk).update(archived_at=timezone.now())
    assert names(client.get(LIST, {"missing": "price"})) == {"Priceless"}


def test_families_without_a_picture(client):
    assert names(client.get(LIST, {"missing": "picture"})) == {"Pizza"}


def test_families_with_errors_in_the_family_or_a_size(client, merchant):
    other = factories.merchant(name="Casa Verde")
    factories.family(other, provider_id="burger", name="Foreign", price_amount=-1)
    assert names(client.get(LIST, {"check": "errors"})) == set()
    models.ItemFamily.objects.filter(merchant=merchant, provider_id="burger").update(
        price_amount=-1
    )
    models.Item.objects.filter(provider_id="small").update(price_amount=-1)

    assert names(client.get(LIST, {"check": "errors"})) == {"Burger", "Pizza"}


def test_warnings_are_found_only_on_request(client):
    models.ItemFamily.objects.filter(provider_id="burger").update(price_amount=0)

    assert names(client.get(LIST, {"check": "errors"})) == set()
    assert names(client.get(LIST, {"check": "any"})) == {"Burger"}


@pytest.mark.parametrize("model", ["itemfamily", "item", "modifiergroup", "modifier"])
def test_every_list_can_filter_by_what_is_off_at_a_location(client, merchant, location, model):
    tables: Any = {
        "itemfamily": (models.ItemFamily, models.FamilyAtLocation),
        "item": (models.Item, models.ItemAtLocation),
        "modifiergroup": (models.ModifierGroup, models.GroupAtLocation),
        "modifier": (models.Modifier, models.ModifierAtLocation),
    }
    objects, rows = tables[model]
    uptown = factories.location(merchant, provider_id="loc_uptown", name="Uptown")
    off_downtown, off_uptown = objects.objects.order_by("pk")[:2]
    rows.objects.create(object=off_downtown, location=location, is_active=False)
    rows.objects.create(object=off_uptown, location=uptown, is_active=False)
    address = f"/admin/catalog/{model}/"

    assert names(client.get(address, {"off": location.pk})) == {str(off_downtown)}
    assert names(client.get(address, {"off": uptown.pk})) == {str(off_uptown)}


def test_the_filter_does_not_reveal_other_merchants_locations(
    client, browser_client, merchant, location
):
    other = factories.merchant(name="Casa Verde")
    other_location = factories.location(other, provider_id="loc_foreign", name="Foreign place")
    uptown = factories.location(merchant, provider_id="loc_uptown", name="Uptown")
    limited = factories.user(merchant, "manager")
    models.LocationAccess.objects.create(user=limited, location=location)

    assert "Foreign place" not in client.get(LIST).content.decode()
    everything = {"Burger", "Pizza"}
    assert names(client.get(LIST, {"off": other_location.pk})) == everything
    limited_client = browser_client(limited)
    assert "Uptown" not in limited_client.get(LIST).content.decode()
    assert names(limited_client.get(LIST, {"off": uptown.pk})) == everything


def test_no_filter_value_causes_a_server_error(browser_client, owner):
    staff = browser_client(factories.user(None, "", is_superuser=True))
    for client in (browser_client(owner), staff):
        for name in ("category", "off", "missing", "check", "merchant"):
            for value in ("x", "-1", "9" * 30, "<b>"):
                assert client.get(LIST, {name: value}).status_code in (200, 302, 400)
