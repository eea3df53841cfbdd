"""Stream fetches a picture without a token, and only once."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.images import storage as image_storage
from catalog.images.processing import process_upload
from catalog.models import Picture
from tests.catalog.support.image_files import encoded, image, upload
from tests.support import factories


@pytest.fixture
def picture(merchant: Any) -> Picture:
    stored = image_storage.store(merchant, process_upload(upload()))
    return Picture.objects.get(pk=stored.pk)


@pytest.fixture
def path(picture: Picture) -> str:
    return f"/pictures/{picture.digest}.jpg"


@pytest.fixture
def anyone() -> Client:
    return Client(SERVER_NAME="127.0.0.1")


@pytest.mark.parametrize(("kind", "ending"), [("JPEG", "jpg"), ("PNG", "png"), ("WEBP", "webp")])
def test_anyone_gets_the_stored_bytes_with_their_content_type(merchant, anyone, kind, ending):
    result = process_upload(upload(encoded(kind)))
    picture = image_storage.store(merchant, result)
    response = anyone.get(f"/pictures/{picture.digest}.{ending}")
    assert (response.status_code, response.content) == (200, result.content)
    assert response["Content-Type"] == f"image/{'jpeg' if ending == 'jpg' else ending}"
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["ETag"] == f'"{picture.digest}"'
    assert response["Content-Length"] == str(len(result.content))
    assert not response.cookies
    assert "Vary" not in response


def test_a_thumbnail_is_served_for_our_own_pages(anyone, picture, path):
    response = anyone.get(f"{path}/small.webp")
    assert (response.status_code, response.content) == (200, bytes(picture.thumbnail))
    assert response["Content-Type"] == "image/webp"
    assert response["ETag"] == f'"{picture.digest}-small"'


@pytest.mark.parametrize("ending", ["", "/small.webp"])
def test_head_returns_the_length_without_the_body(anyone, path, ending):
    whole = anyone.get(path + ending)
    response = anyone.head(path + ending)
    assert (response.status_code, response.content) == (200, b"")
    assert response["Content-Length"] == str(len(whole.content))
    assert response["Content-Type"] == whole["Content-Type"]


@pytest.mark.parametrize("tags", ['"{}"', 'W/"{}"', '"other", "{}"'])
def test_a_known_etag_gets_304(anyone, picture, path, tags):
    response = anyone.get(path, headers={"If-None-Match": tags.format(picture.digest)})
    assert (response.status_code, response.content) == (304, b"")
    assert response["ETag"] == f'"{picture.digest}"'
    other = anyone.get(path, headers={"If-None-Match": tags.format("0" * 64)})
    assert other.status_code == 200


@pytest.mark.parametrize("method", ["get", "head"])
@pytest.mark.parametrize("known", [True, False])
def test_a_request_takes_one_query(anyone, picture, path, method, known):
    headers = {"If-None-Match": f'"{picture.digest}"'} if known else {}
    with CaptureQueriesContext(connection) as queries:
        getattr(anyone, method)(path, headers=headers)
    assert len(queries) == 1
    assert ('"content"' in queries[0]["sql"].replace("LENGTH", "").split("FROM")[0]) or known
    if known or method == "head":
        assert "LENGTH" in queries[0]["sql"]


@pytest.mark.parametrize(
    "path",
    [
        "/pictures/{}.png", "/pictures/{}", "/pictures/{}.svg", "/pictures/{}.jpg/",
        "/pictures/../{}.jpg", "/pictures/{}.jpg%00", "/pictures/{}.jpg%0A", "/pictures/x{}.jpg",
        "/pictures/{}.png/small.webp", "/pictures/" + "0" * 64 + ".jpg", "/pictures/",
    ],
)  # fmt: skip
def test_other_paths_are_not_found(anyone, picture, path):
    assert anyone.get(path.format(picture.digest)).status_code == 404


def test_an_uppercase_digest_is_not_found(anyone, picture):
    assert anyone.get(f"/pictures/{picture.digest.upper()}.jpg").status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_other_methods_are_not_allowed(anyone, path, method):
    assert getattr(anyone, method)(path).status_code == 405


def test_equal_pictures_are_stored_once_per_merchant(merchant):
    other = factories.merchant(name="Casa Verde")
    result, changed = (
        process_upload(upload()),
        process_upload(upload(encoded("JPEG", image(shade=9)))),
    )
    own = [image_storage.store(merchant, picture).digest for picture in (result, result, changed)]
    foreign = image_storage.store(other, result).digest
    assert len({*own, foreign}) == 3
    assert own[0] == own[1]
    assert Picture.objects.count() == 3


def test_the_url_is_public_and_known_before_the_picture_is_stored(merchant, settings):
    settings.PUBLIC_URL = "https://pos.example.com"
    result = process_upload(upload())
    before = image_storage.url_for(merchant, result)
    stored = image_storage.store(merchant, result)
    assert before == f"https://pos.example.com/pictures/{stored.digest}.jpg"
