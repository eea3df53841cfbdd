"""A user limited to some locations sees only those, and changes nothing that applies elsewhere."""

from typing import Any

import pytest
from django.urls import reverse

from catalog import models
from tests.support import factories
from tests.support.admin_forms import errors, filled, names, row


@pytest.fixture
def here(location: models.Location) -> models.Location:
    return location


@pytest.fixture
def elsewhere(merchant: Any) -> models.Location:
    return factories.location(merchant, name="Uptown")


@pytest.fixture
def family(merchant: Any) -> models.ItemFamily:
    return factories.family(merchant, name="Cheeseburger")


@pytest.fixture
def limited(browser_client: Any, merchant: Any, here: Any) -> Any:
    user = factories.user(merchant, "manager", email="limited@example.com")
    models.LocationAccess.objects.create(user=user, location=here)
    return browser_client(user)


def page(model: str, name: str, *args: Any) -> str:
    return reverse(f"admin:catalog_{model}_{name}", args=args)


def test_only_ones_own_locations_are_there(limited, here, elsewhere):
    assert names(limited.get(page("location", "changelist"))) == {"Downtown"}
    assert limited.get(page("location", "change", elsewhere.pk)).status_code == 302
    assert limited.get(page("location", "add")).status_code == 403


def test_a_limited_manager_pauses_only_here_and_closes_nothing(limited, here, elsewhere):
    chosen = {"_selected_action": [here.pk, elsewhere.pk]}
    for action in ("pause", "archive"):
        limited.post(page("location", "changelist"), chosen | {"action": action})
    here.refresh_from_db()
    elsewhere.refresh_from_db()
    assert here.paused_at is not None
    assert here.archived_at is None
    assert elsewhere.paused_at is None


def test_ones_own_rows_of_an_object_can_be_changed(
    limited, family, here, woken, django_capture_on_commit_callbacks
):
    address = page("itemfamily", "change", family.pk)
    data = filled(limited.get(address)) | row(
        "at_locations", 0, location=here.pk, price_amount="9.50", stock_count="3"
    )
    with django_capture_on_commit_callbacks(execute=True):
        assert limited.post(address, data).status_code == 302
    special = family.at_locations.get()
    assert (special.location, special.is_active, special.price_amount) == (here, False, 950)
    assert ("catalog.tasks.refresh", family.merchant_id) in woken


def test_nothing_else_of_the_object_changes(limited, family, here):
    before = models.ItemFamily.objects.values().get(pk=family.pk)
    address = page("itemfamily", "change", family.pk)
    sent = filled(limited.get(address)) | {
        "name": "Mine now", "price_amount": "0.01", "is_active": "",
        **row("items", 0, name="Large", price_amount="1.00"),
        **row("dsp_prices", 0, dsp="uber", price_amount="1.00"),
        "items-INITIAL_FORMS": "0", "dsp_prices-INITIAL_FORMS": "0",
    }  # fmt: skip
    assert limited.post(address, sent).status_code == 302
    assert models.ItemFamily.objects.values().get(pk=family.pk) == before
    assert not family.items.exists()
    assert not family.dsp_prices.exists()


def test_rows_of_other_locations_are_neither_seen_nor_made(limited, family, here, elsewhere):
    models.FamilyAtLocation.objects.create(object=family, location=elsewhere, stock_count=7)
    address = page("itemfamily", "change", family.pk)
    answer = limited.get(address)
    assert "Uptown" not in answer.content.decode()
    sent = filled(answer) | row("at_locations", 0, location=elsewhere.pk)
    assert "Select a valid choice" in errors(limited.post(address, sent))
    assert family.at_locations.get().stock_count == 7


@pytest.mark.parametrize("model", ["menu", "category", "tax"])
def test_what_holds_everywhere_is_only_looked_at(limited, merchant, model):
    made = getattr(factories, model)(merchant)
    address = page(model, "change", made.pk)
    assert limited.get(address).status_code == 200
    assert limited.post(address, {"name": "Mine now"}).status_code == 403
    assert limited.get(page(model, "add")).status_code == 403


@pytest.mark.parametrize("action", ["switch_off", "archive"])
def test_no_action_changes_the_menu(limited, family, action):
    data = {"action": action, "_selected_action": [family.pk]}
    limited.post(page("itemfamily", "changelist"), data)
    family.refresh_from_db()
    assert family.is_active
    assert family.archived_at is None


def test_the_list_cannot_be_edited(limited, family):
    data = {
        "form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "1", "form-0-id": family.pk, "_save": "Save",
    }  # fmt: skip
    limited.post(page("itemfamily", "changelist"), data)
    family.refresh_from_db()
    assert family.is_active


def test_a_choice_of_location_is_limited_too(limited, here, elsewhere):
    query = {"app_label": "catalog", "model_name": "familyatlocation", "field_name": "location"}
    found = limited.get(reverse("admin:autocomplete"), query).json()["results"]
    assert [one["text"] for one in found] == ["Downtown"]


def test_an_owner_limits_people_but_never_an_owner(browser_client, owner, merchant, here):
    manager = factories.user(merchant, "manager", email="manager@example.com")
    client = browser_client(owner)
    address = reverse("admin:integration_user_change", args=[manager.pk])
    data = filled(client.get(address)) | row("location_access", 0, location=here.pk)
    assert client.post(address, data).status_code == 302
    assert manager.location_access.get().location == here
    promoted = filled(client.get(address)) | {"role": "owner"}
    assert "owners see every location" in errors(client.post(address, promoted))


def test_another_merchants_location_cannot_be_given(browser_client, owner, merchant, here):
    manager = factories.user(merchant, "manager", email="manager@example.com")
    foreign = factories.location(factories.merchant(name="Casa Verde"), name="Casa Uno")
    client = browser_client(owner)
    address = reverse("admin:integration_user_change", args=[manager.pk])
    data = filled(client.get(address)) | row("location_access", 0, location=foreign.pk)
    assert "Select a valid choice" in errors(client.post(address, data))


def test_a_manager_does_not_see_who_is_limited(browser_client, merchant, here):
    user = factories.user(merchant, "kitchen", email="limited@example.com")
    models.LocationAccess.objects.create(user=user, location=here)
    client = browser_client(factories.user(merchant, "manager"))
    assert b"limited@example.com" not in client.get(page("location", "change", here.pk)).content
