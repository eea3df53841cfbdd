"""What the address of a picture tells the menu check, without asking anybody."""

from typing import Any

import pytest

from catalog.images import storage as image_storage
from catalog.images.processing import read
from catalog.validation import check
from tests.catalog.support.image_files import upload
from tests.support import factories


@pytest.fixture
def said(merchant: Any) -> Any:
    """What is said about a family in which nothing else is doubtful."""
    family = factories.family(merchant)
    factories.menu(merchant, factories.category(merchant, family))

    def about(url: str, **fields: Any) -> list[tuple[str, str]]:
        family.images.all().delete()
        family.images.create(url=url, **fields)
        return [(one.rule, one.sentence) for one in check(merchant)]

    return about


@pytest.mark.parametrize(
    "url",
    [
        "https://img.example.com/b.jpg", "https://img.example.com/B.JPEG?v=2",
        "https://img.example.com/b.webp", "https://img.example.com/burger",
        "https://93.184.216.34/b.png", "https://img.example.com/v1.2/burger",
    ],
)  # fmt: skip
def test_a_good_address_is_not_spoken_of(said, url):
    assert said(url) == []


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
def test_what_stream_does_not_reach_is_named(said, url, where):
    assert said(url) == [
        (
            "image-out-of-reach",
            f"Its picture {url} leads to {where}, which Stream does not reach. Upload the"
            " picture's file instead.",
        )
    ]


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("http://img.example.com/b.jpg", "is not encrypted. Write its address with https://."),
        ("https://me:secret@img.example.com/b.jpg", "holds a password."),
    ],
)
def test_an_address_that_is_not_for_everybody_is_named(said, url, sentence):
    ((rule, said_sentence),) = said(url)
    assert rule == "image-out-of-reach"
    assert sentence in said_sentence


def test_an_uploaded_picture_is_fine_and_missed_when_it_is_not_there(said, merchant):
    result = read(upload())
    picture, url = image_storage.store(merchant, result), image_storage.url_of(merchant, result)
    assert said(url, picture=picture) == []
    gone = [("image-gone", f"Its picture {url:.80} is not here any more. Upload its file again.")]
    assert said(url) == gone
    other = factories.merchant(name="Casa Verde")
    foreign = image_storage.store(other, result)
    assert said(image_storage.url_of(other, result))[0][0] == "image-gone"
    assert foreign.pk != picture.pk
