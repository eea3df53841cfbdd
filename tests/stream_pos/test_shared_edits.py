"""Two people with the same page open: nobody's change is lost, on any page that edits."""

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from catalog import models
from integration.models import Merchant, User
from orders.models import Driver, StreamLocation
from tests.support import factories
from tests.support.admin_forms import errors, filled, row

LIST = "/admin/catalog/itemfamily/"


@pytest.fixture
def client(browser_client: Any, owner: User) -> Client:
    return browser_client(owner)


@pytest.fixture
def staff(browser_client: Any, db: None) -> Client:
    return browser_client(factories.user(None, "", is_superuser=True))


@pytest.fixture
def family(merchant: Merchant) -> models.ItemFamily:
    return factories.family(merchant, name="Burger", price_amount=1250, description="Old")


def address(obj: Any) -> str:
    return reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_change", args=[obj.pk])


def opened(client: Client, obj: Any) -> dict[str, Any]:
    return filled(client.get(address(obj)))


def saved(client: Client, obj: Any, data: dict[str, Any]) -> str:
    """Save, reload the object and return what the page said."""
    answer = client.post(address(obj), data)
    assert answer.status_code == 302, errors(answer)
    obj.refresh_from_db()
    return "\n".join(str(message) for message in get_messages(answer.wsgi_request))


def test_a_price_raised_meanwhile_stays_and_is_named(client, family):
    data = opened(client, family)
    models.ItemFamily.objects.update(price_amount=1400)
    said = saved(client, family, data | {"description": "New"})
    assert (family.price_amount, family.description) == (1400, "New")
    assert "Changed by somebody else meanwhile, and kept: Price: from “12.50” to “14.00”." in said


def test_two_different_prices_are_refused_with_both_and_then_taken(client, family):
    data = opened(client, family)
    models.ItemFamily.objects.update(price_amount=1400)
    refused = client.post(address(family), data | {"price_amount": "13.00"})
    assert (
        "Somebody else changed this meanwhile, from “12.50” to “14.00”. You entered “13.00”: save"
        " again to keep yours."
    ) in errors(refused)
    family.refresh_from_db()
    assert family.price_amount == 1400
    again = filled(refused)
    assert again["price_amount"] == "13.00"
    saved(client, family, again)
    assert family.price_amount == 1300


def test_the_same_price_twice_is_no_conflict(client, family):
    data = opened(client, family)
    models.ItemFamily.objects.update(price_amount=1400)
    saved(client, family, data | {"price_amount": "14.00"})
    assert family.price_amount == 1400


def test_what_was_left_alone_is_kept_through_several_errors(client, family):
    data = opened(client, family)
    models.ItemFamily.objects.update(price_amount=1400)
    refused = client.post(address(family), data | {"name": ""})
    refused = client.post(address(family), filled(refused) | {"name": ""})
    saved(client, family, filled(refused) | {"name": "Hamburger"})
    assert (family.name, family.price_amount) == ("Hamburger", 1400)


@pytest.mark.parametrize("token", ["x", "a:b:c", ":", "é" * 40])
def test_a_damaged_page_saves_nothing_and_loses_nothing(client, family, token):
    refused = client.post(address(family), opened(client, family) | {"name": "New", "shown": token})
    assert "This page is out of date. Check it and save again." in errors(refused)
    again = filled(refused)
    assert again["name"] == "New"
    saved(client, family, again)
    assert family.name == "New"


def test_what_another_page_showed_is_not_taken(client, merchant, family):
    other = opened(client, factories.family(merchant, name="Fries", price_amount=100))
    data = opened(client, family) | {"shown": other["shown"]}
    assert "out of date" in errors(client.post(address(family), data))


