"""PUT /api/v1/locations/…/availability/…: availability for the vendor's own screens."""

import json
from datetime import UTC, datetime

import pytest
import time_machine
from django.test import Client

from catalog.models import FamilyAtLocation, LocationAccess
from tests.support import factories

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def soda(merchant):
    return factories.family(merchant, provider_id="soda", name="Soda")


@pytest.fixture
def put(merchant, location, browser_client):
    """Return a function that sends a body as a signed-in user, by default of the kitchen."""
    kitchen = factories.user(merchant, "kitchen")

    def send(body, *, user=None, location_id="loc_downtown", object_id="soda"):
        address = f"/api/v1/locations/{location_id}/availability/{object_id}"
        text = body if isinstance(body, (str, bytes)) else json.dumps(body)
        client = browser_client(user or kitchen)
        return client.put(address, text, content_type="application/json")

    return send


@pytest.mark.parametrize("role", ["kitchen", "manager", "owner"])
def test_every_role_can_switch_off_and_on(put, soda, merchant, stream, woken, role):
    user = factories.user(merchant, role)
    for is_active in (False, True):
        answer = put({"is_active": is_active}, user=user)
        assert answer.status_code == 200
        assert answer.json() == {
            "location_id": "loc_downtown",
            "object_id": "soda",
            "object_type": "item_family",
            "is_active": is_active,
            "until": None,
        }
        [family] = stream.catalog("loc_downtown").json()["item_family"]
        assert family["is_active"] is is_active


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize("until", ["2026-05-01T18:00:00Z", "2026-05-01T20:00:00+02:00"])
def test_off_until_an_instant(put, soda, until):
    answer = put({"is_active": False, "until": until})

    assert answer.json()["until"] == "2026-05-01T18:00:00Z"
    assert FamilyAtLocation.objects.get().inactive_until == datetime(2026, 5, 1, 18, tzinfo=UTC)


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize(
    ("body", "description"),
    [
        ("", "Send a small JSON object like"),
        ("[]", "Send a small JSON object like"),
        ("{" + " " * 5000 + "}", "Send a small JSON object like"),
        (b"\xff", "Send a small JSON object like"),
        ({}, "is_active must be true or false."),
        ({"is_active": "false"}, "is_active must be true or false."),
        ({"is_active": 0}, "is_active must be true or false."),
        (b"\xef\xbb\xbf{}", "is_active must be true or false."),
        ({"is_active": False, "until": "soon"}, "until must be null or an instant like"),
        ({"is_active": False, "until": 5}, "until must be null or an instant like"),
        ({"is_active": False, "until": "9999-12-31T23:59:59Z"}, "until must be null or an"),
        ({"is_active": False, "until": "0001-01-01T00:00:00+14:00"}, "until must be null or an"),
        ({"is_active": False, "until": "2026-05-01T12:00:00Z"}, "until is in the past."),
        ({"is_active": True, "until": "2026-05-01T18:00:00Z"}, "until needs is_active false"),
        ({"is_active": False, "for_the_day": 1}, "for_the_day must be true or false."),
        ({"is_active": True, "for_the_day": True}, "for_the_day needs is_active false and"),
        (
            {"is_active": False, "for_the_day": True, "until": "2026-05-01T18:00:00Z"},
            "for_the_day needs is_active false and no until.",
        ),
    ],
)
def test_an_invalid_body_is_refused_with_advice(put, soda, body, description):
    answer = put(body)

    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_request"
    assert answer.json()["error_description"].startswith(description)
    assert not FamilyAtLocation.objects.exists()


def test_other_merchants_objects_are_not_found(put, soda, merchant, location):
    other = factories.merchant()
    other_location = factories.location(other, provider_id="loc_other")
    factories.family(other, provider_id="theirs")
    off = {"is_active": False}

    assert put(off, location_id="loc_other").status_code == 404
    assert put(off, location_id="loc_nowhere").status_code == 404
    assert put(off, object_id="theirs").status_code == 404
    assert put(off, object_id="so%00da").status_code == 404
    assert put(off, location_id="loc_other", object_id="theirs").status_code == 404
    assert put(off, user=factories.user(other), location_id="loc_other").status_code == 404
    assert not FamilyAtLocation.objects.filter(location__in=[other_location, location]).exists()


def test_a_limited_user_can_switch_only_at_their_locations(put, soda, merchant, location):
    factories.location(merchant, provider_id="loc_uptown")
    limited = factories.user(merchant, "kitchen")
    LocationAccess.objects.create(user=limited, location=location)
    off = {"is_active": False}

    assert put(off, user=limited).status_code == 200
    assert put(off, user=limited, location_id="loc_uptown").status_code == 404
    assert put(off, location_id="loc_uptown").status_code == 200


def test_our_own_staff_need_full_permissions_to_switch(put, soda):
    assert put({"is_active": False}, user=factories.user(None, "")).status_code == 403
    staff = factories.user(None, "", is_superuser=True)
    assert put({"is_active": False}, user=staff).status_code == 200


def test_ids_with_a_slash_are_found(put, merchant):
    factories.family(merchant, provider_id="a/b")
    assert put({"is_active": False}, object_id="a%2Fb").json()["object_id"] == "a/b"


def test_switching_needs_a_signed_in_user_and_not_streams_token(soda, location, token):
    address = "/api/v1/locations/loc_downtown/availability/soda"
    for headers in ({}, {"authorization": f"Bearer {token.raw}"}):
        answer = Client().put(
            address, '{"is_active": false}', content_type="application/json", headers=headers
        )
        assert answer.status_code == 401
    assert not FamilyAtLocation.objects.exists()


def test_a_session_without_the_csrf_token_is_refused(soda, location, owner):
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner, backend="django.contrib.auth.backends.ModelBackend")
    address = "/api/v1/locations/loc_downtown/availability/soda"
    body = '{"is_active": false}'
    assert client.put(address, body, content_type="application/json").status_code == 403
    assert not FamilyAtLocation.objects.exists()

    client.get("/account/sign-in/")
    client.get("/account/")
    csrf = {"X-CSRFToken": client.cookies["csrftoken"].value}
    answer = client.put(address, body, content_type="application/json", headers=csrf)
    assert answer.status_code == 200


def test_unknown_fields_and_those_without_a_value_do_not_matter(put, soda):
    answer = put(
        b'\xef\xbb\xbf{"is_active": false, "until": " ", "for_the_day": null, "note": [1, {}]}'
    )

    assert answer.status_code == 200
    assert answer.json()["is_active"] is False
