"""The history: user, time, old and new value of each change."""

from datetime import UTC, datetime, timedelta

import time_machine
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from catalog.locations import pause as location_pause
from catalog.locations.connection import disconnect_merchant
from catalog.menu import availability
from catalog.models import FamilyAtLocation, ItemFamily, Location, ObjectChange
from tests.catalog.support.change_history import (
    burger,
    client,
    history_page,
    recorded_changes,
    save,
)
from tests.support import factories
from tests.support.admin_forms import row

__all__ = ["burger", "client"]


def test_an_edit_is_recorded_with_the_user_and_both_values(client, owner, burger):
    save(client, burger, name="Hamburger", price_amount="12.50")
    assert recorded_changes() == [
        (
            "Hamburger", "", "changed",
            [["name", "", "Burger", "Hamburger"], ["price", "money", 1000, 1250]],
        )
    ]  # fmt: skip
    change = ObjectChange.objects.get()
    assert (change.person, change.person_name, change.reason) == (owner, "Pat Owner", "")
    page = history_page(client, burger)
    assert "Pat Owner" in page
    assert "<s>10.00 USD</s> → <b>12.50 USD</b>" in page


def test_added_changed_and_removed_rows_are_recorded(client, merchant, burger, location):
    group = factories.group(merchant, name="Sauces")
    ObjectChange.objects.all().delete()
    rows = (
        row("items", 0, name="Large", price_amount="15", is_active="on")
        | row("group_links", 0, group=group.pk)
        | row("dsp_prices", 0, dsp="uber", price_amount="11")
        | row("at_locations", 0, location=location.pk, is_active="on", price_amount="9")
    )
    save(client, burger, **rows)
    assert ("Burger, Large", "", "added", [["price", "money", None, 1500]]) in recorded_changes()
    assert ("Burger", "modifier group Sauces", "added", []) in recorded_changes()
    assert (
        "Burger",
        "channel price uber",
        "added",
        [["price", "money", None, 1100]],
    ) in recorded_changes()  # One row.
    assert (
        "Burger",
        "at Downtown",
        "added",
        [["price here", "money", None, 900]],
    ) in recorded_changes()
    ObjectChange.objects.all().delete()
    save(client, burger, **{"dsp_prices-0-price_amount": "12", "group_links-0-DELETE": "on"})
    assert recorded_changes() == [
        ("Burger", "modifier group Sauces", "removed", []),
        ("Burger", "channel price uber", "changed", [["price", "money", 1100, 1200]]),
    ]


def test_a_link_is_in_the_history_of_both_objects(client, merchant, burger):
    group = factories.group(merchant, name="Sauces")
    save(client, burger, **row("group_links", 0, group=group.pk))
    assert "modifier group Sauces: added" in history_page(client, burger).replace(
        "Modifier", "modifier"
    )
    assert "item family Burger" in history_page(client, group)


def test_a_size_is_in_the_history_of_its_family(client, burger):
    item = factories.item(burger, name="Large", price_amount=1500)
    save(client, item, price_amount="16")
    assert "<s>15.00 USD</s> → <b>16.00 USD</b>" in history_page(client, burger)


def test_opening_hours_and_prep_time_are_recorded(client, location):
    ObjectChange.objects.all().delete()
    save(client, location, week_monday="09:00-17:00", prep_time_minutes="25")
    page = history_page(client, location)
    assert "<s>20</s> → <b>25</b>" in page
    assert "<s>always open</s> → <b>Mon 09:00-17:00; Tue closed" in page


def test_special_days_are_shown_as_dates(client, location):
    location.special_days = {"2030-12-25": [], "2030-12-24": ["11:00-15:00"]}
    location.save()
    line = "<s>nothing</s> → <b>2030-12-24 11:00-15:00; 2030-12-25 closed</b>"
    assert line in history_page(client, location)


def test_times_are_in_the_locations_time_zone(client, location):
    with time_machine.travel(datetime(2030, 5, 1, 18, 0, tzinfo=UTC), tick=False):
        location_pause.pause(location, until=timezone.now() + timedelta(hours=1))
    page = history_page(client, location)
    assert "01 May 2030, 13:00 (America/Chicago)" in page
    assert "<b>01 May 2030, 14:00 (America/Chicago)</b>" in page


