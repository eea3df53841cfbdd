"""The number of queries of a catalog's pull and build."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog import models
from catalog.models import CatalogSnapshot
from catalog.snapshots import body_store, query
from integration.oauth.tokens import checksum
from tests.support import factories


@pytest.mark.parametrize("families", [3, 300])
def test_a_warm_pull_takes_three_queries_at_most(stream, merchant, location, families):
    groups = [factories.group(merchant, factories.modifier(merchant)) for _ in range(3)]
    for n in range(families if families < 10 else 0):
        factories.family(merchant, groups[n])
    models.ItemFamily.objects.bulk_create(
        models.ItemFamily(merchant=merchant, provider_id=f"f{n}", name="F", price_amount=n)
        for n in range(families)
    )
    first = stream.catalog("loc_downtown")
    everywhere = {"HTTP_X_PROVIDER_MERCHANT_ID": merchant.provider_id}
    stream.catalog(**everywhere)

    known = {"HTTP_IF_NONE_MATCH": first["ETag"]}
    for status, headers in ((200, {}), (304, known)):
        assert _pull(stream, status, location_id="loc_downtown", **headers) <= 3
        assert _pull(stream, status, **headers) <= 3  # The only location.
    assert _pull(stream, 200, **everywhere) <= 3
    CatalogSnapshot.objects.update(pulled_at=None)
    assert _pull(stream, 200, location_id="loc_downtown") <= 3


def test_a_repeated_pull_is_one_question_for_token_revision_and_bytes(stream, merchant):
    factories.family(merchant)
    first = stream.catalog("loc_downtown")
    everywhere = {"HTTP_X_PROVIDER_MERCHANT_ID": merchant.provider_id}
    stream.catalog(**everywhere)

    for place in ({"location_id": "loc_downtown"}, {}, everywhere):
        assert _pull(stream, 200, **place) == 1
        assert _pull(stream, 304, **place, HTTP_IF_NONE_MATCH="*") == 1
    assert _pull(stream, 304, location_id="loc_downtown", HTTP_IF_NONE_MATCH=first["ETag"]) == 1
    CatalogSnapshot.objects.update(pulled_at=None)
    assert _pull(stream, 200, location_id="loc_downtown") == 2  # The pull is noted again.


def test_bytes_come_with_the_question_unless_they_are_known(stream, merchant, monkeypatch):
    etag = stream.catalog("loc_downtown")["ETag"].strip('"')
    token = checksum(stream.headers["HTTP_AUTHORIZATION"].removeprefix("Bearer "))
    memory = body_store.BodyCache(most_bytes=2**20, most_bodies=9)
    monkeypatch.setattr(query, "_memory", memory)

    def came(*known):
        return query.find_with_token(token, "loc_downtown", frozenset(known)).stored is not None

    assert not came(etag)  # The client has them.
    assert came("another")
    assert not came()  # This process has them.


def _pull(stream, status, **headers):
    with CaptureQueriesContext(connection) as caught:
        assert stream.catalog(**headers).status_code == status
    frame = ("BEGIN", "SAVEPOINT", "RELEASE", "COMMIT", "ROLLBACK")
    # Prepared PostgreSQL statements have no text here.
    return sum(not (query["sql"] or "").startswith(frame) for query in caught)


def test_the_number_of_queries_of_a_build_does_not_depend_on_the_menu(stream, merchant):
    def build():
        with CaptureQueriesContext(connection) as caught:
            stream.catalog("loc_downtown")
        return len(caught)

    for n in range(3):
        factories.family(merchant, provider_id=f"few_{n}")
        small = build()  # The first also makes the event, the third removes the first's body.
    models.ItemFamily.objects.bulk_create(
        models.ItemFamily(merchant=merchant, provider_id=f"f{n}", name="F", price_amount=n)
        for n in range(300)
    )
    assert build() == small
