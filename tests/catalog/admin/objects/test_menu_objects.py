"""Validation of families, sizes, groups and modifiers in the admin."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from catalog import models
from catalog.admin.objects.base import MenuObjectForm
from tests.support import factories
from tests.support.admin_forms import errors, filled, names, row


@pytest.fixture
def client(browser_client: Any, owner: Any) -> Any:
    return browser_client(owner)


@pytest.fixture
def committed(django_capture_on_commit_callbacks: Any) -> Any:
    """Run the on-commit callbacks, which a test's transaction never does."""
    return django_capture_on_commit_callbacks


def page(model: str, name: str, *args: Any) -> str:
    return reverse(f"admin:catalog_{model}_{name}", args=args)


def add(client: Any, model: str, **fields: Any) -> Any:
    address = page(model, "add")
    return client.post(address, filled(client.get(address)) | fields)


def change(client: Any, obj: Any, **fields: Any) -> Any:
    address = page(obj._meta.model_name, "change", obj.pk)
    return client.post(address, filled(client.get(address)) | fields)


def act(client: Any, action: str, *objects: Any) -> Any:
    keys = [target.pk for target in objects]
    address = page(objects[0]._meta.model_name, "changelist")
    chosen = {"action": action, "_selected_action": keys}
    return client.post(f"{address}?archived=all", chosen, follow=True)


def test_a_family_can_be_added_with_all_its_rows(client, merchant, location, woken, committed):
    group, tax = factories.group(merchant), factories.tax(merchant)
    rows = (
        row("items", 0, name="Small", price_amount="9.50", is_active="on")
        | row("items", 1, name="Large", price_amount="12", is_active="on")
        | row("group_links", 0, group=group.pk)
        | row("tax_links", 0, tax=tax.pk)
        | row("images", 0, url="https://example.com/burger.jpg")
        | row("dsp_prices", 0, dsp="Uber", price_amount="10.99")
        | row("at_locations", 0, location=location.pk, is_active="on", stock_count="5")
    )
    with committed(execute=True):
        answer = add(client, "itemfamily", name="Burger", allergens="gluten, milk ,gluten", **rows)
    assert answer.status_code == 302, errors(answer)
    burger = models.ItemFamily.objects.get(name="Burger")
    assert burger.provider_id.startswith("item_family_")
    assert burger.allergens == ["gluten", "milk"]
    sizes = burger.items.values_list("name", "price_amount", "position")
    assert list(sizes) == [("Small", 950, 0), ("Large", 1200, 1)]
    assert burger.dsp_prices.get().dsp == "uber"
    assert burger.at_locations.get().stock_count == 5
    assert ("catalog.tasks.refresh", merchant.pk) in woken


def test_a_family_needs_a_price_or_a_size(client, merchant):
    assert "Enter a price or at least one size." in errors(add(client, "itemfamily", name="X"))
    assert not models.ItemFamily.objects.exists()


def test_a_familys_price_is_removed_when_it_gets_sizes(client, merchant):
    family = factories.family(merchant, price_amount=1000)
    answer = change(client, family, **row("items", 0, name="Large", price_amount="12.00"))
    assert answer.status_code == 302, errors(answer)
    family.refresh_from_db()
    assert family.price_amount is None
    assert b"removed" in client.get(page("itemfamily", "changelist")).content


def test_a_familys_price_is_removed_when_a_size_is_added_on_its_page(client, merchant):
    family = factories.family(merchant, price_amount=1000)
    add(client, "item", family=family.pk, name="Large", price_amount="12.00")
    family.refresh_from_db()
    assert family.price_amount is None
    assert family.items.get().price_amount == 1200


def test_dragged_rows_keep_their_order_and_new_ones_come_last(client, merchant):
    first, second, third = (factories.family(merchant, name=name) for name in "ABC")
    category = factories.category(merchant, first, second)
    moved = {"family_links-0-position": "1", "family_links-1-position": "0"}
    answer = change(client, category, **moved, **row("family_links", 2, family=third.pk))
    assert answer.status_code == 302, errors(answer)
    order = category.family_links.order_by("position").values_list("family__name", flat=True)
    assert list(order) == ["B", "A", "C"]


