"""Equal catalogs of a merchant share one stored body; unused bodies are deleted."""

import gzip
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from catalog import models, tasks
from catalog.models import CatalogBody, CatalogSnapshot
from catalog.snapshots import body_store
from catalog.snapshots import service as snapshots
from tests.catalog.support.database_edits import sql
from tests.support import factories
from tests.support.stream import Stream


@pytest.fixture
def uptown(merchant):
    return factories.location(merchant, provider_id="loc_uptown")


def test_locations_with_equal_catalogs_share_one_body(stream, merchant, location, uptown):
    factories.family(merchant)
    everywhere = {"HTTP_X_PROVIDER_MERCHANT_ID": merchant.provider_id}

    pulled = [stream.catalog(key).content for key in ("loc_downtown", "loc_uptown")]
    pulled.append(stream.catalog(**everywhere).content)

    assert len(set(pulled)) == 1
    body = CatalogBody.objects.get()
    assert gzip.decompress(bytes(body.content)) == pulled[0]
    assert [snapshot.shared_body for snapshot in CatalogSnapshot.objects.all()] == [body] * 3


def test_a_location_has_its_own_body_while_its_catalog_differs(stream, merchant, location, uptown):
    burger = factories.family(merchant)
    override = burger.at_locations.create(location=uptown, price_amount=5)
    tasks.refresh(merchant.pk)
    assert CatalogBody.objects.count() == 2
    assert stream.catalog("loc_uptown").json()["item_family"][0]["price_amount"] == 5
    assert stream.catalog("loc_downtown").json()["item_family"][0]["price_amount"] == 1000

    override.delete()
    tasks.refresh(merchant.pk)

    assert stream.catalog("loc_uptown").content == stream.catalog("loc_downtown").content
    body_store.delete_unused(merchant.pk)
    assert CatalogBody.objects.count() == 1


def test_an_edit_keeps_only_bodies_in_use_or_told_to_stream(stream, merchant):
    burger = factories.family(merchant)
    for price in (1, 2, 3):
        models.ItemFamily.objects.filter(pk=burger.pk).update(price_amount=price)
        stream.catalog("loc_downtown")
    tasks.refresh(merchant.pk)
    body_store.delete_unused(merchant.pk)
    pulled = CatalogBody.objects.get()
    assert pulled == CatalogSnapshot.objects.get().shared_body

    for price in (4, 5):
        models.ItemFamily.objects.filter(pk=burger.pk).update(price_amount=price)
        tasks.refresh(merchant.pk)
    bodies = set(CatalogBody.objects.all())
    assert bodies == {pulled, CatalogSnapshot.objects.get().shared_body}
    assert len(bodies) == 2


def test_merchants_do_not_share_bodies(stream, merchant):
    other = factories.merchant()
    other_location = factories.location(other)
    other_stream = Stream(factories.access_token(factories.user(other)).raw)
    ours = stream.catalog("loc_downtown").content  # Both are empty.

    assert other_stream.catalog(other_location.provider_id).content == ours
    assert CatalogBody.objects.count() == 2
    merchant.snapshots.all().delete()
    body_store.delete_unused(merchant.pk)
    assert [row.merchant for row in CatalogBody.objects.all()] == [other]
    body_store.delete_unused(other.pk)
    assert CatalogBody.objects.count() == 1


def test_a_merchant_can_be_deleted_with_its_catalogs(stream, merchant):
    stream.catalog("loc_downtown")

    merchant.delete()

    assert not CatalogBody.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_body_about_to_be_used_is_not_removed(merchant, location):
    snapshots.refresh(merchant)
    snapshot = CatalogSnapshot.objects.get()
    unused = CatalogBody.objects.create(merchant=merchant, etag="0" * 64, content=b"x")

    def forget():
        try:
            body_store.delete_unused(merchant.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            snapshot.shared_body = body_store.get_or_create(merchant.pk, unused.etag, _never)
            forgetting = pool.submit(forget)
            time.sleep(0.3)  # On PostgreSQL it has finished, on SQLite it waits for us.
            snapshot.save()
        forgetting.result(20)

    snapshot.refresh_from_db()
    assert snapshot.shared_body == unused


def _never():
    raise AssertionError("It is there already.")


@pytest.mark.django_db(transaction=True)
def test_a_body_removed_while_needed_is_created_again(merchant, location):
    unused = CatalogBody.objects.create(merchant=merchant, etag="0" * 64, content=b"x")
    removed = threading.Event()

    def remove():
        with transaction.atomic():
            CatalogBody.objects.filter(pk=unused.pk).delete()
            removed.set()
            time.sleep(0.3)
        connection.close()

    with ThreadPoolExecutor(1) as pool:
        removing = pool.submit(remove)
        assert removed.wait(20)
        with transaction.atomic():
            body = body_store.get_or_create(merchant.pk, unused.etag, lambda: b"anew")
        removing.result(20)

    assert bytes(CatalogBody.objects.get(pk=body.pk).content) == b"anew"


@pytest.mark.django_db(transaction=True)
def test_two_simultaneous_writers_store_one_body(merchant):
    together = threading.Barrier(2)

    def keep(_):
        together.wait(20)
        try:
            with transaction.atomic():
                key = body_store.get_or_create(merchant.pk, "0" * 64, lambda: b"x").pk
                time.sleep(0.1)
                return key
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert len(set(pool.map(keep, range(2)))) == 1


def test_the_cache_evicts_the_least_recently_used_body():
    memory = body_store.BodyCache(most_bytes=10, most_bodies=3)
    for etag in ("a", "b", "a", "c"):
        memory.add(1, etag, etag.encode() * 4)
    assert memory.of(1) == {"a": b"aaaa", "c": b"cccc"}
    assert memory.of(2) == {}

    for etag in ("d", "e", "f"):
        memory.add(2, etag, b"")
    assert memory.of(1) == {}
    memory.add(1, "large", b"x" * 11)
    assert (memory.of(1), memory.of(2)) == ({}, {})


def test_a_body_sent_before_is_not_read_again(stream, merchant):
    factories.family(merchant)
    first = stream.catalog("loc_downtown").content
    CatalogBody.objects.update(content=gzip.compress(b"never read"))

    assert stream.catalog("loc_downtown").content == first


@pytest.mark.django_db(transaction=True)
def test_the_migration_moves_the_bodies_forward_and_back(merchant, location, uptown):
    burger = factories.family(merchant)
    burger.at_locations.create(location=uptown, price_amount=5)
    third = factories.location(merchant)
    snapshots.refresh(merchant)
    fourth = factories.location(merchant)
    CatalogSnapshot.objects.create(merchant=merchant, location=fourth)  # Never built.
    before = dict(CatalogSnapshot.objects.values_list("location_id", "shared_body__content"))
    try:
        call_command("migrate", "catalog", "0002", verbosity=0)
        old = MigrationExecutor(connection).loader.project_state([("catalog", "0002_told_objects")])
        rows = old.apps.get_model("catalog", "CatalogSnapshot").objects
        apart = {row.location_id: bytes(row.body) for row in rows.all()}
    finally:
        call_command("migrate", verbosity=0)

    assert apart == {key: bytes(body or b"") for key, body in before.items()}
    assert CatalogBody.objects.count() == 2
    after = dict(CatalogSnapshot.objects.values_list("location_id", "shared_body__content"))
    assert {key: bytes(body or b"") for key, body in after.items()} == apart
    assert after[location.pk] == after[third.pk] != after[uptown.pk]
    sql("UPDATE catalog_itemfamily SET price_amount = 7")  # The triggers are back.
    assert snapshots.refresh(merchant) == 4
