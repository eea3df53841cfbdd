"""The menu check judges pictures by their URLs, without fetching them."""

from typing import Any

import pytest

from catalog.images import storage as image_storage
from catalog.images.processing import process_upload
from catalog.validation import check
from tests.catalog.support.image_files import upload
from tests.support import factories


@pytest.fixture
def findings(merchant: Any) -> Any:
    """Return a function for the findings about an otherwise valid family with a picture."""
    family = factories.family(merchant)
    factories.menu(merchant, factories.category(merchant, family))

    def about(url: str, **fields: Any) -> list[tuple[str, str]]:
        family.images.all().delete()
        family.images.create(url=url, **fields)
        return [(finding.rule, finding.sentence) for finding in check(merchant)]

    return about


@pytest.mark.parametrize(
    "url",
    [
        "https://img.example.com/b.jpg", "https://img.example.com/B.JPEG?v=2",
        "https://img.example.com/b.webp", "https://img.example.com/burger",
        "https://93.184.216.34/b.png", "https://img.example.com/v1.2/burger",
    ],
)  # fmt: skip
def test_a_valid_url_has_no_finding(findings, url):
    assert findings(url) == []


@pytest.mark.parametrize(
    ("url", "where"),
    [
        ("https://localhost/b.jpg", "a name of a local network"),
        ("https://nas.local/b.jpg", "a name of a local network"),
        ("https://nas.lan./b.jpg", "a name of a local network"),
        ("https://127.0.0.1/b.jpg", "a loopback address"),
        ("https://192.168.1.7/b.jpg", "a private address"),
        ("https://169.254.169.254/b.jpg", "a link-local address"),
        ("https://[::1]/b.jpg", "a loopback address"),
        ("http://10.0.0.1/b.jpg", "a private address"),
    ],
)
def test_an_unreachable_url_is_a_finding(findings, url, where):
    assert findings(url) == [
        (
            "image-out-of-reach",
            f"Its picture {url} leads to {where}, which Stream cannot reach. Upload the"
            " picture's file instead.",
        )
    ]


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("http://img.example.com/b.jpg", "is not encrypted. Enter its https:// address."),
        ("https://me:secret@img.example.com/b.jpg", "contains a password."),
    ],
)
def test_a_url_without_encryption_or_with_a_password_is_a_finding(findings, url, sentence):
    ((rule, text),) = findings(url)
    assert rule == "image-out-of-reach"
    assert sentence in text


def test_an_uploaded_picture_is_valid_until_it_is_deleted(findings, merchant):
    result = process_upload(upload())
    picture, url = image_storage.store(merchant, result), image_storage.url_for(merchant, result)
    assert findings(url, picture=picture) == []
    gone = [("image-gone", f"Its picture {url:.80} no longer exists here. Upload its file again.")]
    assert findings(url) == gone
    other = factories.merchant(name="Casa Verde")
    foreign = image_storage.store(other, result)
    assert findings(image_storage.url_for(other, result))[0][0] == "image-gone"
    assert foreign.pk != picture.pk
