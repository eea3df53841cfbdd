"""Stream fetches a picture without a token, and never twice."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.images import storage as image_storage
from catalog.images.processing import read
from catalog.models import Picture
from tests.catalog.support.image_files import encoded, image, upload
from tests.support import factories


@pytest.fixture
def picture(merchant: Any) -> Picture:
    stored = image_storage.store(merchant, read(upload()))
    return Picture.objects.get(pk=stored.pk)


@pytest.fixture
def path(picture: Picture) -> str:
    return f"/pictures/{picture.digest}.jpg"


@pytest.fixture
def anyone() -> Client:
    return Client(SERVER_NAME="127.0.0.1")


@pytest.mark.parametrize(("kind", "ending"), [("JPEG", "jpg"), ("PNG", "png"), ("WEBP", "webp")])
def test_anyone_gets_the_stored_bytes_with_their_type(merchant, anyone, kind, ending):
    result = read(upload(encoded(kind)))
    picture = image_storage.store(merchant, result)
    answer = anyone.get(f"/pictures/{picture.digest}.{ending}")
    assert (answer.status_code, answer.content) == (200, result.content)
    assert answer["Content-Type"] == f"image/{'jpeg' if ending == 'jpg' else ending}"
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["ETag"] == f'"{picture.digest}"'
    assert answer["Content-Length"] == str(len(result.content))
    assert not answer.cookies
    assert "Vary" not in answer


def test_a_small_one_is_there_for_our_own_pages(anyone, picture, path):
    answer = anyone.get(f"{path}/small.webp")
    assert (answer.status_code, answer.content) == (200, bytes(picture.thumbnail))
    assert answer["Content-Type"] == "image/webp"
    assert answer["ETag"] == f'"{picture.digest}-small"'


@pytest.mark.parametrize("ending", ["", "/small.webp"])
def test_head_says_how_long_it_is_without_sending_it(anyone, path, ending):
    whole = anyone.get(path + ending)
    answer = anyone.head(path + ending)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer["Content-Length"] == str(len(whole.content))
    assert answer["Content-Type"] == whole["Content-Type"]


@pytest.mark.parametrize("tags", ['"{}"', 'W/"{}"', '"other", "{}"'])
def test_who_has_it_already_is_told_so(anyone, picture, path, tags):
    answer = anyone.get(path, headers={"If-None-Match": tags.format(picture.digest)})
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer["ETag"] == f'"{picture.digest}"'
    other = anyone.get(path, headers={"If-None-Match": tags.format("0" * 64)})
    assert other.status_code == 200


@pytest.mark.parametrize("method", ["get", "head"])
@pytest.mark.parametrize("known", [True, False])
def test_it_takes_one_query(anyone, picture, path, method, known):
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
def test_nothing_else_is_there(anyone, picture, path):
    assert anyone.get(path.format(picture.digest)).status_code == 404


def test_upper_case_is_another_address(anyone, picture):
    assert anyone.get(f"/pictures/{picture.digest.upper()}.jpg").status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_it_can_only_be_read(anyone, path, method):
    assert getattr(anyone, method)(path).status_code == 405


def test_equal_pictures_of_a_merchant_are_stored_once_and_those_of_two_twice(merchant):
    other = factories.merchant(name="Casa Verde")
    result, changed = read(upload()), read(upload(encoded("JPEG", image(shade=9))))
    mine = [image_storage.store(merchant, one).digest for one in (result, result, changed)]
    theirs = image_storage.store(other, result).digest
    assert len({*mine, theirs}) == 3
    assert mine[0] == mine[1]
    assert Picture.objects.count() == 3


def test_its_address_is_the_public_one_and_known_before_it_is_stored(merchant, settings):
    settings.PUBLIC_URL = "https://pos.example.com"
    result = read(upload())
    before = image_storage.url_of(merchant, result)
    stored = image_storage.store(merchant, result)
    assert before == f"https://pos.example.com/pictures/{stored.digest}.jpg"
