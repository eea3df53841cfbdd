"""The compiled menus that the worker stores for orders."""

import msgspec
import pytest

from catalog import models
from catalog import tasks as catalog_tasks
from catalog.compiled import menu as compiled
from catalog.compiled import store
from catalog.models import CompiledMenu
from integration.models import Merchant
from tests.orders.support.stream_orders import at_location, base, make_menu


@pytest.fixture
def menu(merchant, location):
    make_menu(merchant)


def _stored(merchant):
    return CompiledMenu.objects.get(merchant=merchant)


def test_a_menu_is_compiled_once_for_each_edit_of_it(merchant, menu):
    assert store.refresh(merchant)
    first = _stored(merchant)
    assert not store.refresh(merchant)

    base("fam_soda", price_amount=275)()

    assert store.stale([merchant.pk]) == {merchant.pk}
    assert store.refresh(merchant)
    assert _stored(merchant).etag != first.etag
    assert store.load(merchant.pk, first.etag) is None
    now = store.load(merchant.pk, _stored(merchant).etag)
    assert now.families["fam_soda"].price_amount == 275


def test_what_a_location_switches_or_counts_does_not_concern_it(merchant, menu):
    store.refresh(merchant)
    at_location("fam_soda", stock_count=3, is_active=False, price_amount=1)
    assert store.stale([merchant.pk]) == set()


def test_an_edit_that_no_order_depends_on_keeps_the_content(merchant, menu):
    store.refresh(merchant)
    before = _stored(merchant)
    base("fam_soda", description="Cold.")()
    assert store.refresh(merchant)
    after = _stored(merchant)
    assert (after.etag, after.content) == (before.etag, before.content)
    assert after.revision == before.revision + 1


def test_an_edit_during_the_compilation_leaves_the_result_stale(merchant, menu, monkeypatch):
    real = store.compile_menu

    def compile_late(whose):
        result = real(whose)
        base("fam_soda", price_amount=300)()
        return result

    monkeypatch.setattr(store, "compile_menu", compile_late)
    store.refresh(merchant)
    assert store.stale([merchant.pk]) == {merchant.pk}


def test_the_newer_of_two_results_stays(merchant, menu, monkeypatch):
    real = store.compile_menu

    def overtaken(whose):
        old = real(whose)
        monkeypatch.undo()
        base("fam_soda", price_amount=300)()
        store.refresh(merchant)
        return old

    monkeypatch.setattr(store, "compile_menu", overtaken)
    store.refresh(merchant)
    assert store.load(merchant.pk, _stored(merchant).etag).families["fam_soda"].price_amount == 300
    assert store.stale([merchant.pk]) == set()


def test_a_menu_of_an_older_format_is_compiled_again_and_of_a_newer_one_is_not(merchant, menu):
    store.refresh(merchant)
    CompiledMenu.objects.update(format=compiled.FORMAT - 1, content=b"old")
    assert store.refresh(merchant)
    assert _stored(merchant).content != b"old"
    CompiledMenu.objects.update(format=compiled.FORMAT + 1)
    assert not store.refresh(merchant)


def test_the_worker_compiles_after_an_edit_and_finds_what_no_wake_up_told(merchant, menu, token):
    catalog_tasks.refresh(merchant.pk)
    assert store.stale([merchant.pk]) == set()
    CompiledMenu.objects.all().delete()
    catalog_tasks.look_after_catalogs()
    assert store.stale([merchant.pk]) == set()


def test_archived_objects_are_left_out_but_the_family_of_an_item_stays(merchant, menu):
    base("fam_pizza", archived_at="2026-01-01T00:00Z")()
    base("grp_cooking", archived_at="2026-01-01T00:00Z")()
    base("item_small", archived_at="2026-01-01T00:00Z")()
    store.refresh(merchant)

    found = store.load(merchant.pk, _stored(merchant).etag)

    assert set(found.items) == {"item_large"}
    assert set(found.families) == {"fam_burger", "fam_soda"}
    pizza = found.families_of_items[found.items["item_large"].family]
    assert (pizza.provider_id, pizza.is_active) == ("fam_pizza", False)
    patty = models.Modifier.objects.get(provider_id="mod_patty").pk
    assert found.groups_of_modifiers.get(patty) is None


def test_a_menu_is_its_merchants_own(merchant, menu):
    other = Merchant.objects.create(name="Other", currency="USD")
    store.refresh(merchant)
    store.refresh(other)
    assert store.load(other.pk, _stored(merchant).etag) is None
    assert store.load(other.pk, _stored(other).etag).families == {}


def test_a_change_of_the_classes_is_a_new_format():
    """Web processes of this release read what workers of the release before have stored."""
    classes = [compiled.Sold, compiled.Family, compiled.Group, compiled.Menu]
    fields = [[field.name for field in msgspec.structs.fields(one)] for one in classes]
    assert (compiled.FORMAT, fields) == (1, _FIELDS)


_FIELDS = [
    [
        *("key", "provider_id", "name", "is_active", "price_amount"),
        *("family", "has_items", "dsp_prices"),
    ],
    ["key", "provider_id", "name", "is_active"],
    [
        *("key", "provider_id", "name", "is_active", "minimum", "maximum"),
        *("selection_type", "free_modifiers"),
    ],
    [
        *("items", "families", "modifiers", "families_of_items", "groups", "groups_of_families"),
        *("groups_of_modifiers", "defaults", "options", "size_prices"),
    ],
]
