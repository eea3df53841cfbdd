"""Hostile attempts to see, reference or change another merchant's objects."""

from typing import Any

import pytest
from django.urls import reverse

from catalog import models
from integration.models import Merchant
from tests.catalog.support.menu_objects import one_of_each
from tests.support import factories
from tests.support.admin_forms import errors, filled, names, row

OBJECTS = ["menu", "category", "itemfamily", "item", "modifiergroup", "modifier", "tax", "location"]


@pytest.fixture
def other(db: None) -> Merchant:
    return factories.merchant(name="Casa Verde", currency="jpy")


@pytest.fixture
def own_objects(merchant: Merchant) -> dict[str, Any]:
    return one_of_each(merchant, "mine")


@pytest.fixture
def other_objects(other: Merchant) -> dict[str, Any]:
    return one_of_each(other, "theirs")


@pytest.fixture
def client(browser_client: Any, owner: Any) -> Any:
    return browser_client(owner)


@pytest.fixture
def staff_client(browser_client: Any, db: None) -> Any:
    return browser_client(factories.user(None, "", email="us@example.com", is_superuser=True))


def url(model: str, page: str, *args: Any) -> str:
    return reverse(f"admin:catalog_{model}_{page}", args=args)


@pytest.mark.parametrize("model", OBJECTS)
def test_a_list_shows_only_the_users_merchant(client, own_objects, other_objects, model):
    assert names(client.get(url(model, "changelist"))) == {f"mine {_word(model)}"}


def _word(model: str) -> str:
    return {"itemfamily": "family", "modifiergroup": "group"}.get(model, model)


@pytest.mark.parametrize("model", OBJECTS)
@pytest.mark.parametrize("page", ["change", "history", "delete"])
def test_another_merchants_object_is_not_found(client, own_objects, other_objects, model, page):
    answer = client.get(url(model, page, other_objects[model].pk))
    assert answer.status_code == 404 if page == "history" else answer.status_code in (302, 403)
    assert b"theirs" not in answer.content
    assert "theirs" not in client.get("/admin/").content.decode()


@pytest.mark.parametrize("model", OBJECTS)
def test_another_merchants_object_cannot_be_changed(client, own_objects, other_objects, model):
    client.post(url(model, "change", other_objects[model].pk), {"name": "taken over"})
    other_objects[model].refresh_from_db()
    assert str(other_objects[model]).startswith("theirs")


@pytest.mark.parametrize("model", OBJECTS)
@pytest.mark.parametrize(
    "query", ["merchant__id__exact", "merchant", "merchant__name__startswith", "name__startswith"]
)
def test_no_filter_reaches_another_merchant(
    client, own_objects, other_objects, other, model, query
):
    answer = client.get(url(model, "changelist"), {query: other.pk})
    assert b"theirs" not in answer.content
    assert answer.status_code == 400


@pytest.mark.parametrize("model", OBJECTS)
def test_no_list_names_another_merchant(client, own_objects, other_objects, model):
    page = client.get(url(model, "changelist")).content.decode()
    assert "theirs" not in page
    assert "Casa Verde" not in page


@pytest.mark.parametrize("model", [name for name in OBJECTS if name != "location"])
@pytest.mark.parametrize("action", ["switch_off", "archive"])
def test_an_action_ignores_another_merchants_objects(
    client, own_objects, other_objects, model, action
):
    answer = client.post(
        url(model, "changelist"), {"action": action, "_selected_action": [other_objects[model].pk]}
    )
    assert answer.status_code == 302
    other_objects[model].refresh_from_db()
    assert other_objects[model].is_active
    assert other_objects[model].archived_at is None


@pytest.mark.parametrize("action", ["pause", "archive", "disconnect"])
def test_an_action_ignores_another_merchants_locations(client, own_objects, other_objects, action):
    factories.connect(other_objects["location"])
    chosen = [other_objects["location"].pk]
    client.post(url("location", "changelist"), {"action": action, "_selected_action": chosen})
    other_objects["location"].refresh_from_db()
    assert other_objects["location"].is_connected
    assert other_objects["location"].paused_at is None
    assert other_objects["location"].archived_at is None


