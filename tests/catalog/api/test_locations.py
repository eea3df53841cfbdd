"""Get Locations and the connection endpoint (contract LOC, CON)."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.utils import timezone

from catalog.locations import connection
from catalog.models import Location
from integration.models import AccessToken, RefreshToken
from integration.oauth import authorizations
from integration.oauth.pos_role import POS
from tests.support import factories
from tests.support.stream import Stream

EXAMPLES = Path(__file__).parents[2] / "examples"
DOWNTOWN = {"location_id": "loc_downtown"}


def published(name):
    return json.loads((EXAMPLES / f"{name}.json").read_text())


def _connected(location):
    location.refresh_from_db()
    return connection.is_connected(location)


def test_the_response_matches_the_published_example(stream, location):
    Location.objects.update(postal_code="78701", country="USA")
    expected = published("locations")
    expected["locations"][0]["provider_id"] = "loc_downtown"

    answer = stream.get("/locations")

    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"
    assert answer.json() == expected
    assert set(answer.json()) == set(published("pos_locations"))


def test_only_the_merchants_live_locations_are_listed(stream, merchant):
    factories.location(merchant, provider_id="loc_airport", name="Airport")
    factories.location(merchant, name="Closed for good", archived_at=timezone.now())
    factories.location(factories.merchant(name="Foreign"), name="Foreign")

    listed = stream.get("/locations").json()["locations"]

    assert [(entry["provider_id"], entry["connection_status"]) for entry in listed] == [
        ("loc_airport", "disconnected"),
        ("loc_downtown", "connected"),
    ]


def test_a_merchant_without_locations_reads_an_empty_list(owner):
    assert Stream(factories.access_token(owner).raw).get("/locations").json() == {"locations": []}


def test_stream_reads_ends_and_creates_a_connection(stream, location):
    ask = "/locations/connection?location_id=loc_downtown"
    connected, disconnected = DOWNTOWN | {"connected": True}, DOWNTOWN | {"connected": False}
    assert set(connected) == set(published("location_connection"))

    assert stream.get(ask).json() == connected
    for _ in range(2):
        ended = stream.client.delete(
            "/stream-pos/v1/locations/connection",
            json.dumps(DOWNTOWN),
            content_type="application/json",
            **stream.headers,
        )
        assert (ended.status_code, ended.json()) == (200, disconnected)
        assert stream.get(ask).json() == disconnected
        status = stream.get("/locations").json()["locations"][0]["connection_status"]
        assert status == "disconnected"
        assert not _connected(location)
    for _ in range(2):
        answer = stream.post("/locations/connection", DOWNTOWN)
        assert (answer.status_code, answer.json()) == (200, connected)
        assert stream.get(ask).json() == connected
        assert _connected(location)


@pytest.mark.parametrize("method", ["get", "post", "delete"])
@pytest.mark.parametrize("location_id", ["loc_foreign", "loc_archived", "loc_x", "x\x00", "Ł" * 99])
def test_a_location_that_is_not_the_merchants_is_not_found(stream, merchant, method, location_id):
    foreign = factories.location(
        factories.merchant(name="F"), provider_id="loc_foreign", is_connected=True
    )
    factories.location(merchant, provider_id="loc_archived", archived_at=timezone.now())

    answer = _ask(stream, method, {"location_id": location_id})

    assert answer.status_code == 404
    assert answer.json() == {
        "error": "not_found",
        "error_description": "There is no such location.",
    }
    foreign.refresh_from_db()
    assert foreign.is_connected


def _ask(stream, method, body):
    address = "/stream-pos/v1/locations/connection"
    if method == "get":
        return stream.client.get(address, body, **stream.headers)
    content = body if isinstance(body, bytes) else json.dumps(body)
    call = getattr(stream.client, method)
    return call(address, content, content_type="application/json", **stream.headers)


@pytest.mark.parametrize("method", ["post", "delete"])
@pytest.mark.parametrize(
    "body",
    [
        {},
        {"location_id": None},
        {"location_id": ""},
        {"location_id": 5},
        {"location_id": ["loc_downtown"]},
        [],
        b"",
        b"{",
        b'{"location_id":"\\ud800"}',
        b'{"location_id":"' + b"x" * 70_000 + b'"}',
    ],
    ids=lambda body: str(body)[:30],
)
def test_a_location_id_that_is_missing_or_not_a_string_is_refused(stream, location, method, body):
    answer = _ask(stream, method, body)

    assert answer.status_code == 400
    assert answer.json() == {
        "error": "invalid_request",
        "error_description": "location_id is missing or not a string.",
    }
    assert _connected(location)


def test_asking_without_a_location_id_is_refused(stream):
    assert stream.get("/locations/connection").status_code == 400


# --- Connections over the life of an authorization.


def test_a_new_authorization_connects_every_location(owner, location, merchant):
    archived = factories.location(merchant, archived_at=timezone.now())
    foreign = factories.location(factories.merchant())
    token = factories.access_token(owner)
    assert not _connected(location)

    POS.authorized(merchant)

    assert [_connected(entry) for entry in (location, archived, foreign)] == [True, False, False]
    listed = Stream(token.raw).get("/locations").json()["locations"]
    assert [entry["connection_status"] for entry in listed] == ["connected"]


def test_a_token_alone_connects_nothing(owner, location):
    token = factories.access_token(owner)

    assert not _connected(location)
    listed = Stream(token.raw).get("/locations").json()["locations"]
    assert [entry["connection_status"] for entry in listed] == ["disconnected"]


def _revoke_family(merchant, token):
    authorizations.revoke_family(token.token_family)


def _end(merchant, token):
    authorizations.revoke_all(merchant.pk)


@pytest.mark.parametrize("end", [_revoke_family, _end])
def test_the_last_authorizations_end_disconnects_and_a_new_one_connects(
    merchant, owner, location, end
):
    second = factories.user(merchant)
    token, other = factories.access_token(owner), factories.access_token(second)
    POS.authorized(merchant)

    authorizations.revoke_family(other.token_family)
    assert _connected(location)
    end(merchant, token)
    assert not _connected(location)

    factories.access_token(owner)
    POS.authorized(merchant)
    assert _connected(location)


def test_an_authorization_lives_until_its_last_token_expires(merchant, owner, location):
    factories.access_token(owner)
    POS.authorized(merchant)
    expires = RefreshToken.objects.get().expires

    with time_machine.travel(AccessToken.objects.get().expires + timedelta(seconds=1), tick=False):
        assert _connected(location)
    with time_machine.travel(expires - timedelta(seconds=1), tick=False):
        assert _connected(location)
    with time_machine.travel(expires, tick=False):
        assert not _connected(location)
        factories.access_token(owner)
        POS.authorized(merchant)
        assert _connected(location)


def test_a_disconnected_merchant_sends_nothing_and_has_no_connected_locations(
    stream, merchant, location
):
    connection.disconnect_merchant(merchant)

    assert not _connected(location)
    assert stream.get("/locations").status_code == 401
    location.refresh_from_db()
    assert not location.is_connected


def test_a_new_authorization_reconnects_a_location_stream_disconnected(stream, merchant, location):
    connection.disconnect(Location.objects.all())

    POS.authorized(merchant)

    assert _connected(location)


@pytest.mark.parametrize("body", [b"", b"{}", b'{"location_id": null}', b'{"location_id": " "}'])
def test_a_delete_names_its_location_in_the_address_when_its_body_was_dropped(
    stream, location, body
):
    address = "/stream-pos/v1/locations/connection?location_id=loc_downtown"

    for _ in range(2):
        answer = stream.client.delete(address, body, **stream.headers)
        assert (answer.status_code, answer.json()) == (200, DOWNTOWN | {"connected": False})
    assert not _connected(location)


def test_a_delete_by_address_ends_no_other_merchants_connection(stream):
    foreign = factories.location(
        factories.merchant(name="F"), provider_id="loc_foreign", is_connected=True
    )
    address = "/stream-pos/v1/locations/connection?location_id="

    assert stream.client.delete(f"{address}loc_foreign", **stream.headers).status_code == 404
    assert stream.client.delete(f"{address}%20", **stream.headers).status_code == 400
    foreign.refresh_from_db()
    assert foreign.is_connected


@pytest.mark.parametrize("query", ["loc_b", "loc_downtown&location_id=loc_b"])
def test_a_delete_that_names_two_locations_ends_no_connection(stream, location, query):
    address = f"/stream-pos/v1/locations/connection?location_id={query}"

    answer = stream.client.delete(address, b'{"location_id": "loc_downtown"}', **stream.headers)

    assert answer.status_code == 400
    assert answer.json()["error_description"] == "location_id has two different values."
    assert _connected(location)


@pytest.mark.parametrize("blank", [" ", "\u200b", "\ufeff"], ids=ascii)
@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_a_blank_location_id_is_missing(stream, location, method, blank):
    answer = _ask(stream, method, {"location_id": blank})

    assert answer.status_code == 400
    assert "location_id is missing" in answer.json()["error_description"]
    assert _connected(location)


def test_a_connection_request_may_have_a_byte_order_mark_and_unknown_fields(stream, location):
    body = b'\xef\xbb\xbf{"location_id": "loc_downtown", "more": [' + b"9" * 5_000 + b"]}"

    assert _ask(stream, "delete", body).json() == DOWNTOWN | {"connected": False}
    assert _ask(stream, "post", body).json() == DOWNTOWN | {"connected": True}
