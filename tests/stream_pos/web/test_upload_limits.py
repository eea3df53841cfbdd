"""Forms with files: who may send how much, and what they are told."""

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
    """A browser whose forms must carry a token, so that they are read before any view."""
    return checked(browser_client(owner))


def checked(client: Client) -> Client:
    client.handler.enforce_csrf_checks = True
    client.cookies["csrftoken"] = "a" * 32
    return client


def test_a_form_that_is_too_large_is_refused_before_it_is_read(sender, merchant, settings):
    settings.UPLOAD_MAX_BYTES = 3_000_000
    family = factories.family(merchant)
    answer = sender.post(
        reverse("admin:catalog_itemfamily_change", args=[family.pk]), form(3_000_001)
    )
    assert answer.status_code == 413
    assert "a file must be under 25 MB" in answer.content.decode()


def test_who_is_not_signed_in_sends_no_files(db):
    client = checked(Client(SERVER_NAME="127.0.0.1"))
    assert client.post(reverse("sign-in"), form(2_500_001)).status_code == 413
    assert client.post(reverse("sign-in"), form(2_000_000)).status_code == 403


def test_machines_are_told_in_their_own_words(db):
    answer = Client(SERVER_NAME="127.0.0.1").post("/v1/token", form(2_500_001))
    assert (answer.status_code, answer.json()["error"]) == (413, "invalid_request")


def test_more_files_than_a_form_has_are_refused(sender, merchant):
    family = factories.family(merchant)
    files = {f"images-{number}-file": SimpleUploadedFile("a", b"a") for number in range(101)}
    answer = sender.post(reverse("admin:catalog_itemfamily_change", args=[family.pk]), files)
    assert answer.status_code == 400