LINKS = [
    ("menu", "category_links", "category", "category", {}),
    ("category", "family_links", "family", "itemfamily", {}),
    ("itemfamily", "group_links", "group", "modifiergroup", {}),
    ("itemfamily", "tax_links", "tax", "tax", {}),
    ("itemfamily", "at_locations", "location", "location", {}),
    ("item", "modifier_prices", "modifier", "modifier", {"price_amount": "1.00"}),
    ("item", "at_locations", "location", "location", {}),
    ("modifiergroup", "modifier_links", "modifier", "modifier", {"default_quantity": "0"}),
    ("modifiergroup", "at_locations", "location", "location", {}),
    ("modifier", "nested_group_links", "group", "modifiergroup", {}),
    ("modifier", "at_locations", "location", "location", {}),
]


@pytest.mark.parametrize("who", ["client", "staff_client"])
@pytest.mark.parametrize(("model", "prefix", "name", "target", "more"), LINKS)
def test_a_row_cannot_refer_to_another_merchants_object(
    request, own_objects, other_objects, who, model, prefix, name, target, more
):
    browser = request.getfixturevalue(who)
    address = url(model, "change", own_objects[model].pk)
    page = browser.get(address)
    at = int(filled(page)[f"{prefix}-TOTAL_FORMS"])
    data = filled(page) | row(prefix, at, **{name: other_objects[target].pk}, **more)
    assert "Select a valid choice" in errors(browser.post(address, data))


@pytest.mark.parametrize("who", ["client", "staff_client"])
def test_an_existing_row_cannot_be_pointed_at_another_merchants_object(
    request, own_objects, other_objects, who
):
    browser = request.getfixturevalue(who)
    address = url("category", "change", own_objects["category"].pk)
    data = filled(browser.get(address)) | {"family_links-0-family": other_objects["itemfamily"].pk}
    assert "Select a valid choice" in errors(browser.post(address, data))


def test_another_merchants_row_cannot_be_saved_along(client, own_objects, other_objects):
    link = other_objects["category"].family_links.get()
    address = url("category", "change", own_objects["category"].pk)
    data = filled(client.get(address)) | {
        "family_links-0-id": link.pk, "family_links-0-category": other_objects["category"].pk,
        "family_links-0-DELETE": "on",
    }  # fmt: skip
    client.post(address, data)
    assert other_objects["category"].family_links.get() == link


def test_the_merchant_cannot_be_posted(client, merchant, other):
    answer = client.post(url("tax", "add"), {"name": "Mine", "rate": "5", "merchant": other.pk})
    assert answer.status_code == 302, errors(answer)
    assert models.Tax.objects.get(name="Mine").merchant == merchant


def test_a_default_item_must_be_the_familys_own(client, own_objects, other_objects, merchant):
    cousin = factories.item(factories.family(merchant, name="Cousin"))
    address = url("itemfamily", "change", own_objects["itemfamily"].pk)
    for foreign in (other_objects["item"], cousin):
        data = filled(client.get(address)) | {"default_item": foreign.pk}
        assert "own sizes" in errors(client.post(address, data))


AUTOCOMPLETES = [
    ("menucategory", "category"), ("categoryfamily", "family"), ("familymodifiergroup", "group"),
    ("familytax", "tax"), ("familyatlocation", "location"), ("itemmodifierprice", "modifier"),
    ("modifiernestedgroup", "group"), ("groupmodifier", "modifier"), ("item", "family"),
    ("locationaccess", "user"), ("itemfamily", "default_item"),
]  # fmt: skip


@pytest.mark.parametrize(("model", "field"), AUTOCOMPLETES)
def test_an_autocomplete_search_finds_only_own_objects(
    client, own_objects, other_objects, other, model, field
):
    factories.user(other, "owner", email="theirs@example.com")
    query = {"app_label": "catalog", "model_name": model, "field_name": field, "term": ""}
    for more in ({}, {"merchant": other.pk}):
        answer = client.get(reverse("admin:autocomplete"), query | more)
        assert answer.status_code == 200
        assert "theirs" not in answer.content.decode()


def test_merchants_cannot_be_searched(client, other):
    query = {"app_label": "catalog", "model_name": "item", "field_name": "merchant", "term": ""}
    assert client.get(reverse("admin:autocomplete"), query).status_code == 403


def test_our_own_staff_see_all_and_filter_by_merchant(
    staff_client, own_objects, other_objects, other
):
    page = url("tax", "changelist")
    assert names(staff_client.get(page)) == {"mine tax", "theirs tax"}
    assert names(staff_client.get(page, {"merchant": other.pk})) == {"theirs tax"}
    assert b"Casa Verde" in staff_client.get(page).content


