"""Bearer tokens at our REST endpoints (RFC 6750)."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from integration.models import AccessToken
from tests.integration.support.oauth_client import (
    ALL_SCOPES,
    BASE,
    allow,
    ask_for_tokens,
    code_body,
)
from tests.support import factories
from tests.support.stream import Stream

pytestmark = pytest.mark.django_db

ROUTES = [
    ("get", "/locations", "locations:read"),
    ("get", "/catalog", "catalog:read"),
    ("get", "/locations/connection?location_id=loc_downtown", "connection:write"),
    ("post", "/locations/connection", "connection:write"),
    ("delete", "/locations/connection", "connection:write"),
    ("post", "/orders", "orders:write"),
]


def _call(method, path, headers, content=b"", base=BASE):
    caller = Client(SERVER_NAME="127.0.0.1")
    return caller.generic(
        method.upper(), base + path, content, content_type="application/json", **headers
    )


def _bearer(value):
    return {"HTTP_AUTHORIZATION": value}


def _is_401(response):
    assert response.status_code == 401, response.content
    assert response["WWW-Authenticate"].startswith("Bearer ")
    assert set(response.json()) == {"error", "error_description"}
    return True


@pytest.mark.parametrize(("method", "path", "scope"), ROUTES)
def test_without_a_valid_token_every_route_is_401_whatever_else_is_wrong(
    token, location, method, path, scope
):
    damaged = path + ("&" if "?" in path else "?") + "x=%ZZ"
    for headers in ({}, _bearer("Bearer wrong"), _bearer("Basic eDp5"), _bearer("Bearer")):
        for address in (path, damaged):
            for body in (b"", b"{", b"\xff" * 10, b"x" * 1_100_000):
                assert _is_401(_call(method, address, headers, body))
        assert _is_401(_call(method, path, headers, base="/v1"))


@pytest.mark.parametrize(("method", "path", "scope"), ROUTES)
def test_a_token_without_the_routes_scope_is_403(owner, location, method, path, scope):
    others = " ".join(name for name in ALL_SCOPES.split() if name != scope)
    response = _call(
        method, path, _bearer(f"Bearer {factories.access_token(owner, scope=others).raw}")
    )
    assert response.status_code == 403
    assert response.json()["error"] == "insufficient_scope"
    assert scope in response.json()["error_description"]
    assert response["WWW-Authenticate"] == (
        f'Bearer realm="stream-pos", error="insufficient_scope", scope="{scope}"'
    )


@pytest.mark.parametrize(("method", "path", "scope"), ROUTES)
def test_a_token_with_just_the_routes_scope_is_enough(owner, location, method, path, scope):
    raw = factories.access_token(owner, scope=scope).raw
    response = _call(method, path, _bearer(f"Bearer {raw}"), b"{}")
    assert response.status_code not in (401, 403)


def test_case_and_spaces_of_the_scheme_do_not_matter(token):
    for header in (f"bearer {token.raw}", f"BEARER   {token.raw} "):
        assert _call("get", "/locations", _bearer(header)).status_code == 200


def test_a_token_in_the_query_or_the_body_is_ignored(token):
    assert _is_401(_call("get", f"/locations?access_token={token.raw}", {}))
    body = f'{{"access_token": "{token.raw}"}}'.encode()
    assert _is_401(_call("post", "/locations/connection", {}, body))


@pytest.mark.parametrize("junk", ["\u00e9", "x" * 100_000, "a b c", "\x7f", '"quoted"'])
def test_a_junk_token_is_401(merchant, junk):
    assert _is_401(_call("get", "/locations", _bearer(f"Bearer {junk}")))


def test_an_expired_token_is_401(token):
    AccessToken.objects.update(expires=timezone.now())
    assert _is_401(_call("get", "/locations", _bearer(f"Bearer {token.raw}")))
    AccessToken.objects.update(expires=timezone.now() + timedelta(seconds=30))
    assert _call("get", "/locations", _bearer(f"Bearer {token.raw}")).status_code == 200


def test_a_revoked_token_is_401(token):
    token.delete()
    assert _is_401(_call("get", "/locations", _bearer(f"Bearer {token.raw}")))


def test_a_session_does_not_authenticate_at_rest_endpoints(browser):
    assert browser.get(f"{BASE}/locations").status_code == 401


def test_a_wrong_method_is_405_with_a_token_and_401_without(stream):
    assert _call("post", "/locations", stream.headers).status_code == 405
    assert _is_401(_call("post", "/locations", {}))


def test_locations_are_the_merchants_own(stream, location, owner):
    elsewhere = factories.merchant(name="Elsewhere")
    factories.location(elsewhere, provider_id="loc_foreign")
    factories.location(owner.merchant, provider_id="loc_archived", archived_at=timezone.now())
    theirs = Stream(factories.access_token(factories.user(elsewhere)).raw)

    assert stream.get("/locations").json() == {
        "locations": [
            {
                "provider_id": "loc_downtown",
                "name": "Downtown",
                "timezone": "America/Chicago",
                "prep_time_minutes": 20,
                "connection_status": "connected",
                "address": {
                    "address_line_1": "1 Main St",
                    "address_line_2": "",
                    "city": "Austin",
                    "state": "TX",
                    "postal_code": "",
                    "country": "USA",
                },
            }
        ]
    }
    seen = [row["provider_id"] for row in theirs.get("/locations").json()["locations"]]
    assert seen == ["loc_foreign"]


def test_a_connection_is_created_read_and_ended(stream, location):
    where = "/locations/connection?location_id=loc_downtown"
    connected = {"location_id": "loc_downtown", "connected": True}
    disconnected = {"location_id": "loc_downtown", "connected": False}
    body = b'{"location_id": "loc_downtown"}'
    assert stream.get(where).json() == connected
    for _ in range(2):
        ended = _call("delete", "/locations/connection", stream.headers, body)
        assert (ended.status_code, ended.json()) == (200, disconnected)
    assert stream.get(where).json() == disconnected
    assert stream.get("/locations").json()["locations"][0]["connection_status"] == "disconnected"
    for _ in range(2):
        assert stream.post("/locations/connection", body).json() == connected
    assert stream.get(where).json() == connected


def test_another_merchants_location_is_404(stream):
    factories.location(factories.merchant(name="Elsewhere"), provider_id="loc_foreign")
    for location_id in ("loc_foreign", "loc_nowhere", "\0"):
        query = {"location_id": location_id}
        assert (
            stream.client.get(f"{BASE}/locations/connection", query, **stream.headers).status_code
            == 404
        )
        assert stream.post("/locations/connection", query).status_code == 404


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"location_id": 7}', b'{"location_id": ""}'])
def test_a_connection_without_a_readable_location_is_400(stream, body):
    assert stream.post("/locations/connection", body).status_code == 400


def test_a_new_authorization_connects_the_existing_locations(location, browser):
    answer = ask_for_tokens(code_body(allow(browser))).json()
    stream = Stream(answer["access_token"])
    assert stream.get("/locations").json()["locations"][0]["connection_status"] == "connected"
