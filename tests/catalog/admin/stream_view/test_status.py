"""The comparison on "As Stream sees it" with what Stream was last told."""

from typing import Any

import pytest

from catalog import models, tasks
from catalog.menu import availability
from catalog.models import CatalogSnapshot, ItemFamily
from catalog.snapshots import body_store
from tests.catalog.support.catalog_events import deliver, read, rename, switch
from tests.support import factories

from .test_page import address


@pytest.fixture
def standing(browser_client: Any, owner: Any, location: Any) -> Any:
    client = browser_client(owner)

    def load() -> Any:
        answer = client.get(address(location))
        assert answer.status_code == 200
        return answer.context["standing"]

    return load


def differences(page: Any) -> list[tuple[str, str, str]]:
    return [tuple(difference) for difference in page["differences"]]


def test_after_a_pull_nothing_differs(standing, soda):
    page = standing()

    assert page["says"] == "This is exactly what Stream was last told."
    assert differences(page) == []
    assert page["events"] == []


def test_a_menu_never_read_says_so(standing, location):
    page = standing()

    assert page["says"] == "Stream has never read this menu."
    assert not page["is_connected"]


def test_a_switch_is_listed_until_its_event_is_sent(standing, soda, location):
    switch(location, "soda", "off")

    page = standing()

    assert page["says"] == "Only availability differs from what Stream was last told."
    assert differences(page) == [("Item family", "Soda", "switched off")]
    kinds = [event.event_type for event in page["events"]]
    assert kinds == ["location.catalog.object.updated"] * 2
    deliver()
    tasks.look_after_catalogs()
    assert standing()["says"] == "This is exactly what Stream was last told."
    assert standing()["events"] == []


def test_an_edit_is_listed_by_the_objects_edited_since(standing, soda, merchant, location):
    models.Tax.objects.all().update(updated_at="2020-01-01T00:00Z")
    other = factories.family(merchant, name="Old dish")
    ItemFamily.objects.filter(pk=other.pk).update(updated_at="2020-01-01T00:00Z")
    tasks.look_after_catalogs()
    CatalogSnapshot.objects.filter(location=location).update(
        told_etag="", told_outline={"menu": "x", "off": {}}
    )
    soda.name = "Cola"
    soda.save()
    availability.switch(location, availability.find(location, "soda"), is_active=False)

    page = standing()

    assert page["says"] == "More than availability differs from what Stream was last told."
    assert not page["is_exact"]
    assert differences(page) == [
        ("Item family", "Cola", "switched off"),
        ("Item family", "Cola", "edited since"),
    ]
    assert [event.event_type for event in page["events"]] == ["location.catalog.updated"]


def test_each_change_since_the_last_pull_is_listed(standing, soda, stream, merchant, location):
    burger = factories.family(merchant, provider_id="burger", name="Burger")
    category = factories.category(merchant, burger, provider_id="warm", name="Warm")
    factories.menu(merchant, category, provider_id="always")
    read(stream, merchant)
    models.FamilyAtLocation.objects.create(object=burger, location=location, price_amount=1150)
    models.FamilyAtLocation.objects.create(object=soda, location=location, is_active=False)

    page = standing()

    assert page["is_exact"]
    assert differences(page) == [
        ("Item family", "Soda", "switched off"),
        ("Item family", "Burger", "price 10.00 USD → 11.50 USD"),
    ]


def test_new_removed_and_renamed_objects_are_listed(standing, soda, stream, merchant):
    read(stream, merchant)
    rename("Cola")
    tax = factories.tax(merchant, provider_id="tax", is_default=True)
    for _ in range(2):  # The second build finds nothing to do and deletes unused bodies.
        tasks.look_after_catalogs()
        body_store.delete_unused(merchant.pk)

    assert differences(standing()) == [
        ("Item family", "Cola", "renamed from “Soda”"),
        ("Tax", tax.name, "new"),
        ("Tax", "The overall rate", "0 % → 8.25 %"),
    ]


def test_a_disconnected_location_is_reported_as_such(standing, soda, location):
    models.Location.objects.update(is_connected=False)

    assert standing()["is_connected"] is False


def test_many_differences_are_truncated_and_counted(standing, soda, merchant):
    for n in range(52):
        factories.family(merchant, name=f"Dish {n}")

    page = standing()

    assert len(page["differences"]) == 50
    assert page["hidden"] >= 1
