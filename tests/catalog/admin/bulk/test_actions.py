"""Bulk actions: switching off for the day, and moving to a category."""

from datetime import datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog import models
from tests.catalog.support.bulk_action_pages import choose, messages_of, page_of
from tests.support import factories

CHICAGO = ZoneInfo("America/Chicago")
NOW = datetime(2030, 5, 1, 20, 30, tzinfo=CHICAGO)  # A Wednesday.


@pytest.fixture
def client(browser_client: Any, owner: Any) -> Any:
    return browser_client(owner)


@pytest.fixture
def burger(merchant: Any) -> models.ItemFamily:
    return factories.family(merchant, name="Burger")


def test_selected_objects_are_off_at_the_location_until_its_next_business_day(
    browser_client, owner, merchant, location, burger, woken, django_capture_on_commit_callbacks
):
    uptown = factories.location(merchant, name="Uptown", timezone="America/New_York")
    soda = factories.family(merchant, name="Soda")
    models.FamilyAtLocation.objects.create(
        object=soda, location=location, price_amount=90, stock_count=4
    )
    models.ObjectChange.objects.all().delete()
    with time_machine.travel(NOW, tick=False):
        client = browser_client(owner)
        page = page_of(client, "off_for_the_day", burger, soda)
        offered = client.get(page).content.decode()
        assert "Downtown – until Thursday, 02 May, 04:00 local time" in offered
        with django_capture_on_commit_callbacks(execute=True):
            answer = client.post(page, {"location": location.pk})
    assert messages_of(answer) == [
        "2 switched off at Downtown until Thursday, 02 May, 04:00 local time."
    ]
    off = models.FamilyAtLocation.objects.order_by("object__name")
    morning = datetime(2030, 5, 2, 4, tzinfo=CHICAGO)
    assert [(row.is_active, row.inactive_until, row.location) for row in off] == [
        (False, morning, location),
        (False, morning, location),
    ]
    assert (off[1].price_amount, off[1].stock_count) == (90, 4)
    assert not uptown.familyatlocation_set.exists()
    assert woken == [("catalog.tasks.refresh", merchant.pk)]
    noted = models.ObjectChange.objects.order_by("name")
    assert [(row.name, row.row, row.action, row.person) for row in noted] == [
        ("Burger", "at Downtown", "added", owner),
        ("Soda", "at Downtown", "changed", owner),
    ]


@pytest.mark.parametrize("model", ["item", "modifier", "modifiergroup"])
def test_sizes_modifiers_and_groups_can_be_switched_off(client, merchant, location, burger, model):
    chosen = {
        "item": lambda: factories.item(burger),
        "modifier": lambda: factories.modifier(merchant),
        "modifiergroup": lambda: factories.group(merchant),
    }[model]()
    client.post(page_of(client, "off_for_the_day", chosen), {"location": location.pk})
    assert not chosen.at_locations.get().is_active


def test_the_kitchen_can_switch_off_but_not_move_or_reprice(
    browser_client, merchant, location, burger
):
    client = browser_client(factories.user(merchant, "kitchen"))
    page = page_of(client, "off_for_the_day", burger)
    assert client.post(page, {"location": location.pk}).status_code == 302
    assert not burger.at_locations.get().is_active
    for action, other in (("move_to_category", "category"), ("change_prices", "prices")):
        assert "/bulk/" not in getattr(choose(client, action, burger), "url", "")
        page = page_of(client, "off_for_the_day", burger)
        assert client.get(page.replace("/off/", f"/{other}/")).status_code == 403


def test_a_limited_user_switches_off_only_at_their_locations(
    browser_client, merchant, location, burger
):
    uptown = factories.location(merchant, name="Uptown")
    limited = factories.user(merchant, "manager")
    models.LocationAccess.objects.create(user=limited, location=location)
    client = browser_client(limited)
    page = page_of(client, "off_for_the_day", burger)
    answer = client.get(page)
    assert b"Downtown" in answer.content
    assert b"Uptown" not in answer.content
    assert client.post(page, {"location": uptown.pk}).status_code == 200
    assert not models.FamilyAtLocation.objects.exists()
    assert client.get(page.replace("/off/", "/prices/")).status_code == 403
    assert client.post(page, {"location": location.pk}).status_code == 302
    assert models.FamilyAtLocation.objects.get().location == location


@pytest.mark.parametrize("wrong", ["", "x", "999999", "9" * 30, "<b>"])
def test_an_invalid_location_is_reported(client, location, burger, wrong):
    page = page_of(client, "off_for_the_day", burger)
    answer = client.post(page, {"location": wrong})
    assert answer.status_code in (200, 400)
    assert not models.FamilyAtLocation.objects.exists()


