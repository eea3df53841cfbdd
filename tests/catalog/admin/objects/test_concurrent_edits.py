"""Changes made while a page is open, or while it is being saved, are kept."""

from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from catalog import models
from catalog.admin.locations.page import LocationForm
from catalog.admin.objects.base import MenuObjectForm
from catalog.admin.objects.inlines import AtLocationForm
from catalog.locations import connection
from catalog.locations import pause as location_pause
from catalog.menu import availability
from tests.catalog.support.family_overrides import at, order_takes, values
from tests.support import factories
from tests.support.admin_forms import errors, filled

ROW = "at_locations-0-"


@pytest.fixture
def client(browser_client: Any, owner: Any) -> Any:
    return browser_client(owner)


@pytest.fixture
def family(merchant: Any) -> models.ItemFamily:
    return factories.family(merchant, name="Burger", price_amount=1250)


class _Hidden(HTMLParser):
    """Collect the hidden inputs that hold the shown values."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        attributes = dict(attrs)
        if tag == "input" and (attributes.get("name") or "").split("-")[-1] == "shown":
            self.found[attributes["name"]] = attributes.get("value") or ""


def opened(client: Any, obj: Any) -> dict[str, Any]:
    page = client.get(address(obj))
    hidden = _Hidden()
    hidden.feed(page.content.decode())
    assert "shown" in hidden.found
    return filled(page) | hidden.found


def address(obj: Any) -> str:
    return reverse(f"admin:catalog_{obj._meta.model_name}_change", args=[obj.pk])


def save(client: Any, obj: Any, data: dict[str, Any]) -> None:
    answer = client.post(address(obj), data)
    assert answer.status_code == 302, errors(answer)
    obj.refresh_from_db()


def in_hours(location: Any, hours: int) -> Any:
    local = location.local(timezone.now() + timedelta(hours=hours))
    return local.replace(second=0, microsecond=0)


def meanwhile(monkeypatch: Any, form: Any, change: Any) -> None:
    """Make a change after the form has read the object and before it is saved."""
    clean = form.clean

    def cleaned(self: Any) -> Any:
        change()
        return clean(self)

    monkeypatch.setattr(form, "clean", cleaned)


def test_saving_a_page_keeps_the_stock_an_order_took(client, family, location):
    override = at(family, location, stock_count=10)
    data = opened(client, family)
    order_takes(override, 4)
    save(client, family, data | {"name": "Hamburger"})
    assert family.name == "Hamburger"
    assert values(override) == (True, None, None, 6)


def test_only_the_changed_field_is_saved(client, family, location):
    override = at(family, location, stock_count=10, price_amount=900)
    data = opened(client, family)
    order_takes(override, 4)
    save(client, family, data | {f"{ROW}price_amount": "9.50"})
    assert values(override) == (True, None, 950, 6)


def test_an_order_during_the_save_keeps_its_stock(client, family, location, monkeypatch):
    override = at(family, location, stock_count=10, price_amount=900)
    data = opened(client, family)
    meanwhile(monkeypatch, AtLocationForm, lambda: order_takes(override, 4))
    save(client, family, data | {f"{ROW}price_amount": "9.50"})
    assert values(override) == (True, None, 950, 6)


def test_a_typed_stock_count_is_saved(client, family, location):
    override = at(family, location, stock_count=10)
    data = opened(client, family)
    save(client, family, data | {f"{ROW}stock_count": "20"})
    assert values(override) == (True, None, None, 20)
    save(client, family, opened(client, family) | {f"{ROW}stock_count": ""})
    assert values(override) == (True, None, None, None)


def test_another_users_price_is_kept(client, family, location):
    override = at(family, location, price_amount=900, stock_count=1)
    data = opened(client, family)
    models.FamilyAtLocation.objects.update(price_amount=950)
    save(client, family, data | {f"{ROW}stock_count": "2"})
    assert values(override) == (True, None, 950, 2)


@pytest.mark.parametrize("hours", [None, 5])
def test_an_object_switched_off_meanwhile_stays_off(client, family, location, hours):
    override = at(family, location, stock_count=10)
    data = opened(client, family)
    until = hours and in_hours(location, hours)
    availability.switch(location, family, is_active=False, until=until)
    save(client, family, data | {"name": "Hamburger", f"{ROW}stock_count": "9"})
    assert values(override) == (False, until, None, 9)


def test_an_object_switched_on_meanwhile_stays_on(client, family, location):
    override = at(family, location, is_active=False, inactive_until=in_hours(location, 5))
    data = opened(client, family)
    availability.switch(location, family, is_active=True)
    save(client, family, data | {"name": "Hamburger", f"{ROW}stock_count": "9"})
    assert values(override) == (True, None, None, 9)


def test_a_time_that_passed_while_the_page_was_open_is_valid(client, family, location):
    override = at(family, location, is_active=False, inactive_until=in_hours(location, -1))
    data = opened(client, family)
    availability.switch_back_on()
    save(client, family, data | {f"{ROW}stock_count": "9"})
    assert values(override) == (True, None, None, 9)


def test_switching_on_clears_the_end_of_the_time_off(client, family, location):
    override = at(family, location, is_active=False, inactive_until=in_hours(location, 5))
    data = opened(client, family)
    models.FamilyAtLocation.objects.update(inactive_until=in_hours(location, 7))
    save(client, family, data | {f"{ROW}is_active": "on"})
    assert values(override) == (True, None, None, None)


def test_a_longer_time_off_applies_even_if_it_came_back_on_meanwhile(client, family, location):
    override = at(family, location, is_active=False, inactive_until=in_hours(location, 5))
    data = opened(client, family)
    availability.switch(location, family, is_active=True)
    later = in_hours(location, 8)
    data |= {f"{ROW}inactive_until": f"{later:%Y-%m-%dT%H:%M}"}
    refused = client.post(address(family), data)
    assert "Somebody else changed this meanwhile" in errors(refused)
    save(client, family, filled(refused))
    assert values(override) == (False, later, None, None)


def test_an_end_of_the_time_off_has_no_effect_while_on(client, family, location):
    override = at(family, location)
    data = opened(client, family)
    availability.switch(location, family, is_active=False)
    later = in_hours(location, 8)
    save(client, family, data | {f"{ROW}inactive_until": f"{later:%Y-%m-%dT%H:%M}"})
    assert values(override) == (False, None, None, None)


def test_switching_off_is_saved(client, family, location):
    override = at(family, location, stock_count=3)
    data = opened(client, family)
    del data[f"{ROW}is_active"]
    save(client, family, data)
    assert values(override) == (False, None, None, 3)


def test_an_unchanged_row_is_not_written(client, family, location):
    until = in_hours(location, 5)
    at(family, location, is_active=False, inactive_until=until, price_amount=9, stock_count=1)
    data = opened(client, family)
    with CaptureQueriesContext(database) as queries:
        save(client, family, data | {"name": "Hamburger"})
    written = [query["sql"] for query in queries if query["sql"].startswith(("UPDATE", "INSERT"))]
    assert not [sql for sql in written if "atlocation" in sql]


def test_the_shown_values_survive_a_validation_error(client, family, location):
    """After an error the page still compares with the values it showed first."""
    override = at(family, location, stock_count=10)
    data = opened(client, family)
    order_takes(override, 4)
    answer = client.post(address(family), data | {"name": ""})
    save(client, family, filled(answer) | {"name": "Hamburger"})
    assert values(override) == (True, None, None, 6)


def test_a_group_stays_switched_off(client, merchant, location):
    group = factories.group(merchant)
    availability.switch(location, group, is_active=True)
    data = opened(client, group)
    availability.switch(location, group, is_active=False)
    save(client, group, data | {"name": "Sides"})
    assert not group.at_locations.get().is_active


def test_a_row_removed_during_the_save_is_reported(client, family, location, monkeypatch):
    override = at(family, location, stock_count=10)
    data = opened(client, family) | {"name": "Hamburger", f"{ROW}stock_count": "9"}
    meanwhile(monkeypatch, AtLocationForm, lambda: type(override).objects.all().delete())
    save(client, family, data)
    assert family.name == "Burger"
    assert "Nothing was saved" in client.get(address(family)).content.decode()


def test_saving_a_location_keeps_its_state(client, token, location, monkeypatch):
    factories.connect(location)
    data = opened(client, location)

    def change() -> None:
        location_pause.pause(location, until=in_hours(location, 5))
        connection.disconnect(models.Location.objects.all())

    meanwhile(monkeypatch, LocationForm, change)
    save(client, location, data | {"name": "Midtown", "week_monday": "09:00-14:00"})
    assert (location.name, location.hours["monday"]) == ("Midtown", ["09:00-14:00"])
    assert location.is_paused()
    assert location.paused_until is not None
    assert not location.is_connected


def test_saving_a_location_keeps_its_archiving_and_others_hours(client, location, monkeypatch):
    data = opened(client, location)
    week = {"monday": ["10:00-11:00"]}

    def change() -> None:
        models.Location.objects.update(archived_at=timezone.now(), hours=week)

    meanwhile(monkeypatch, LocationForm, change)
    save(client, location, data | {"city": "Austin"})
    assert location.city == "Austin"
    assert location.archived_at is not None
    assert location.hours == week


@pytest.mark.parametrize("make", ["family", "menu", "tax", "group", "modifier", "category"])
def test_an_object_archived_during_the_save_stays_archived(client, merchant, monkeypatch, make):
    target = getattr(factories, make)(merchant)
    data, before = opened(client, target), target.updated_at
    now = timezone.now()
    rows = type(target).objects.all()
    meanwhile(monkeypatch, MenuObjectForm, lambda: rows.update(archived_at=now, is_active=False))
    save(client, target, data | {"name": "New name"})
    assert (target.name, target.archived_at, target.is_active) == ("New name", now, False)
    assert target.updated_at > before


def test_a_size_archived_during_the_save_stays_archived(client, family, monkeypatch):
    models.ItemFamily.objects.update(price_amount=None)
    size = factories.item(family, name="Large")
    data, now = opened(client, family), timezone.now()
    rows = models.Item.objects.all()
    meanwhile(monkeypatch, MenuObjectForm, lambda: rows.update(archived_at=now))
    save(client, family, data | {"items-0-name": "Largest"})
    size.refresh_from_db()
    assert (size.name, size.archived_at) == ("Largest", now)


def test_the_week_the_default_size_and_the_dropped_price_are_saved(client, merchant, family):
    menu = factories.menu(merchant)
    save(client, menu, opened(client, menu) | {"week_monday": "09:00-14:00"})
    assert menu.schedule["monday"] == ["09:00-14:00"]
    size = factories.item(family, name="Large")
    save(client, family, opened(client, family) | {"default_item": size.pk})
    assert (family.default_item, family.price_amount) == (size, None)
