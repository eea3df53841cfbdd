"""Pulls contain every committed edit, however it was made (contract CAT)."""

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest
from django.db import connection, transaction
from django.utils import timezone

from catalog import models
from catalog.menu import loader as menu_loader
from catalog.models import CatalogSnapshot, Location
from integration.models import Merchant
from tests.catalog.support import full_menu
from tests.catalog.support.database_edits import sql
from tests.catalog.support.full_menu import by_id
from tests.support import factories
from tests.support.stream import Stream


def burger():
    return models.ItemFamily.objects.get(provider_id="fam_burger", merchant__name="Harbor Kitchen")


def downtown():
    return Location.objects.get(provider_id="loc_downtown")


def _save():
    family = burger()
    family.name = "Renamed"
    family.save()


def _bulk_create():
    models.ItemFamily.objects.bulk_create(
        models.ItemFamily(
            merchant=downtown().merchant, provider_id=f"b{n}", name="B", price_amount=n
        )
        for n in range(3)
    )


def _bulk_update():
    size = models.Item.objects.get(provider_id="item_large")
    size.price_amount = 1
    size.name = "XL"
    models.Item.objects.bulk_update([size], ["price_amount", "name"])


def _move_override():
    """Move the row away, so that this location loses its overlay."""
    row = models.FamilyAtLocation.objects.get(location=downtown(), object__provider_id="fam_wine")
    row.location = Location.objects.get(provider_id="loc_uptown")
    row.save()


def link(model, **fields):
    return model.objects.filter(**fields)


EDITS = {
    "save": _save,
    "update": lambda: models.Modifier.objects.filter(provider_id="mod_ham").update(price_amount=7),
    "bulk_create": _bulk_create,
    "bulk_update": _bulk_update,
    "raw SQL": lambda: sql("UPDATE catalog_tax SET rate = %s WHERE provider_id = 'tax_city'", 3),
    "raw SQL delete": lambda: sql("DELETE FROM catalog_familyimage"),
    "a link deleted": lambda: link(models.CategoryFamily, family=burger()).delete(),
    "a link moved": lambda: link(models.MenuCategory, position=0).update(position=50),
    "a group taken off": lambda: link(models.FamilyModifierGroup, family=burger()).delete(),
    "a modifier added": lambda: models.GroupModifier.objects.create(
        group=models.ModifierGroup.objects.get(provider_id="grp_halves"),
        modifier=models.Modifier.objects.get(provider_id="mod_patty"),
    ),
    "a default quantity": lambda: models.GroupModifier.objects.update(default_quantity=4),
    "a nested group": lambda: models.ModifierNestedGroup.objects.all().delete(),
    "a tax taken off": lambda: link(models.FamilyTax, family=burger()).delete(),
    "a size's modifier price": lambda: models.ItemModifierPrice.objects.update(price_amount=9),
    "off here": lambda: models.FamilyAtLocation.objects.create(
        location=downtown(), object=burger(), is_active=False
    ),
    "a size's stock": lambda: models.ItemAtLocation.objects.update(stock_count=77),
    "a modifier's price here": lambda: models.ModifierAtLocation.objects.create(
        location=downtown(),
        object=models.Modifier.objects.get(provider_id="mod_ham"),
        price_amount=1,
    ),
    "a group back on here": lambda: models.GroupAtLocation.objects.all().delete(),
    "an override moved away": _move_override,
    "an override moved by update": lambda: models.FamilyAtLocation.objects.filter(
        object__provider_id="fam_wine"
    ).update(location=Location.objects.get(provider_id="loc_uptown")),
    "a family's channel price": lambda: models.FamilyDspPrice.objects.all().delete(),
    "a size's channel price": lambda: models.ItemDspPrice.objects.update(price_amount=1),
    "a modifier's channel price": lambda: models.ModifierDspPrice.objects.update(dsp="other"),
    "a picture": lambda: models.FamilyImage.objects.update(url="https://img.example.com/x.jpg"),
    "a modifier's picture": lambda: models.ModifierImage.objects.all().delete(),
    "the currency": lambda: Merchant.objects.update(currency="eur"),
    "a schedule": lambda: models.Menu.objects.update(schedule={}),
    "a category renamed": lambda: models.Category.objects.update(name="X"),
    "archived": lambda: models.ItemFamily.objects.update(archived_at=timezone.now()),
}


def _rebuilt():
    """Return the catalog that a build from scratch gives."""
    CatalogSnapshot.objects.all().delete()
    return Stream(_rebuilt.token).catalog("loc_downtown").content