def test_another_merchants_objects_are_out_of_reach(
    client, browser_client, merchant, location, burger
):
    other = factories.merchant(name="Casa Verde")
    other_location = factories.location(other, name="Taqueria")
    category = factories.category(other, name="Tacos")
    page = page_of(client, "off_for_the_day", burger)
    assert client.post(page, {"location": other_location.pk}).status_code == 200
    page = page_of(client, "move_to_category", burger)
    assert client.post(page, {"category": category.pk, "others": "leave"}).status_code == 200
    assert not models.FamilyAtLocation.objects.exists()
    assert not models.CategoryFamily.objects.exists()
    for stranger in (factories.user(other), factories.user(merchant)):
        answer = browser_client(stranger).get(page)
        assert answer.status_code == 302
        assert "has expired" in messages_of(answer)[0]
    taco = factories.family(other)
    assert "/bulk/" not in getattr(choose(client, "move_to_category", taco), "url", "")


def test_an_unknown_staged_edit_or_page_is_not_found(client, location, burger):
    page = reverse("admin:catalog_itemfamily_bulk", args=[uuid4(), "off"])
    assert client.get(page).status_code == 302
    assert client.get(page.replace("/off/", "/nothing/")).status_code == 404
    group = reverse("admin:catalog_modifiergroup_bulk", args=[uuid4(), "prices"])
    assert client.get(group).status_code == 404


def test_moved_families_leave_their_old_categories(client, owner, merchant, burger):
    soda = factories.family(merchant, name="Soda")
    cola = factories.family(merchant, name="Cola")
    old = factories.category(merchant, burger, soda, name="Old")
    new = factories.category(merchant, cola, name="New")
    models.ObjectChange.objects.all().delete()
    page = page_of(client, "move_to_category", soda, cola)
    answer = client.post(page, {"category": new.pk, "others": "leave"})
    assert messages_of(answer) == ["2 moved to “New”."]
    assert [link.family for link in old.family_links.all()] == [burger]
    assert [(link.family, link.position) for link in new.family_links.all()] == [
        (cola, 0),
        (soda, 1),
    ]
    noted = models.ObjectChange.objects.order_by("pk")
    assert [
        (change.name, change.row, change.action, change.target_id, change.person)
        for change in noted
    ] == [
        ("Old", "item family Soda", "removed", soda.pk, owner),
        ("New", "item family Soda", "added", soda.pk, owner),
    ]


def test_moved_families_can_keep_their_old_categories(client, merchant, burger):
    old = factories.category(merchant, burger, name="Old")
    new = factories.category(merchant, name="New")
    page = page_of(client, "move_to_category", burger)
    client.post(page, {"category": new.pk, "others": "keep"})
    assert old.family_links.get().family == new.family_links.get().family == burger


def test_stream_pulls_the_move(client, stream, merchant, burger):
    old = factories.category(merchant, burger, name="Old")
    new = factories.category(merchant, name="New")
    page = page_of(client, "move_to_category", burger)
    client.post(page, {"category": new.pk, "others": "leave"})
    pulled = stream.catalog("loc_downtown").json()["category"]
    listed = {category["provider_id"]: category["item_family_ids"] for category in pulled}
    assert listed[new.provider_id] == [burger.provider_id]
    assert listed[old.provider_id] == []


def test_our_own_staff_must_select_objects_of_one_merchant(browser_client, burger, location):
    staff = browser_client(factories.user(None, "", is_superuser=True))
    taco = factories.family(factories.merchant(name="Casa Verde"))
    assert messages_of(choose(staff, "change_prices", burger, taco)) == [
        "Select objects of one merchant only."
    ]
    page = page_of(staff, "off_for_the_day", burger)
    assert client_posts(staff, page, location) == 302
    assert not burger.at_locations.get().is_active


def client_posts(client: Any, page: str, location: Any) -> int:
    return int(client.post(page, {"location": location.pk}).status_code)


def test_the_number_of_queries_does_not_depend_on_the_selection(client, merchant, location):
    category = factories.category(merchant)
    counts = []
    for many in (2, 200):
        for n in range(many):
            models.ItemFamily.objects.bulk_create(
                [models.ItemFamily(merchant=merchant, provider_id=f"{many}_{n}", name=str(n))]
            )
        chosen = models.ItemFamily.objects.filter(provider_id__startswith=f"{many}_")
        pages = {
            page_of(client, "off_for_the_day", *chosen): {"location": location.pk},
            page_of(client, "move_to_category", *chosen): {
                "category": category.pk,
                "others": "leave",
            },
        }
        with CaptureQueriesContext(connection) as queries:
            for page, data in pages.items():
                assert client.post(page, data).status_code == 302
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert category.family_links.count() == 202


def test_old_staged_edits_are_deleted(client, burger):
    page_of(client, "change_prices", burger)
    page_of(client, "change_prices", burger)
    assert models.StagedEdit.objects.count() == 2
    models.StagedEdit.objects.update(created_at=datetime(2026, 1, 1, tzinfo=CHICAGO))
    page_of(client, "change_prices", burger)
    assert models.StagedEdit.objects.count() == 1
