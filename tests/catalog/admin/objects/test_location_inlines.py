"""An object's rows at locations: off for the day with one checkbox."""

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from catalog import models
from tests.support import factories
from tests.support.admin_forms import errors, filled, row

NOW = datetime(2026, 5, 4, 17, 0, tzinfo=UTC)  # Monday noon in Chicago.
TUESDAY_4 = datetime(2026, 5, 5, 9, 0, tzinfo=UTC)
LATER = datetime(2026, 5, 9, 9, 0, tzinfo=UTC)
ROW = "at_locations-0-"

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def clock() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def client(clock: Any, browser_client: Any, owner: Any) -> Any:
    return browser_client(owner)


def save(client: Any, obj: Any, **changes: str) -> None:
    address = reverse(f"admin:catalog_{obj._meta.model_name}_change", args=[obj.pk])
    answer = client.post(address, filled(client.get(address)) | changes)
    assert answer.status_code == 302, errors(answer)


def state(obj: Any) -> Any:
    return obj.at_locations.values_list("is_active", "inactive_until").get()


@pytest.mark.parametrize("kind", ["family", "item", "modifier", "group"])
def test_the_checkbox_on_a_new_row_switches_off_for_the_day(client, merchant, location, kind):
    target = (
        factories.item(factories.family(merchant))
        if kind == "item"
        else getattr(factories, kind)(merchant)
    )
    save(client, target, **row("at_locations", 0, location=location.pk, for_the_day="on"))
    assert state(target) == (False, TUESDAY_4)


@pytest.mark.parametrize(
    "before",
    [{}, {"is_active": False}, {"is_active": False, "inactive_until": LATER}],
)
def test_the_checkbox_overrides_the_rows_values(client, merchant, location, before):
    family = factories.family(merchant)
    models.FamilyAtLocation.objects.create(object=family, location=location, **before)
    save(client, family, **{f"{ROW}for_the_day": "on"})
    assert state(family) == (False, TUESDAY_4)


def test_without_the_checkbox_nothing_changes(client, merchant, location):
    family = factories.family(merchant)
    models.FamilyAtLocation.objects.create(
        object=family, location=location, is_active=False, inactive_until=LATER, price_amount=900
    )
    save(client, family, **{f"{ROW}price_amount": "9.50"})
    assert state(family) == (False, LATER)


def test_a_limited_user_can_use_the_checkbox_at_their_location(browser_client, merchant, location):
    manager = factories.user(merchant, "manager")
    models.LocationAccess.objects.create(user=manager, location=location)
    family = factories.family(merchant)
    new = row("at_locations", 0, location=location.pk, for_the_day="on")
    save(browser_client(manager), family, **new)
    assert state(family) == (False, TUESDAY_4)


def test_a_read_only_user_sees_the_end_but_no_checkbox(browser_client, merchant, location):
    kitchen = browser_client(factories.user(merchant, "kitchen"))
    family = factories.family(merchant)
    models.FamilyAtLocation.objects.create(
        object=family, location=location, is_active=False, inactive_until=TUESDAY_4
    )
    page = kitchen.get(reverse("admin:catalog_itemfamily_change", args=[family.pk]))
    assert "05 May 2026, 04:00" in page.content.decode()
    assert "for_the_day" not in page.content.decode()
