"""The start page for a merchant's users: what needs attention, and the first steps."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog import models
from catalog.locations import pause as location_pause
from tests.catalog.support import valid_menu
from tests.support import factories

PAGE = "/admin/"


@pytest.fixture
def client(browser_client: Any, owner: Any) -> Any:
    return browser_client(owner)


def today(client: Any) -> Any:
    answer = client.get(PAGE)
    assert answer.status_code == 200
    return answer.context["today"]


def figures(client: Any) -> dict[str, int]:
    return {entry["label"]: entry["count"] for entry in today(client)["figures"]}


def test_a_new_merchant_is_guided_step_by_step(client, merchant, location):
    answer = client.get(PAGE).content.decode()
    assert "Set up your menu in four steps" in answer
    assert [entry["is_done"] for entry in today(client)["steps"]] == [False] * 4
    assert 'href="/admin/catalog/category/add/"' in answer

    valid_menu.make(merchant)

    assert "Begin here" not in client.get(PAGE).content.decode()
    assert today(client)["is_begun"]


def test_it_counts_dishes_off_or_uncategorized_and_menu_check_findings(client, merchant, location):
    valid_menu.make(merchant)
    assert set(figures(client).values()) == {0}
    models.ItemFamily.objects.filter(provider_id="burger").update(price_amount=-1)
    factories.family(merchant, name="Lost", is_active=False)
    factories.family(merchant, archived_at=timezone.now(), is_active=False)

    assert figures(client) == {
        "Dishes off everywhere": 1,
        "Dishes in no category": 1,
        "Not sent to Stream": 1,
        "Probable mistakes": 1,
    }


def test_a_large_menu_is_not_checked_on_the_start_page(client, merchant, monkeypatch):
    monkeypatch.setattr("catalog.admin.dashboard._CHECKED_FAMILIES", 1)
    valid_menu.make(merchant)

    assert set(figures(client)) == {"Dishes off everywhere", "Dishes in no category"}


def test_it_shows_what_is_off_at_each_location_with_a_link_to_the_list(client, merchant, location):
    valid_menu.make(merchant)
    burger, pizza = models.ItemFamily.objects.order_by("provider_id")
    ham = models.Modifier.objects.get(provider_id="ham")
    past = timezone.now() - timedelta(minutes=1)
    models.FamilyAtLocation.objects.create(object=burger, location=location, stock_count=0)
    models.FamilyAtLocation.objects.create(
        object=pizza, location=location, is_active=False, inactive_until=past
    )
    models.ModifierAtLocation.objects.create(object=ham, location=location, is_active=False)

    off = today(client)["places"][0]["off"]

    assert [entry["text"] for entry in off] == ["1 dish off", "1 modifier off"]
    lists = [client.get(entry["path"]).context["cl"].result_list for entry in off]
    assert [[str(entry) for entry in rows] for rows in lists] == [["Burger"], ["Ham"]]


def test_a_paused_location_comes_first_with_its_end(client, merchant, location):
    uptown = factories.location(merchant, provider_id="loc_uptown", name="Uptown")
    location_pause.pause(uptown)

    places = today(client)["places"]

    assert [str(entry["location"]) for entry in places] == ["Uptown", "Downtown"]
    assert "paused until resumed" in client.get(PAGE).content.decode()


def test_a_limited_user_sees_only_their_own_locations(browser_client, merchant, location):
    factories.location(merchant, provider_id="loc_uptown", name="Uptown")
    limited = factories.user(merchant, "manager")
    models.LocationAccess.objects.create(user=limited, location=location)
    client = browser_client(limited)

    assert [str(entry["location"]) for entry in today(client)["places"]] == ["Downtown"]
    assert "Uptown" not in client.get(PAGE).content.decode()


def test_another_merchants_objects_are_not_counted(client, merchant, location):
    other = factories.merchant(name="Casa Verde")
    factories.location(other, provider_id="loc_foreign", name="Foreign place")
    factories.family(other, is_active=False, price_amount=None)
    factories.tax(other)

    assert set(figures(client).values()) == {0}
    assert not any(entry["is_done"] for entry in today(client)["steps"])
    assert "Foreign" not in client.get(PAGE).content.decode()


def test_the_kitchen_is_not_asked_to_build_a_menu(browser_client, merchant, location):
    kitchen = browser_client(factories.user(merchant, "kitchen"))

    assert "Begin here" not in kitchen.get(PAGE).content.decode()
    assert "Locations now" in kitchen.get(PAGE).content.decode()


def test_our_own_staff_have_no_menu_of_their_own(browser_client, location):
    assert today(browser_client(factories.user(None, "", is_superuser=True))) == {}


def test_the_number_of_queries_does_not_depend_on_the_data(client, merchant, location):
    def count():
        with CaptureQueriesContext(connection) as caught:
            today(client)
        return len(caught)

    valid_menu.make(merchant)
    few = count()
    for n in range(5):
        place = factories.location(merchant, provider_id=f"loc_{n}", name=f"Place {n}")
        for _ in range(3):
            family = factories.family(merchant)
            models.FamilyAtLocation.objects.create(object=family, location=place, stock_count=0)
    assert count() <= few


def test_an_empty_list_shows_a_hint_but_an_empty_search_does_not(client, merchant):
    empty = client.get("/admin/catalog/category/").content.decode()
    assert "No categories yet" in empty
    assert "Begin here: name a category" in empty

    searched = client.get("/admin/catalog/category/?q=soup").content.decode()
    assert "No results" in searched
    assert "No categories yet" not in searched