def test_a_link_can_be_removed(client, merchant):
    category = factories.category(merchant, factories.family(merchant))
    change(client, category, **{"family_links-0-DELETE": "on"})
    assert not category.family_links.exists()


def test_the_same_link_twice_is_refused(client, merchant):
    family = factories.family(merchant)
    category = factories.category(merchant, family)
    answer = change(client, category, **row("family_links", 1, family=family.pk))
    assert "duplicate" in errors(answer)


@pytest.mark.parametrize(
    ("kind", "is_archived", "advice"),
    [
        ("tax", False, "This ID belongs to the tax “Sales tax”: choose another"),
        ("tax", True, "which is archived: restore that"),
        ("family", False, "This ID belongs to the item family “Cheeseburger”"),
    ],
)
def test_a_used_id_is_refused_with_advice(client, merchant, kind, is_archived, advice):
    archived_at = timezone.now() if is_archived else None
    getattr(factories, kind)(merchant, provider_id="known", archived_at=archived_at)
    assert advice in errors(add(client, "tax", name="New", rate="5", provider_id="known"))


def test_an_id_of_a_deleted_object_is_refused(client, merchant):
    factories.tax(merchant, provider_id="known").delete()
    assert "cannot be reused" in errors(
        add(client, "tax", name="New", rate="5", provider_id="known")
    )


def test_another_merchants_id_can_be_used(client, merchant):
    factories.tax(factories.merchant(name="Casa Verde"), provider_id="known")
    assert add(client, "tax", name="New", rate="5", provider_id="known").status_code == 302


def test_the_id_cannot_be_changed(client, merchant):
    tax = factories.tax(merchant, provider_id="known")
    change(client, tax, provider_id="other", rate="9.5")
    tax.refresh_from_db()
    assert (tax.provider_id, str(tax.rate)) == ("known", "9.5000")


def test_there_is_only_one_default_tax(client, merchant):
    first = factories.tax(merchant, is_default=True)
    answer = add(client, "tax", name="Second", rate="5", is_default="on")
    assert "Another tax is already the default." in errors(answer)
    act(client, "archive", first)
    assert add(client, "tax", name="Second", rate="5", is_default="on").status_code == 302
    act(client, "bring_back", first)
    first.refresh_from_db()
    assert (first.archived_at, first.is_default) == (None, False)


def test_a_cycle_of_groups_is_refused(client, merchant):
    cheese = factories.modifier(merchant, name="Cheese")
    inner = factories.group(merchant, cheese, name="Cheese kinds")
    extra = factories.modifier(merchant, inner, name="Extra")
    outer = factories.group(merchant, extra, name="Toppings")
    answer = change(client, cheese, **row("nested_group_links", 0, group=outer.pk))
    assert "Cheese → Toppings → Extra → Cheese kinds → Cheese" in errors(answer)
    answer = change(
        client, inner, **row("modifier_links", 1, modifier=extra.pk, default_quantity="0")
    )
    assert "Cheese kinds → Extra → Cheese kinds" in errors(answer)
    assert not cheese.nested_group_links.exists()


def test_a_link_removed_at_the_same_time_makes_no_cycle(client, merchant):
    cheese = factories.modifier(merchant, name="Cheese")
    inner = factories.group(merchant, cheese, name="Cheese kinds")
    models.ModifierNestedGroup.objects.create(modifier=cheese, group=inner)
    assert change(client, cheese, **{"nested_group_links-0-DELETE": "on"}).status_code == 302
    assert not cheese.nested_group_links.exists()


