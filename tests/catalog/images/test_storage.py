"""Pictures are kept while a row links to them, whoever wrote it, and deleted later."""

from datetime import timedelta
from typing import Any

import orjson
import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from catalog import tasks
from catalog.images import storage as image_storage
from catalog.images.processing import process_upload
from catalog.import_export import exporter
from catalog.import_export.importer import import_catalog
from catalog.models import FamilyImage, ModifierImage, Picture
from integration.models import Merchant
from tests.catalog.support.image_files import upload
from tests.support import factories


def stored(merchant: Merchant) -> tuple[Picture, str]:
    result = process_upload(upload())
    return image_storage.store(merchant, result), image_storage.url_for(merchant, result)


def later(**ages: float) -> Any:
    return time_machine.travel(timezone.now() + timedelta(**ages), tick=False)


@pytest.mark.parametrize("kind", ["family", "modifier"])
def test_a_picture_is_deleted_a_week_after_its_last_use(merchant, kind):
    picture, url = stored(merchant)
    row = factories.family(merchant).images.create(url=url, picture=picture)
    if kind == "modifier":
        row.delete()
        row = factories.modifier(merchant).images.create(url=url, picture=picture)
    with later(days=30):
        tasks.look_after_pictures()
        row.delete()
        tasks.look_after_pictures()
    with later(days=36.9):
        tasks.look_after_pictures()
        assert Picture.objects.count() == 1
    with later(days=37.1):
        tasks.look_after_pictures()
        assert Picture.objects.count() == 0


def test_uploading_a_picture_again_keeps_it_longer(merchant):
    stored(merchant)
    with later(days=6):
        stored(merchant)
    with later(days=8):
        tasks.look_after_pictures()
        assert Picture.objects.count() == 1


def test_the_database_refuses_to_delete_a_linked_picture(merchant):
    picture, url = stored(merchant)
    factories.family(merchant).images.create(url=url, picture=picture)

    def remove() -> None:
        with transaction.atomic():
            Picture.objects.filter(pk=picture.pk).delete()
            connection.check_constraints()

    with pytest.raises(IntegrityError):
        remove()


def test_rows_with_the_url_of_their_merchants_picture_are_linked(merchant):
    other = factories.merchant(name="Casa Verde")
    stored(other)
    picture, url = stored(merchant)
    rows = [
        factories.family(merchant).images.create(url=url),
        factories.modifier(merchant).images.create(url=url),
        factories.family(other).images.create(url=url),
        factories.family(merchant).images.create(url=url.replace(picture.digest, "0" * 64)),
        factories.family(merchant).images.create(url=f"{url}/small.webp"),
    ]
    tasks.look_after_pictures()
    for row in rows:
        row.refresh_from_db()
    assert [row.picture_id for row in rows] == [picture.pk, picture.pk, None, None, None]


def test_a_row_with_another_url_is_unlinked(merchant):
    picture, url = stored(merchant)
    row = factories.family(merchant).images.create(url=url, picture=picture)
    FamilyImage.objects.update(url="https://example.com/burger.jpg")
    tasks.look_after_pictures()
    row.refresh_from_db()
    assert (row.url, row.picture_id) == ("https://example.com/burger.jpg", None)


def test_urls_follow_our_public_url(merchant, settings):
    picture, url = stored(merchant)
    row = factories.modifier(merchant).images.create(url=url, picture=picture)
    elsewhere = factories.family(merchant).images.create(url="https://example.com/a.jpg")
    settings.PUBLIC_URL = "https://pos.example.com"
    tasks.look_after_pictures()
    row.refresh_from_db()
    elsewhere.refresh_from_db()
    assert row.url == f"https://pos.example.com/pictures/{picture.digest}.jpg"
    assert row.picture_id == picture.pk
    assert elsewhere.url == "https://example.com/a.jpg"


def test_an_export_contains_the_url_and_an_import_links_it_again(merchant):
    picture, url = stored(merchant)
    family, modifier = factories.family(merchant), factories.modifier(merchant)
    family.images.create(url=url, picture=picture)
    modifier.images.create(url="https://example.com/a.jpg")
    exported = exporter.export(merchant)
    assert orjson.loads(exported)["item_family"][0]["images"] == [{"provider_url": url}]
    FamilyImage.objects.all().delete()
    ModifierImage.objects.update(url=url)
    import_catalog(merchant, exported, merge=False)
    assert FamilyImage.objects.get().picture_id == picture.pk
    again = ModifierImage.objects.get()
    assert (again.url, again.picture_id) == ("https://example.com/a.jpg", None)


def test_a_merchants_pictures_are_deleted_with_the_merchant(merchant):
    picture, url = stored(merchant)
    factories.family(merchant).images.create(url=url, picture=picture)
    with transaction.atomic():
        merchant.delete()
        connection.check_constraints()
    assert not Picture.objects.exists()