def test_rows_of_an_object_keep_what_others_changed(client, merchant, family):
    models.ItemFamily.objects.update(price_amount=None)
    small = factories.item(family, name="Small", price_amount=900)
    large = factories.item(family, name="Large", price_amount=1200)
    data = opened(client, family)
    models.Item.objects.filter(pk=small.pk).update(price_amount=950)
    said = saved(client, family, data | {"items-1-price_amount": "13.00"})
    small.refresh_from_db()
    large.refresh_from_db()
    assert (small.price_amount, large.price_amount) == (950, 1300)
    assert "Small, Price: from “9.00” to “9.50”" in said

    data = opened(client, family)
    models.Item.objects.filter(pk=small.pk).update(price_amount=970)
    refused = client.post(address(family), data | {"items-0-price_amount": "9.90"})
    assert "from “9.50” to “9.70”. You entered “9.90”" in errors(refused)


def test_a_row_removed_meanwhile_does_not_come_back(client, merchant, family):
    models.FamilyDspPrice.objects.create(object=family, dsp="uber", price_amount=1500)
    models.FamilyDspPrice.objects.create(object=family, dsp="grubhub", price_amount=1600)
    data = opened(client, family)
    models.FamilyDspPrice.objects.filter(dsp="uber").delete()
    said = saved(client, family, data | {"name": "Hamburger"})
    assert family.name == "Hamburger"
    assert "was removed" in said
    assert list(models.FamilyDspPrice.objects.values_list("dsp", flat=True)) == ["grubhub"]


def test_a_change_to_a_row_removed_meanwhile_is_refused_once(client, merchant, family):
    models.FamilyDspPrice.objects.create(object=family, dsp="uber", price_amount=1500)
    data = opened(client, family)
    models.FamilyDspPrice.objects.all().delete()
    refused = client.post(address(family), data | {"dsp_prices-0-price_amount": "15.50"})
    assert "Somebody removed this row meanwhile" in errors(refused)
    saved(client, family, filled(refused) | {"name": "Hamburger"})
    assert not models.FamilyDspPrice.objects.exists()


def test_a_row_changed_meanwhile_is_not_removed_unseen(client, family):
    models.FamilyDspPrice.objects.create(object=family, dsp="uber", price_amount=1500)
    data = opened(client, family)
    models.FamilyDspPrice.objects.update(price_amount=1600)
    refused = client.post(address(family), data | {"dsp_prices-0-DELETE": "on"})
    assert "was changed meanwhile: Price: from “15.00” to “16.00”" in errors(refused)
    saved(client, family, filled(refused) | {"dsp_prices-0-DELETE": "on"})
    assert not models.FamilyDspPrice.objects.exists()


def test_two_people_add_rows(client, family):
    data = opened(client, family)
    models.FamilyDspPrice.objects.create(object=family, dsp="uber", price_amount=1500)
    saved(client, family, data | row("dsp_prices", 0, dsp="grubhub", price_amount="16.00"))
    assert set(models.FamilyDspPrice.objects.values_list("dsp", flat=True)) == {"uber", "grubhub"}


def test_the_order_of_rows_is_refused_once_if_both_changed_it(client, merchant, family):
    links = [
        models.FamilyModifierGroup.objects.create(
            family=family, group=factories.group(merchant, name=name), position=place
        )
        for place, name in enumerate(("Sauce", "Crust"))
    ]
    prefix = "group_links"
    data = opened(client, family)
    if f"{prefix}-0-position" not in data:
        prefix = next(k for k in data if k.endswith("-0-group")).removesuffix("-0-group")
    models.FamilyModifierGroup.objects.filter(pk=links[0].pk).update(position=5)
    refused = client.post(address(family), data | {f"{prefix}-0-position": "3"})
    assert "Somebody else moved this row meanwhile" in errors(refused)
    saved(client, family, filled(refused))
    links[0].refresh_from_db()
    assert links[0].position == 3


def list_data(client: Client) -> dict[str, Any]:
    formset = client.get(LIST).context_data["cl"].formset
    data = {f"form-{name}": value for name, value in formset.management_form.initial.items()}
    for form in formset.forms:
        data |= {
            form.add_prefix("id"): form.instance.pk,
            form.add_prefix("shown"): form.shown_value(),
        }
        if form.instance.is_active:
            data[form.add_prefix("is_active")] = "on"
    return data | {"_save": "Save"}