def test_archive_and_restore(client, merchant, woken, committed):
    family = factories.family(merchant)
    with committed(execute=True):
        act(client, "archive", family)
    assert names(client.get(page("itemfamily", "changelist"))) == set()
    listed = client.get(page("itemfamily", "changelist"), {"archived": "yes"})
    assert names(listed) == {"Cheeseburger"}
    assert ("catalog.tasks.refresh", merchant.pk) in woken
    act(client, "bring_back", family)
    family.refresh_from_db()
    assert family.archived_at is None
    history = client.get(page("itemfamily", "history", family.pk)).content.decode()
    assert history.count("archived at") == 2


def test_archived_objects_cannot_be_chosen(client, merchant):
    factories.family(merchant, archived_at=timezone.now())
    query = {"app_label": "catalog", "model_name": "categoryfamily", "field_name": "family"}
    assert client.get(reverse("admin:autocomplete"), query).json()["results"] == []


def test_the_last_size_of_a_family_without_a_price_is_not_archived(client, merchant):
    family = factories.family(merchant)
    small, large = factories.item(family, name="S"), factories.item(family, name="L")
    answer = act(client, "archive", small, large)
    assert "is the last size of" in answer.content.decode()
    assert family.items.filter(archived_at=None).count() == 1


def test_switching_in_the_list_and_by_action(client, merchant, woken, committed):
    tax = factories.tax(merchant)
    data = {
        "form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "1", "form-0-id": tax.pk, "_save": "Save",
    }  # fmt: skip
    with committed(execute=True):
        assert client.post(page("tax", "changelist"), data).status_code == 302
    tax.refresh_from_db()
    assert not tax.is_active
    assert ("catalog.tasks.refresh", merchant.pk) in woken
    act(client, "switch_on", tax)
    tax.refresh_from_db()
    assert tax.is_active


def test_off_until_is_in_the_locations_local_time(client, merchant, location):
    family = factories.family(merchant)
    local = location.local(timezone.now() + timedelta(hours=5)).replace(second=0, microsecond=0)
    sent = row("at_locations", 0, location=location.pk, inactive_until=f"{local:%Y-%m-%dT%H:%M}")
    assert change(client, family, **sent).status_code == 302
    assert family.at_locations.get().inactive_until == local
    shown = client.get(page("itemfamily", "change", family.pk)).content.decode()
    assert f'value="{local:%Y-%m-%dT%H:%M}"' in shown


def test_a_time_that_has_passed_is_refused(client, merchant, location):
    sent = row("at_locations", 0, location=location.pk, inactive_until="2020-01-01T10:00")
    assert "already passed at the location" in errors(
        change(client, factories.family(merchant), **sent)
    )


@pytest.mark.parametrize("model", ["family", "item", "modifier", "group", "category", "menu"])
def test_a_long_list_takes_no_more_queries(client, merchant, model):
    counts = []
    for rows in (50, 50):
        for number in range(rows):
            _make(merchant, model, number)
        address = page(_make(merchant, model, 0)._meta.model_name, "changelist")
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address, {"all": "1"}).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 15


def _make(merchant: Any, model: str, number: int) -> Any:
    name = f"{model} {number}"
    if model == "item":
        return factories.item(factories.family(merchant), name=name)
    target = getattr(factories, model)(merchant, name=name)
    if model == "family":
        factories.category(merchant, target)
        factories.item(target)
    if model == "modifier":
        factories.group(merchant, target)
    return target


def test_a_database_conflict_is_reported_and_saves_nothing(client, merchant, monkeypatch):
    """Simulate another user taking the ID between validation and save."""
    factories.tax(merchant, provider_id="known")
    monkeypatch.setattr(MenuObjectForm, "clean_provider_id", lambda form: "known")
    monkeypatch.setattr(MenuObjectForm, "validate_unique", lambda form: None)
    monkeypatch.setattr(models.Tax, "validate_constraints", lambda tax, exclude=None: None)
    answer = add(client, "tax", name="New", rate="5")
    assert answer.headers["Location"] == page("tax", "add")
    assert "Nothing was saved" in client.get(page("tax", "add")).content.decode()
    assert models.Tax.objects.count() == 1