def test_our_own_staff_choose_the_merchant_before_they_add(staff_client, other):
    address = url("itemfamily", "add")
    asked = staff_client.get(address)
    assert f"?merchant={other.pk}" in asked.content.decode()
    chosen = f"{address}?merchant={other.pk}"
    data = filled(staff_client.get(chosen), name="Ramen", price_amount="1250")
    answer = staff_client.post(chosen, data)
    assert answer.status_code == 302, errors(answer)
    ramen = models.ItemFamily.objects.get(name="Ramen")
    assert (ramen.merchant, ramen.price_amount) == (other, 1250)


def test_our_own_staff_cannot_mix_merchants_when_they_add(staff_client, own_objects, other):
    address = f"{url('item', 'add')}?merchant={other.pk}"
    data = filled(staff_client.get(address), name="Large", price_amount="900")
    answer = staff_client.post(address, data | {"family": own_objects["itemfamily"].pk})
    assert "Select a valid choice" in errors(answer)


def test_our_own_staff_get_choices_of_the_objects_merchant(
    staff_client, own_objects, other_objects, other
):
    page = staff_client.get(url("category", "change", other_objects["category"].pk))
    assert f"/autocomplete/?merchant={other.pk}" in page.content.decode()
    query = {"app_label": "catalog", "model_name": "categoryfamily", "field_name": "family"}
    answer = staff_client.get(reverse("admin:autocomplete"), query | {"merchant": other.pk})
    assert [choice["text"] for choice in answer.json()["results"]] == ["theirs family"]


def test_a_staff_account_without_rights_sees_nothing(browser_client, own_objects):
    nobody = browser_client(factories.user(None, "", email="nobody@example.com"))
    assert nobody.get(url("tax", "changelist")).status_code == 403


@pytest.mark.parametrize("model", OBJECTS)
def test_the_kitchen_only_reads(browser_client, merchant, own_objects, model):
    kitchen = browser_client(factories.user(merchant, "kitchen"))
    assert names(kitchen.get(url(model, "changelist"))) == {f"mine {_word(model)}"}
    address = url(model, "change", own_objects[model].pk)
    assert kitchen.get(address).status_code == 200
    assert kitchen.post(address, {"name": "No"}).status_code == 403
    assert kitchen.get(url(model, "add")).status_code == 403
    action = {"action": "archive", "_selected_action": [own_objects[model].pk]}
    kitchen.post(url(model, "changelist"), action)
    own_objects[model].refresh_from_db()
    assert own_objects[model].archived_at is None


@pytest.mark.parametrize("model", OBJECTS)
def test_nothing_can_be_deleted(client, own_objects, model):
    answer = client.post(url(model, "delete", own_objects[model].pk), {"post": "yes"})
    assert answer.status_code == 403
    chosen = {
        "action": "delete_selected",
        "_selected_action": [own_objects[model].pk],
        "post": "yes",
    }
    client.post(url(model, "changelist"), chosen)
    own_objects[model].refresh_from_db()


@pytest.mark.parametrize("hostile", ["x", "9" * 30, "1\0", "-1", ""])
def test_no_posted_key_causes_a_server_error(client, own_objects, hostile):
    for action in ("archive", "delete_selected"):
        data = {"action": action, "_selected_action": [hostile]}
        assert client.post(url("tax", "changelist"), data).status_code in (302, 400)
    address = url("category", "change", own_objects["category"].pk)
    page = client.get(address)
    data = filled(page) | row("family_links", 1, family=hostile, position=hostile)
    assert client.post(address, data).status_code in (200, 302)
    too_many = filled(page) | {"family_links-INITIAL_FORMS": "7", "family_links-TOTAL_FORMS": "7"}
    assert client.post(address, too_many).status_code in (200, 400)
    for query in ("q", "p", "o", "archived", "is_active__exact", "category", "all", "e"):
        assert client.get(url("itemfamily", "changelist"), {query: hostile}).status_code < 500
    assert client.get(f"/admin/catalog/tax/{hostile or 0}/change/").status_code in (302, 400, 404)
    assert client.get("/admin/search/", {"s": "tax", "page": hostile}).status_code < 500