@pytest.mark.parametrize("edit", EDITS)
def test_a_pull_right_after_an_edit_contains_it(stream, token, merchant, location, edit):
    full_menu.make(merchant, location)
    before = stream.catalog("loc_downtown").content

    EDITS[edit]()

    after = stream.catalog("loc_downtown").content
    assert after != before
    _rebuilt.token = token.raw
    assert after == _rebuilt()


def test_the_global_catalog_follows_overlays_and_locations(stream, merchant, location):
    wine = factories.family(merchant, provider_id="wine")
    everywhere = {"HTTP_X_PROVIDER_MERCHANT_ID": merchant.provider_id}

    def is_active():
        return by_id(stream.catalog(**everywhere).json(), "wine")["is_active"]

    assert is_active()
    models.FamilyAtLocation.objects.create(object=wine, location=location, is_active=False)
    assert not is_active()
    uptown = factories.location(merchant)
    assert is_active()
    Location.objects.filter(pk=uptown.pk).update(archived_at=timezone.now())
    assert not is_active()
    sql("UPDATE catalog_location SET archived_at = NULL WHERE id = %s", uptown.pk)
    assert is_active()


def test_a_rolled_back_edit_is_not_in_the_catalog(stream, merchant):
    factories.family(merchant, provider_id="fam")
    before = stream.catalog("loc_downtown").content

    with transaction.atomic():
        models.ItemFamily.objects.update(name="Wrong")
        transaction.set_rollback(True)

    assert stream.catalog("loc_downtown").content == before


@pytest.mark.django_db(transaction=True)
def test_edits_during_the_build_are_wholly_in_the_next_pull(
    stream, token, merchant, location, monkeypatch
):
    """An editor commits after the build has begun to read; both links move together."""
    families = [factories.family(merchant, provider_id=f"fam_{n}") for n in range(2)]
    category = factories.category(merchant, families[0])
    half_read, edited = Event(), Event()
    real = menu_loader._links

    def read_slowly(*args):
        half_read.set()
        assert edited.wait(20)
        return real(*args)

    monkeypatch.setattr(menu_loader, "_links", read_slowly)

    def edit():
        try:
            assert half_read.wait(20)
            with transaction.atomic():
                models.ItemFamily.objects.filter(provider_id="fam_0").update(name="New name")
                models.CategoryFamily.objects.filter(category=category).update(family=families[1])
        finally:
            edited.set()
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        editing = pool.submit(edit)
        during = stream.catalog("loc_downtown").json()
        editing.result()
    monkeypatch.undo()
    after = Stream(token.raw).catalog("loc_downtown").json()

    seen = (by_id(during, "fam_0")["name"], during["category"][0]["item_family_ids"])
    assert seen == ("Cheeseburger", ["fam_0"])
    assert by_id(after, "fam_0")["name"] == "New name"
    assert after["category"][0]["item_family_ids"] == ["fam_1"]


@pytest.mark.django_db(transaction=True)
def test_concurrent_pulls_and_edits_never_show_a_stale_or_mixed_state(token, location, merchant):
    """Two families always change together; a pull never shows less than was committed before."""
    for n in range(2):
        factories.family(merchant, provider_id=f"fam_{n}", price_amount=0)
    committed = [0]
    together = Barrier(4)

    def edit():
        together.wait(20)
        for price in range(1, 13):
            with transaction.atomic():
                models.ItemFamily.objects.update(price_amount=price)
            committed[0] = price
        connection.close()

    def pull():
        together.wait(20)
        stream = Stream(token.raw)
        while committed[0] < 12:
            least = committed[0]
            families = stream.catalog("loc_downtown").json()["item_family"]
            prices = {entry["price_amount"] for entry in families}
            assert len(prices) == 1
            assert prices.pop() >= least
        connection.close()

    with ThreadPoolExecutor(4) as pool:
        running = [pool.submit(call) for call in (edit, pull, pull, pull)]
        for entry in running:
            entry.result()
    last = Stream(token.raw).catalog("loc_downtown").json()["item_family"]
    assert [entry["price_amount"] for entry in last] == [12, 12]


def test_the_stored_bytes_are_sent(stream, merchant, location):
    full_menu.make(merchant, location)
    answer = stream.catalog("loc_downtown")

    snapshot = CatalogSnapshot.objects.get(location=location)
    assert snapshot.size == len(answer.content)
    assert json.loads(answer.content) == full_menu.FULL_CATALOG
