"""The page "Menu check", and the messages after saving."""

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from catalog import models
from catalog.models import ItemFamily
from integration.models import Merchant
from tests.catalog.support import valid_menu
from tests.support import factories
from tests.support.admin_forms import filled

PAGE = "/admin/catalog/menu/check/"


@pytest.fixture
def client(browser_client: Any, owner: Any) -> Any:
    return browser_client(owner)


@pytest.fixture(autouse=True)
def good(merchant: Merchant, location: Any) -> None:
    valid_menu.make(merchant)


def text(client: Any, query: str = "") -> str:
    answer = client.get(PAGE + query)
    assert answer.status_code == 200
    return str(answer.content.decode())


def break_burger(**fields: Any) -> ItemFamily:
    ItemFamily.objects.filter(provider_id="burger").update(**fields)
    return ItemFamily.objects.get(provider_id="burger")


def save(client: Any, obj: Any, **changes: Any) -> list[tuple[str, str]]:
    """Save the object's page; return level and text of each message but "was changed"."""
    address = reverse(f"admin:catalog_{obj._meta.model_name}_change", args=[obj.pk])
    answer = client.post(address, filled(client.get(address)) | changes)
    assert answer.status_code == 302
    shown = [
        (message.level_tag, str(message.message)) for message in get_messages(answer.wsgi_request)
    ]
    return [message for message in shown if message[0] != "success"]


def test_a_valid_menu_has_no_findings(client):
    assert "No problems found" in text(client)


def test_the_page_lists_errors_and_warnings_with_links(client):
    burger = break_burger(price_amount=-1, name="<Burger> ")
    ItemFamily.objects.filter(provider_id="pizza").update(name="P" * 101)

    shown = text(client)

    assert f'href="/admin/catalog/itemfamily/{burger.pk}/change/">&lt;Burger&gt;</a>' in shown
    assert "Its price is -0.01 USD, which is below 0." in shown
    assert shown.index("Not sent to Stream") < shown.index("Probable mistakes")
    assert "Its name has 101 characters." in shown


def test_the_sidebar_marks_only_this_page_as_active(client):
    assert f'href="{PAGE}"' in client.get("/admin/").content.decode()

    sections = client.get(PAGE).context["sidebar_navigation"]

    marked = [item["title"] for section in sections for item in section["items"] if item["active"]]
    assert marked == ["Menu check"]


def test_the_check_can_be_limited_to_one_location(client, merchant):
    uptown = factories.location(merchant, provider_id="loc_uptown", name="Uptown")
    family = ItemFamily.objects.get(provider_id="burger")
    models.FamilyAtLocation.objects.create(object=family, location=uptown, price_amount=0)

    assert "At Uptown: Its price is 0." in text(client)
    assert "At Uptown: Its price is 0." in text(client, "?location=loc_uptown")
    assert "No problems found" in text(client, "?location=loc_downtown")
    assert client.get(f"{PAGE}?location=loc_x").status_code == 404


def test_nothing_of_another_merchant_is_shown(client):
    other = factories.merchant(name="Casa Verde")
    factories.family(other, name="Foreign dish", price_amount=None)
    factories.location(other, provider_id="loc_foreign", name="Foreign place")

    shown = text(client, f"?merchant={other.pk}")

    assert "No problems found" in shown
    assert "Foreign" not in shown
    assert client.get(f"{PAGE}?location=loc_foreign").status_code == 404


def test_a_limited_user_sees_no_findings_of_other_locations(browser_client, merchant, location):
    uptown = factories.location(merchant, provider_id="loc_uptown", name="Uptown")
    family = ItemFamily.objects.get(provider_id="burger")
    models.FamilyAtLocation.objects.create(object=family, location=uptown, price_amount=0)
    limited = factories.user(merchant, "manager")
    models.LocationAccess.objects.create(user=limited, location=location)
    client = browser_client(limited)

    assert "Uptown" not in text(client)
    assert client.get(f"{PAGE}?location=loc_uptown").status_code == 404


def test_our_own_staff_choose_a_merchant_first(browser_client, merchant):
    factories.family(factories.merchant(name="Casa Verde"), name="Foreign dish", price_amount=None)
    break_burger(price_amount=None)
    client = browser_client(factories.user(None, "", is_superuser=True))

    choice = text(client)
    assert "Menu check: which merchant?" in choice
    assert f'href="?merchant={merchant.pk}"' in choice
    shown = text(client, f"?merchant={merchant.pk}")
    assert "It has neither a price nor a size" in shown
    assert "Foreign dish" not in shown


def test_the_check_needs_a_signed_in_user(client):
    client.logout()

    assert client.get(PAGE).status_code == 302


def test_a_long_list_is_truncated_with_a_note(client, merchant):
    ItemFamily.objects.bulk_create(
        ItemFamily(merchant=merchant, provider_id=f"f{n}", name=f"Dish {n}", price_amount=900)
        for n in range(53)
    )

    shown = text(client)

    assert shown.count("It is in no category.") == 50
    assert "And 3 more." in shown


def test_saving_an_object_reports_only_its_own_findings(client):
    tax = models.Tax.objects.get(provider_id="tax")
    models.Menu.objects.update(schedule={"monday": ["09:00-08:00"]})
    burger = break_burger(price_amount=0)

    assert save(client, tax, name="Sales") == []
    assert save(client, burger, description="With cheese") == [
        ("warning", "“Burger”: Its price is 0. Enter a price, unless it is free.")
    ]


def test_saving_a_family_reports_findings_of_its_sizes(client):
    pizza = ItemFamily.objects.get(provider_id="pizza")

    assert save(client, pizza, **{"items-0-price_amount": "0"}) == [
        ("warning", "“Small”: Its price is 0. Enter a price, unless it is free.")
    ]


def test_saving_a_group_checks_its_number_of_options(client):
    group = models.ModifierGroup.objects.get(provider_id="extras")

    shown = save(client, group, minimum_unique_modifiers="3", maximum_unique_modifiers="")

    assert shown == [
        (
            "error",
            "Stream does not get “Extras”. It requires at least 3, but has 2 options that Stream"
            " gets. Add options, repair broken ones, or require fewer.",
        )
    ]


def test_the_number_of_messages_after_saving_is_limited(client, merchant):
    burger = ItemFamily.objects.get(provider_id="burger")
    for n in range(7):
        place = factories.location(merchant, name=f"Place {n}", provider_id=f"loc_{n}")
        models.FamilyAtLocation.objects.create(object=burger, location=place, price_amount=0)

    shown = save(client, burger, description="With cheese")

    assert len(shown) == 6
    assert shown[-1] == ("warning", "The page “Menu check” has 2 more findings on it.")