def test_a_list_saves_only_the_boxes_that_its_person_changed(client, merchant, family):
    fries = factories.family(merchant, name="Fries", price_amount=300)
    data = list_data(client)
    assert data["form-0-shown"] in client.get(LIST).content.decode()
    models.ItemFamily.objects.filter(pk=family.pk).update(is_active=False)
    del data["form-1-is_active"]
    answer = client.post(LIST, data)
    assert answer.status_code == 302, answer.context_data["cl"].formset.errors
    family.refresh_from_db()
    fries.refresh_from_db()
    assert (family.is_active, fries.is_active) == (False, False)


def test_a_row_of_a_list_removed_meanwhile_stops_nobody(client, merchant, family):
    fries = factories.family(merchant, name="Fries", price_amount=300)
    data = list_data(client)
    models.ItemFamily.objects.filter(pk=family.pk).delete()
    del data["form-1-is_active"]
    answer = client.post(LIST, data)
    assert answer.status_code == 302, answer.context_data["cl"].formset.errors
    fries.refresh_from_db()
    assert fries.is_active is False


def test_the_hours_of_two_days_are_merged(client, location):
    data = opened(client, location)
    location.hours = {"monday": ["09:00-17:00"]}
    location.save(update_fields=["hours"])
    said = saved(client, location, data | {"week_tuesday": "10:00-14:00"})
    assert {day: location.hours[day] for day in ("monday", "tuesday")} == {
        "monday": ["09:00-17:00"], "tuesday": ["10:00-14:00"],
    }  # fmt: skip
    assert "Monday: from nothing to “09:00-17:00”" in said


def test_special_days_channels_and_choices_are_refused_with_both_values(client, location):
    data = opened(client, location)
    models.Location.objects.update(channels_off=["uber"], timezone="America/Denver")
    refused = client.post(
        address(location),
        data | {"channels_off": ["doordash"], "channels_off_others": "", "timezone": "UTC"},
    )
    said = errors(refused)
    assert "to “uber”. You entered “doordash”" in said
    assert "to “America/Denver”. You entered “UTC”" in said


def test_people_merchants_and_mappings_keep_what_others_changed(client, staff, merchant, location):
    cook = factories.user(merchant, "kitchen", email="cook@example.com", full_name="Kim")
    data = opened(client, cook)
    User.objects.filter(pk=cook.pk).update(phone="+15125550100")
    saved(client, cook, data | {"full_name": "Kim Cook"})
    assert (cook.full_name, cook.phone) == ("Kim Cook", "+15125550100")

    data = opened(staff, merchant)
    Merchant.objects.update(name="Renamed")
    saved(staff, merchant, data)
    assert merchant.name == "Renamed"

    mapping = StreamLocation.objects.create(stream_id="loc_at_stream")
    data = opened(staff, mapping)
    StreamLocation.objects.update(location=location)
    saved(staff, mapping, data)
    assert mapping.location == location


def test_a_driver_keeps_the_number_that_somebody_else_entered(client, merchant, location):
    driver = Driver.objects.create(merchant=merchant, name="Dana", phone="+15125550100")
    page = f"/dispatch/drivers/{driver.pk}/?location=loc_downtown"
    form = client.get(page).context["form"]
    assert form.shown_value() in client.get(page).content.decode()
    data = {"name": "Dana", "phone": driver.phone, "code": "", "shown": form.shown_value()}
    Driver.objects.update(phone="+15125550111")
    assert client.post(page, data | {"name": "Dana D."}).status_code == 302
    driver.refresh_from_db()
    assert (driver.name, driver.phone) == ("Dana D.", "+15125550111")
    Driver.objects.update(name="Daniela")
    refused = client.post(page, data | {"name": "Dora"})
    assert refused.status_code == 400
    assert "from “Dana” to “Daniela”. You entered “Dora”" in refused.content.decode()
