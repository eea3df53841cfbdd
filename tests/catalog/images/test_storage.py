"""A picture stays as long as a row links to it, whoever wrote the row, and not for ever."""

from datetime import timedelta
from typing import Any

import orjson
import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from catalog import tasks
from catalog.images import storage as image_storage
from catalog.images.processing import read
from catalog.import_export import exporter
from catalog.import_export.importer import import_catalog
from catalog.models import FamilyImage, ModifierImage, Picture
from integration.models import Merchant
from tests.catalog.support.image_files import upload
from tests.support import factories


def stored(merchant: Merchant) -> tuple[Picture, str]:
    result = read(upload())
    return image_storage.store(merchant, result), image_storage.url_of(merchant, result)


def later(**ages: float) -> Any:
    return time_machine.travel(timezone.now() + timedelta(**ages), tick=False)


@pytest.mark.parametrize("kind", ["family", "modifier"])
def test_what_is_used_stays_and_goes_a_week_after_its_last_use(merchant, kind):
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


def test_what_is_uploaded_again_is_kept_anew(merchant):
    stored(merchant)
    with later(days=6):
        stored(merchant)
    with later(days=8):
        tasks.look_after_pictures()
        assert Picture.objects.count() == 1


def test_the_database_keeps_a_picture_that_is_linked_at_this_moment(merchant):
    picture, url = stored(merchant)
    factories.family(merchant).images.create(url=url, picture=picture)

    def remove() -> None:
        with transaction.atomic():
            Picture.objects.filter(pk=picture.pk).delete()
            connection.check_constraints()

    with pytest.raises(IntegrityError):
        remove()


def test_rows_that_name_a_picture_of_their_merchant_are_linked(merchant):
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


def test_a_row_that_names_something_else_is_not_linked_any_more(merchant):
    picture, url = stored(merchant)
    row = factories.family(merchant).images.create(url=url, picture=picture)
    FamilyImage.objects.update(url="https://example.com/burger.jpg")
    tasks.look_after_pictures()
    row.refresh_from_db()
    assert (row.url, row.picture_id) == ("https://example.com/burger.jpg", None)


def test_addresses_follow_our_own(merchant, settings):
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


def test_an_export_names_the_address_and_an_import_links_it_again(merchant):
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


def test_a_merchants_pictures_go_with_the_merchant(merchant):
    picture, url = stored(merchant)
    factories.family(merchant).images.create(url=url, picture=picture)
    with transaction.atomic():
        merchant.delete()
        connection.check_constraints()
    assert not Picture.objects.exists()