def test_changes_that_hold_in_several_time_zones_are_shown_in_utc(
    client, merchant, location, burger
):
    factories.location(merchant, timezone="America/New_York")
    with time_machine.travel(datetime(2030, 5, 1, 18, 0, tzinfo=UTC), tick=False):
        burger.price_amount = 1
        burger.save()
    assert "01 May 2030, 18:00 (UTC)" in history_page(client, burger)


def test_changes_by_the_clock_and_by_commands_are_marked(location, burger):
    call_command(
        "set_availability", burger.provider_id, "off", location="loc_downtown", verbosity=0
    )
    assert ObjectChange.objects.latest("pk").reason == "by command"
    call_command("pause_location", "loc_downtown", verbosity=0)
    assert ObjectChange.objects.latest("pk").reason == "by command"
    past = timezone.now() - timedelta(seconds=1)
    FamilyAtLocation.objects.update(inactive_until=past)
    ObjectChange.objects.all().delete()
    availability.switch_back_on()
    change = ObjectChange.objects.get()
    assert (change.reason, change.person, change.row) == ("by the clock", None, "at Downtown")
    assert [label for label, *_ in change.changes] == ["available", "off until"]
    Location.objects.update(paused_until=past)
    location_pause.resume_due()
    assert ObjectChange.objects.latest("pk").reason == "by the clock"


def test_a_switch_by_the_api_records_the_user(client, owner, location, burger):
    answer = client.put(
        f"/api/v1/locations/loc_downtown/availability/{burger.provider_id}",
        '{"is_active": false}', content_type="application/json",
    )  # fmt: skip
    assert answer.status_code == 200
    change = ObjectChange.objects.get()
    assert (change.person, change.location_id) == (owner, location.pk)
    assert change.changes == [["available", "", None, False]]


def test_bulk_actions_are_recorded_for_each_object(client, owner, merchant, burger):
    soda = factories.family(merchant, name="Soda", is_active=False)
    ObjectChange.objects.all().delete()
    address = reverse("admin:catalog_itemfamily_changelist")
    client.post(address, {"action": "switch_off", "_selected_action": [burger.pk, soda.pk]})
    assert recorded_changes() == [("Burger", "", "changed", [["on the menu", "", True, False]])]
    assert ObjectChange.objects.get().person == owner


def test_a_disconnection_is_recorded(merchant, location, token):
    factories.connect(location)
    ObjectChange.objects.all().delete()
    disconnect_merchant(merchant)
    assert recorded_changes() == [
        ("Downtown", "", "changed", [["connected by Stream", "", True, False]])
    ]


def test_a_rolled_back_change_is_not_recorded(burger):
    with transaction.atomic():
        burger.price_amount = 7
        burger.save()
        transaction.set_rollback(True)
    assert recorded_changes() == []


def test_a_bulk_created_object_knows_its_original_values(merchant):
    family = ItemFamily(merchant=merchant, provider_id="x", name="X", price_amount=1)
    ItemFamily.objects.bulk_create([family])
    family.price_amount = 2
    family.save()
    assert recorded_changes() == [("X", "", "changed", [["price", "money", 1, 2]])]


def test_the_history_of_a_removed_object_stays_readable(client, merchant, burger):
    factories.category(merchant, burger, name="Burgers")
    link = burger.category_links.get()
    link.delete()
    name = burger.name
    person = factories.user(merchant, "manager", full_name="Sam Short")
    ObjectChange.objects.update(person=person, person_name="Sam Short")
    person.delete()
    ItemFamily.objects.filter(pk=burger.pk).delete()
    answer = client.get(reverse("admin:catalog_objectchange_changelist")).content.decode()
    assert f"Item family {name}: removed" in answer
    assert "Sam Short" in answer


def test_names_are_escaped(client, burger):
    save(client, burger, name="<script>alert(1)</script>")
    page = history_page(client, burger)
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_the_history_is_paged_in_few_queries(client, burger):
    counts = []
    for total in (3, 120):
        while ObjectChange.objects.count() < total:
            burger.price_amount += 1
            burger.save()
        with CaptureQueriesContext(connection) as queries:
            first = history_page(client, burger)
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert "Page 1 of 3" in first
    assert "Page 3 of 3" in history_page(client, burger, "?p=3")
    assert "Page 3 of 3" in history_page(client, burger, "?p=999")
    assert "Page 1 of 3" in history_page(client, burger, "?p=x")
