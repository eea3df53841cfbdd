"""Pictures in the admin: upload, address, display, validation, tenancy."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog.images import processing
from catalog.images import storage as image_storage
from catalog.images.processing import process_upload
from catalog.models import FamilyImage, ItemFamily, LocationAccess, Picture
from tests.catalog.support.image_files import encoded, image, upload
from tests.support import factories
from tests.support.admin_forms import errors, filled, row

SMALL = encoded("JPEG", image(319, 640))


@pytest.fixture
def client(browser_client: Any, owner: Any) -> Any:
    return browser_client(owner)


def page(obj: Any) -> str:
    return reverse(f"admin:catalog_{obj._meta.model_name}_change", args=[obj.pk])


def change(client: Any, obj: Any, **fields: Any) -> Any:
    return client.post(page(obj), filled(client.get(page(obj))) | fields)


def stored(merchant: Any, shade: int = 0) -> tuple[Picture, str]:
    result = process_upload(upload(encoded("JPEG", image(shade=shade))))
    return image_storage.store(merchant, result), image_storage.url_for(merchant, result)


@pytest.mark.parametrize("make", [factories.family, factories.modifier])
def test_stream_gets_an_uploaded_picture(client, merchant, make):
    obj = make(merchant)
    answer = change(client, obj, **row("images", 0, file=upload(name="../../etc/passwd.jpg")))
    assert answer.status_code == 302, errors(answer)
    image_row, picture = obj.images.get(), Picture.objects.get()
    assert image_row.url == f"http://127.0.0.1:8000/pictures/{picture.digest}.jpg"
    assert image_row.picture_id == picture.pk
    assert (picture.merchant_id, picture.width, picture.height) == (merchant.pk, 400, 320)
    assert client.get(image_row.url.removeprefix("http://127.0.0.1:8000")).status_code == 200


def test_a_family_can_be_added_with_its_picture(client, merchant):
    address = reverse("admin:catalog_itemfamily_add")
    data = filled(client.get(address)) | row("images", 0, file=upload())
    assert client.post(address, data | {"name": "Burger", "price_amount": "5"}).status_code == 302
    assert ItemFamily.objects.get().images.get().picture_id == Picture.objects.get().pk


def test_equal_pictures_share_an_address_and_others_do_not(client, merchant, location):
    family = factories.family(merchant)
    change(client, family, **row("images", 0, file=upload()))
    first = family.images.get()
    change(client, family, **{"images-0-file": upload()})
    same = family.images.get()
    change(client, family, **{"images-0-file": upload(encoded("PNG"))})
    other = family.images.get()
    assert (same.pk, same.url, same.picture_id) == (first.pk, first.url, first.picture_id)
    assert (other.pk, other.url[-3:]) == (first.pk, "png")
    assert other.picture_id != first.picture_id


def test_a_picture_elsewhere_can_be_replaced_by_a_file(client, merchant):
    family = factories.family(merchant)
    change(client, family, **row("images", 0, url="example.com/burger.jpg"))
    assert family.images.get().url == "https://example.com/burger.jpg"
    assert change(client, family, **{"images-0-file": upload()}).status_code == 302
    assert family.images.get().picture_id is not None
    change(client, family, **{"images-0-url": "https://example.com/other.jpg"})
    image_row = family.images.get()
    assert (image_row.url, image_row.picture_id) == ("https://example.com/other.jpg", None)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"file": upload(SMALL)}, "This picture is 319 × 640 pixels"),
        ({"file": upload(b"<svg/>")}, "This file is an SVG drawing"),
        ({"file": upload(b"")}, "The submitted file is empty."),
        ({"position": "0"}, "Choose a file or enter the address of a picture."),
        ({"url": "no address"}, "Enter a valid URL."),
        ({"url": "javascript:alert(1)"}, "Enter a valid URL."),
        ({"url": "http://127.0.0.1:8000/admin/"}, "None of your pictures has this address"),
        (
            {"url": f"http://127.0.0.1:8000/pictures/{'0' * 64}.jpg"},
            "None of your pictures has this address: upload the file instead.",
        ),
    ],
)
def test_an_invalid_picture_is_reported_and_nothing_is_saved(client, merchant, fields, message):
    family = factories.family(merchant, name="Before")
    answer = change(client, family, name="After", **row("images", 0, **fields))
    assert message in errors(answer)
    family.refresh_from_db()
    assert (family.name, family.images.count(), Picture.objects.count()) == ("Before", 0, 0)


def test_a_file_and_an_address_together_are_refused(client, merchant):
    fields = row("images", 0, file=upload(), url="https://example.com/a.jpg")
    answer = change(client, factories.family(merchant), **fields)
    assert "Choose a file or enter an address, not both." in errors(answer)
    assert not FamilyImage.objects.exists()


def test_another_merchants_picture_is_unknown(client, merchant):
    _, url = stored(factories.merchant(name="Casa Verde"))
    answer = change(client, factories.family(merchant), **row("images", 0, url=url))
    assert "None of your pictures has this address" in errors(answer)


def test_a_stored_picture_can_be_used_for_another_object(client, merchant):
    picture, url = stored(merchant)
    family = factories.family(merchant)
    assert change(client, family, **row("images", 0, url=url)).status_code == 302
    assert family.images.get().picture_id == picture.pk


def test_our_own_staff_upload_for_the_objects_merchant(browser_client, merchant):
    staff = browser_client(factories.user(None, "", email="us@example.com", is_superuser=True))
    factories.merchant(name="Casa Verde")
    answer = change(staff, factories.family(merchant), **row("images", 0, file=upload()))
    assert answer.status_code == 302, errors(answer)
    assert Picture.objects.get().merchant_id == merchant.pk


@pytest.mark.parametrize("who", ["kitchen", "limited"])
def test_a_read_only_user_sees_pictures_but_cannot_upload(
    browser_client, merchant, location, monkeypatch, who
):
    person = factories.user(merchant, "kitchen" if who == "kitchen" else "manager")
    if who == "limited":
        LocationAccess.objects.create(user=person, location=location)
    picture, url = stored(merchant)
    family = factories.family(merchant)
    family.images.create(url=url, picture=picture)
    client = browser_client(person)
    shown = client.get(page(family)).content.decode()
    assert f'src="/pictures/{picture.digest}.jpg/small.webp"' in shown
    assert "sp-picture-file" not in shown
    monkeypatch.setattr(
        "catalog.admin.objects.images.process_upload", None
    )  # Their uploads are never processed.
    client.post(page(family), {"images-0-file": upload(encoded("PNG"))})
    client.post(page(family), row("images", 1, file=upload(encoded("PNG"))))
    assert Picture.objects.count() == FamilyImage.objects.count() == 1


def test_an_upload_while_others_are_processed_is_told_to_try_again(client, merchant):
    family = factories.family(merchant, name="Before")
    form = filled(client.get(page(family))) | row("images", 0, file=upload()) | {"name": "After"}
    with processing.turns.take(), processing.turns.take():
        answer = client.post(page(family), form)
    assert (answer.status_code, answer["Retry-After"]) == (503, "2")
    assert "Nothing was changed. Go back and try again in a moment." in answer.content.decode()
    family.refresh_from_db()
    assert (family.name, Picture.objects.count()) == ("Before", 0)


def test_pictures_are_processed_before_the_transaction_begins(client, merchant, monkeypatch):
    inside: list[int] = []

    def noting(file: Any) -> Any:
        inside.append(len(connection.savepoint_ids))
        return process_upload(file)

    monkeypatch.setattr("catalog.admin.objects.images.process_upload", noting)
    family = factories.family(merchant)
    data = filled(client.get(page(family))) | row("images", 0, file=upload())
    around = len(connection.savepoint_ids)
    assert client.post(page(family), data).status_code == 302
    assert inside == [around]


def test_pictures_are_lazy_thumbnails_and_external_ones_are_not_loaded(client, merchant):
    picture, url = stored(merchant)
    family = factories.family(merchant, name='Fish & "Chips"')
    family.images.create(url=url, picture=picture)
    family.images.create(url="https://example.com/a.jpg?a=1&b=<", position=1)
    shown = client.get(page(family)).content.decode()
    assert (
        f'<img class="sp-picture" src="/pictures/{picture.digest}.jpg/small.webp"'
        ' alt="Picture of Fish &amp; &quot;Chips&quot;" loading="lazy" width="56" height="56">'
    ) in shown
    assert 'href="https://example.com/a.jpg?a=1&amp;b=&lt;" target="_blank" rel="no' in shown
    assert 'src="https://example.com' not in shown
    assert 'enctype="multipart/form-data"' in shown
    assert "stream_pos/pictures.js" in shown


def test_the_list_shows_first_pictures_without_extra_queries(client, merchant):
    address = reverse("admin:catalog_itemfamily_changelist")
    first, first_url = stored(merchant, 1)
    second, second_url = stored(merchant, 2)
    counts = []
    for number in range(2):
        for name in range(20):
            family = factories.family(merchant, name=f"Family {number}-{name}")
            family.images.create(url="https://example.com/a.jpg", position=0)
            family.images.create(url=second_url, picture=second, position=2)
            family.images.create(url=first_url, picture=first, position=1)
        with CaptureQueriesContext(connection) as queries:
            shown = client.get(address, {"all": "1"}).content.decode()
        counts.append(len(queries))
    assert shown.count(f'src="/pictures/{first.digest}.jpg/small.webp"') == 40
    assert second.digest not in shown
    assert counts[0] == counts[1] <= 15


def test_the_number_of_queries_does_not_depend_on_the_pictures(client, merchant):
    family = factories.family(merchant)
    counts = []
    for number in range(10):
        picture, url = stored(merchant, number * 10)
        family.images.create(url=url, picture=picture, position=number)
        if number in (1, 9):
            with CaptureQueriesContext(connection) as queries:
                client.get(page(family))
            counts.append(len(queries))
            assert not any('"catalog_picture"."content"' in query["sql"] for query in queries)
    assert counts[0] == counts[1]
