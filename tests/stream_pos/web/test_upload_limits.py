"""Size limits of forms with files, and the answers to oversized ones."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tests.support import factories


def form(size: int) -> dict[str, Any]:
    return {"images-0-file": SimpleUploadedFile("a.jpg", b"\0" * size, "image/jpeg")}


@pytest.fixture
def sender(browser_client: Any, owner: Any) -> Client:
    """A browser with CSRF checks, so that forms are read before any view runs."""
    return with_csrf_checks(browser_client(owner))


def with_csrf_checks(client: Client) -> Client:
    client.handler.enforce_csrf_checks = True
    client.cookies["csrftoken"] = "a" * 32
    return client


def test_an_oversized_form_is_refused_before_it_is_read(sender, merchant, settings):
    settings.UPLOAD_MAX_BYTES = 3_000_000
    family = factories.family(merchant)
    answer = sender.post(
        reverse("admin:catalog_itemfamily_change", args=[family.pk]), form(3_000_001)
    )
    assert answer.status_code == 413
    assert "each file must be under 25 MB" in answer.content.decode()


def test_anonymous_visitors_cannot_upload_files(db):
    client = with_csrf_checks(Client(SERVER_NAME="127.0.0.1"))
    assert client.post(reverse("sign-in"), form(2_500_001)).status_code == 413
    assert client.post(reverse("sign-in"), form(2_000_000)).status_code == 403


def test_api_clients_get_a_json_error(db):
    answer = Client(SERVER_NAME="127.0.0.1").post("/v1/token", form(2_500_001))
    assert (answer.status_code, answer.json()["error"]) == (413, "invalid_request")


def test_too_many_files_are_refused(sender, merchant):
    family = factories.family(merchant)
    files = {f"images-{number}-file": SimpleUploadedFile("a", b"a") for number in range(101)}
    answer = sender.post(reverse("admin:catalog_itemfamily_change", args=[family.pk]), files)
    assert answer.status_code == 400
