"""The list of all changes, and access to it."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.urls import reverse

from catalog.models import FamilyAtLocation, LocationAccess, ObjectChange
from tests.catalog.support.change_history import (
    burger,
    client,
    history_page,
    recorded_changes,
    save,
)
from tests.support import factories

__all__ = ["burger", "client"]


def test_the_list_can_be_filtered_by_user_kind_day_and_text(
    browser_client, client, merchant, burger, location
):
    manager = factories.user(merchant, "manager", full_name="Max Manager")
    with time_machine.travel(datetime(2030, 5, 1, 18, 0, tzinfo=UTC), tick=False):
        save(browser_client(manager), burger, name="Cheeseburger")
    save(client, location, name="Uptown")

    def names(**query: str) -> list[str]:
        answer = client.get(reverse("admin:catalog_objectchange_changelist"), query)
        assert answer.status_code == 200, query
        return [change.name for change in answer.context_data["cl"].result_list]

    assert names(person=str(manager.pk)) == ["Cheeseburger"]
    assert names(kind="location")[0] == "Uptown"
    assert "Cheeseburger" not in names(kind="location")
    assert names(at__year="2030", at__month="5", at__day="1") == ["Cheeseburger"]
    assert names(at__year="2030", at__month="5", at__day="2") == []
    assert names(q="cheeseb") == ["Cheeseburger"]


@pytest.mark.parametrize("query", ["?at__day=x", "?at__year=99999999999", "?person=%00", "?p=-1"])
def test_hostile_query_strings_do_no_harm(client, burger, query):
    answer = client.get(reverse("admin:catalog_objectchange_changelist") + query)
    assert answer.status_code in (200, 302, 400)


def test_another_merchants_history_does_not_exist(client, burger, owner):
    other = factories.merchant(name="Casa Verde")
    other_family = factories.family(other, name="Taco secret")
    change = ObjectChange.objects.get(name="Taco secret")
    for page in (
        reverse("admin:catalog_itemfamily_history", args=[other_family.pk]),
        reverse("admin:catalog_itemfamily_history", args=["x"]),
        reverse("admin:catalog_objectchange_change", args=[change.pk]),
    ):
        assert client.get(page).status_code == 404
    listed = client.get(reverse("admin:catalog_objectchange_changelist"))
    assert b"Taco" not in listed.content


def test_a_limited_user_sees_only_changes_at_their_locations(
    browser_client, merchant, burger, location
):
    uptown = factories.location(merchant, name="Uptown")
    limited = factories.user(merchant, "kitchen")
    LocationAccess.objects.create(user=limited, location=location)
    for place in (location, uptown):
        FamilyAtLocation.objects.create(object=burger, location=place, is_active=False)
    burger.price_amount = 5
    burger.save()
    client = browser_client(limited)
    listed = client.get(reverse("admin:catalog_objectchange_changelist")).content.decode()
    for text in (history_page(client, burger), listed):
        assert "At Downtown" in text
        assert "0.05 USD" in text
        assert "Uptown" not in text


def test_a_change_links_to_its_objects_history_and_is_read_only(client, burger):
    burger.price_amount = 5
    burger.save()
    change = ObjectChange.objects.get()
    page = reverse("admin:catalog_objectchange_change", args=[change.pk])
    history = reverse("admin:catalog_itemfamily_history", args=[burger.pk])
    assert client.get(page).url == history
    assert client.post(page, {"name": "x"}).url == history
    assert client.get(reverse("admin:catalog_objectchange_add")).status_code == 403
    assert (
        client.post(
            reverse("admin:catalog_objectchange_delete", args=[change.pk]), {"post": "yes"}
        ).status_code
        == 403
    )  # One call.
    assert recorded_changes()[0][0] == "Burger"
