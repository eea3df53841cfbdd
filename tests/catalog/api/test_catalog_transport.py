"""Get Catalog: compression and conditional requests (contract CAT)."""

import gzip
import hashlib

import pytest

from tests.catalog.support.full_menu import by_id
from tests.support import factories


@pytest.mark.parametrize(
    ("accepted", "compressed"),
    [
        ("", False),
        ("identity", False),
        ("deflate, br", False),
        ("gzip", True),
        ("GZIP", True),
        ("br;q=1.0, gzip;q=0.8, *;q=0.1", True),
        ("*", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000, deflate", False),
        ("gzip;q=0, *", False),
        ("*;q=0, gzip", True),
        ("identity, *;q=0", False),
    ],
)
def test_gzip_is_used_if_accepted(stream, full, accepted, compressed):
    plain = stream.catalog("loc_downtown")

    answer = stream.catalog("loc_downtown", HTTP_ACCEPT_ENCODING=accepted)

    assert answer.get("Content-Encoding") == ("gzip" if compressed else None)
    assert "Accept-Encoding" in answer["Vary"]
    content = gzip.decompress(answer.content) if compressed else answer.content
    assert content == plain.content
    assert (answer["ETag"] == plain["ETag"]) is not compressed


def test_the_etag_changes_with_the_bytes(stream, merchant, full):
    first = stream.catalog("loc_downtown")
    assert first["ETag"] == f'"{hashlib.sha256(first.content).hexdigest()}"'

    factories.family(merchant, provider_id="new")
    second = stream.catalog("loc_downtown", HTTP_IF_NONE_MATCH=first["ETag"])
    assert second.status_code == 200
    assert by_id(second.json(), "new")
    assert second["ETag"] != first["ETag"]


@pytest.mark.parametrize("coding", ["", "gzip"])
@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ("{}", 304),
        ("W/{}", 304),
        ('"a", W/"b" ,{}', 304),
        ("*", 304),
        ('"a"', 200),
        ("", 200),
        ('"', 200),
        (",,", 200),
        ('"\x00"', 200),
    ],
)
def test_a_known_catalog_is_not_sent_again(stream, full, coding, sent, status):
    first = stream.catalog("loc_downtown", HTTP_ACCEPT_ENCODING=coding)
    condition = sent.format(first["ETag"])

    answer = stream.catalog(
        "loc_downtown", HTTP_ACCEPT_ENCODING=coding, HTTP_IF_NONE_MATCH=condition
    )

    assert answer.status_code == status
    assert answer["ETag"] == first["ETag"]
    assert answer.content == (b"" if status == 304 else first.content)
    if status == 304:
        assert "Content-Type" not in answer
        assert "Content-Encoding" not in answer


def test_an_etag_of_the_other_encoding_is_recognized(stream, full):
    plain = stream.catalog("loc_downtown")["ETag"]

    answer = stream.catalog("loc_downtown", HTTP_ACCEPT_ENCODING="gzip", HTTP_IF_NONE_MATCH=plain)

    assert answer.status_code == 304


def test_a_client_may_send_more_etags_than_a_statement_allows(stream, full):
    first = stream.catalog("loc_downtown")
    many = ", ".join(f'"{number}"' for number in range(300_000))

    strange = stream.catalog("loc_downtown", HTTP_IF_NONE_MATCH=many)
    known = stream.catalog("loc_downtown", HTTP_IF_NONE_MATCH=f"{many}, {first['ETag']}")

    assert (strange.status_code, strange.content) == (200, first.content)
    assert known.status_code == 304
