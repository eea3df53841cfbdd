"""Forms of the admin remove what nobody can read, and take a blank text for none."""

import pytest
from django.contrib import admin

from catalog.models import Category
from tests.support.admin_forms import errors, filled

pytestmark = pytest.mark.django_db
ADDRESS = "/admin/catalog/category/add/"


@pytest.fixture
def client(browser_client, owner):
    return browser_client(owner)


def test_controls_and_what_turns_the_direction_are_removed(client):
    data = filled(client.get(ADDRESS), name="\u202eAl\x07 Pas\x1btor\u2069")

    assert client.post(ADDRESS, data).status_code == 302
    assert Category.objects.get().name == "Al Pastor"


@pytest.mark.parametrize("name", ["\u200b", "\u00a0\u2060", "\x07", "\u3164"], ids=ascii)
def test_a_name_that_nobody_sees_is_missing(client, name):
    answer = client.post(ADDRESS, filled(client.get(ADDRESS), name=name))

    assert "This field is required." in errors(answer)
    assert not Category.objects.exists()


def test_rows_that_are_edited_in_a_list_are_cleaned_too(rf, owner, monkeypatch):
    page = admin.site.get_model_admin(Category)
    monkeypatch.setattr(page, "list_editable", ["name"])
    request = rf.get("/")
    request.user = owner
    category = Category.objects.create(merchant=owner.merchant, name="Tacos")

    def row(name):
        return page.get_changelist_form(request)({"name": name}, instance=category)

    assert row("Al\x07 Pas\u202etor").is_valid()
    assert category.name == "Al Pastor"
    assert not row("\u200b").is_valid()
