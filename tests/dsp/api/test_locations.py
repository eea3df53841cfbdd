"""Stores as Stream reads and connects them (contract DSP-LOC, DSP-CON)."""

import pytest
from django.utils import timezone

from dsp.models import Store
from dsp.stores import connection
from integration.models import AccessToken, RefreshToken
from tests.dsp.support.channel import authorize, new_store
from tests.support import factories

pytestmark = pytest.mark.django_db
CONNECTION = "/locations/connection"
ID = {"location_id": "str_8H2K"}
ROUTES = [
    ("GET", "/locations", "dsp:locations"),
    ("GET", f"{CONNECTION}?location_id=str_8H2K", "dsp:connection"),
    ("POST", CONNECTION, "dsp:connection"),
    ("DELETE", CONNECTION, "dsp:connection"),
]


def test_the_stores_are_listed_as_in_the_contract(channel, merchant):
    address = {"address_line_1": "3600 Presidential Blvd", "postal_code": "78719"}
    new_store(merchant, provider_id="str_9Q1D", name="Airport drive-thru", **address)
    city = {"city": "Austin", "state": "TX"}
    assert channel.get("/locations").json() == {
        "locations": [
            {
                "provider_id": "str_9Q1D",
                "name": "Airport drive-thru",
                "address": {**address, **city, "country": "USA"},
            },
            {
                "provider_id": "str_8H2K",
                "name": "Downtown, order ahead",
                "address": {
                    "address_line_1": "1 Main St",
                    "address_line_2": "Unit 4",
                    **city,
                    "postal_code": "78701",
                    "country": "USA",
                },
            },
        ]
    }


def test_other_merchants_archived_and_switched_off_stores_are_not_listed(channel, store, merchant):
    new_store(factories.merchant(name="Elsewhere"))
    new_store(merchant, archived_at=timezone.now())
    Store.objects.filter(pk=store.pk).update(is_on=False)
    answer = channel.get("/locations")
    assert (answer.status_code, answer.json()) == (200, {"locations": []})


def test_a_store_is_connected_read_and_disconnected_and_repeats_change_nothing(channel, store):
    state = f"{CONNECTION}?location_id=str_8H2K"
    assert channel.get(state).json() == {**ID, "connected": False}
    connected_at = set()
    for _ in range(2):
        answer = channel.send("POST", CONNECTION, ID)
        assert (answer.status_code, answer.json()) == (200, {**ID, "connected": True})
        connected_at.add(Store.objects.get().connected_at)
    assert len(connected_at) == 1
    assert channel.get(state).json() == {**ID, "connected": True}
    for _ in range(2):
        answer = channel.send("DELETE", CONNECTION, ID)
        assert (answer.status_code, answer.json()) == (200, {**ID, "connected": False})
    assert channel.get(state).json() == {**ID, "connected": False}


def test_a_disconnect_without_a_body_names_the_store_in_the_query(channel, store):
    channel.send("POST", CONNECTION, ID)
    answer = channel.send("DELETE", f"{CONNECTION}?location_id=str_8H2K", b"")
    assert (answer.status_code, answer.json()) == (200, {**ID, "connected": False})


@pytest.mark.parametrize("method", ["POST", "DELETE"])
@pytest.mark.parametrize("body", [b"", b"{", b"[]", {}, {"location_id": 5}, {"location_id": None}])
def test_without_a_location_id_the_call_is_400(channel, method, body):
    answer = channel.send(method, CONNECTION, body)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert channel.get(CONNECTION).status_code == 400


@pytest.mark.parametrize("location_id", ["str_none", "str_foreign", "str_archived", "str\0"])
def test_unknown_foreign_and_archived_stores_are_404(channel, merchant, location_id):
    new_store(factories.merchant(name="Elsewhere"), provider_id="str_foreign")
    new_store(merchant, provider_id="str_archived", archived_at=timezone.now())
    for method in ("POST", "DELETE"):
        assert channel.send(method, CONNECTION, {"location_id": location_id}).status_code == 404
    assert not Store.objects.exclude(connected_at=None).exists()


def test_a_body_over_1_mb_is_413(channel):
    assert channel.send("POST", CONNECTION, b" " * 1_000_001).status_code == 413


@pytest.mark.parametrize(("method", "path", "scope"), ROUTES)
def test_without_a_token_of_the_role_with_the_scope_nothing_opens(
    channel, browser_client, owner, token, method, path, scope
):
    def status(raw):
        channel.headers = {"HTTP_AUTHORIZATION": f"Bearer {raw}"} if raw else {}
        answer = channel.send(method, path, ID)
        return answer.status_code, answer.get("WWW-Authenticate", "")

    assert status("")[0] == 401
    code, challenge = status("nonsense")
    assert (code, challenge.startswith("Bearer ")) == (401, True)
    code, challenge = status(token.raw)  # The POS role's.
    assert (code, "insufficient_scope" in challenge) == (403, True)
    others = " ".join({"dsp:locations", "dsp:connection", "dsp:events"} - {scope})
    assert status(authorize(browser_client(owner), scope=others)["access_token"])[0] == 403
    assert status(authorize(browser_client(owner), scope=scope)["access_token"])[0] == 200


def test_a_token_of_the_channel_opens_nothing_of_the_pos_role(channel):
    answer = channel.client.get("/stream-pos/v1/locations", **channel.headers)
    assert answer.status_code == 403


def test_a_new_authorization_keeps_connections_only_while_another_one_lives(
    channel, store, browser_client, owner
):
    channel.send("POST", CONNECTION, ID)
    authorize(browser_client(owner))
    store.refresh_from_db()
    assert connection.is_connected(store)

    RefreshToken.objects.update(expires=timezone.now())
    AccessToken.objects.update(expires=timezone.now())
    assert not connection.is_connected(store)
    authorize(browser_client(owner))
    store.refresh_from_db()
    assert not connection.is_connected(store)


def test_ending_the_authorization_disconnects_every_store_of_the_merchant(
    channel, store, merchant, token
):
    channel.send("POST", CONNECTION, ID)
    connection.disconnect_merchant(merchant)
    assert channel.get("/locations").status_code == 401
    store.refresh_from_db()
    assert (store.connected_at, store.disconnected_at is None) == (None, False)
    pos = channel.client.get("/stream-pos/v1/locations", HTTP_AUTHORIZATION=f"Bearer {token.raw}")
    assert pos.status_code == 200
