"""Pictures of a refused form: kept, named on the page, and saved with the next try."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from catalog.models import FamilyImage, ItemFamily, Picture
from tests.catalog.support.image_files import encoded, image, upload
from tests.support import factories
from tests.support.admin_forms import filled, row

ADD = reverse("admin:catalog_itemfamily_add")


@pytest.fixture
def client(browser_client: Any, owner: Any) -> Any:
    return browser_client(owner)


def kept_in(answer: Any) -> dict[str, str]:
    found = re.findall(r'name="(images-\d+-file-kept)" value="([^"]+)"', answer.content.decode())
    return dict(found)


def refused(client: Any, name: str = "soup.jpg") -> Any:
    """Send a new family with a picture, but without its name."""
    data = filled(client.get(ADD)) | row("images", 0, file=upload(name=name))
    answer = client.post(ADD, data | {"name": "", "price_amount": "5"})
    assert answer.status_code == 200
    return answer


def again(answer: Any, **changes: str) -> dict[str, Any]:
    data = filled(answer) | kept_in(answer)
    return {key: value for key, value in data.items() if not key.endswith("-file")} | changes


def test_a_picture_survives_two_validation_errors(client):
    answer = refused(client, name="<soup>.jpg")
    assert "“&lt;soup&gt;.jpg” is kept and will be saved" in answer.content.decode()
    answer = client.post(ADD, again(answer))
    assert answer.status_code == 200
    assert client.post(ADD, again(answer, name="Soup")).status_code == 302
    picture = ItemFamily.objects.get().images.get().picture
    assert (picture.width, picture.height) == (400, 320)
    assert Picture.objects.count() == 1


def test_another_file_replaces_the_kept_one(client):
    other = upload(encoded("JPEG", image(500, 500)))
    data = again(refused(client), name="Soup") | {"images-0-file": other}
    assert client.post(ADD, data).status_code == 302
    assert FamilyImage.objects.get().picture.width == 500


def test_a_kept_picture_is_its_persons_alone(client, browser_client, merchant):
    data = again(refused(client), name="Soup")
    other = browser_client(factories.user(merchant, "manager"))
    assert other.post(ADD, data).status_code == 302
    assert not FamilyImage.objects.exists()


@pytest.mark.parametrize("text", ["", "x", "a:b:c", "é"])
def test_a_forged_picture_is_ignored(client, text):
    data = again(refused(client), name="Soup") | {"images-0-file-kept": text}
    assert client.post(ADD, data).status_code == 302
    assert not FamilyImage.objects.exists()


def test_a_kept_picture_ends_after_a_week(client):
    data = again(refused(client), name="Soup")
    with time_machine.travel(timezone.now() + timedelta(days=7, seconds=5)):
        assert client.post(ADD, data).status_code == 302
    assert not FamilyImage.objects.exists()


def test_refused_forms_do_not_fill_the_database(client, monkeypatch):
    monkeypatch.setattr("catalog.admin.fields.kept_pictures._MOST_UNUSED", 1)
    assert kept_in(refused(client))
    data = filled(client.get(ADD)) | row("images", 0, file=upload(encoded("JPEG", image(shade=9))))
    answer = client.post(ADD, data | {"name": ""})
    assert kept_in(answer) == {}
    assert Picture.objects.count() == 1


def test_an_invalid_picture_is_not_kept(client):
    small = upload(encoded("JPEG", image(319, 640)))
    data = filled(client.get(ADD)) | row("images", 0, file=small)
    assert kept_in(client.post(ADD, data | {"name": ""})) == {}
    assert not Picture.objects.exists()
