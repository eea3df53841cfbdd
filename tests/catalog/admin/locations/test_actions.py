"""Locations in the admin: states, actions, and the events to Stream."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog import models
from integration.models import OutboundEvent
from tests.support import factories
from tests.support.admin_forms import errors, filled, names

LIST = "/admin/catalog/location/"


@pytest.fixture
def client(browser_client: Any, owner: Any) -> Any:
    return browser_client(owner)


def act(client: Any, action: str, *locations: models.Location) -> Any:
    data = {"action": action, "_selected_action": [location.pk for location in locations]}
    return client.post(f"{LIST}?archived=all", data, follow=True)


@pytest.fixture
def connected(token: Any, location: models.Location) -> models.Location:
    factories.connect(location)
    return location


def test_the_list_shows_each_locations_state(client, connected, merchant):
    factories.location(merchant, name="Uptown")
    page = client.get(LIST).content.decode()
    assert "Takes orders" in page
    assert "Connected" in page
    assert "Not connected" in page


def test_pausing_and_resuming_are_reported_to_stream(client, connected):
    act(client, "pause", connected)
    connected.refresh_from_db()
    assert connected.is_paused()
    page = client.get(reverse("admin:catalog_location_change", args=[connected.pk]))
    assert "Manually resumed" in page.content.decode()
    act(client, "resume", connected)
    connected.refresh_from_db()
    assert not connected.is_paused()
    events = OutboundEvent.objects.order_by("pk").values_list("event_type", flat=True)
    assert list(events) == ["location.status.updated"] * 2


def test_an_action_without_effect_says_so(client, connected):
    assert "Nothing to do" in act(client, "resume", connected).content.decode()


def test_archiving_disconnects_and_restoring_does_not_reconnect(client, connected):
    act(client, "archive", connected)
    assert names(client.get(LIST)) == set()
    act(client, "bring_back", connected)
    connected.refresh_from_db()
    assert connected.archived_at is None
    assert not connected.is_connected


def test_only_owners_can_disconnect(client, browser_client, merchant, connected):
    act(browser_client(factories.user(merchant, "manager")), "disconnect", connected)
    connected.refresh_from_db()
    assert connected.is_connected
    act(client, "disconnect", connected)
    connected.refresh_from_db()
    assert not connected.is_connected


def test_a_location_can_be_added_with_a_given_id(client, merchant):
    data = filled(client.get(f"{LIST}add/")) | {
        "name": "Uptown", "address_line_1": "2 High St", "city": "Austin",
    }  # fmt: skip
    assert data["provider_id"] == ""
    assert client.post(f"{LIST}add/", data).status_code == 302
    assert models.Location.objects.get(name="Uptown").provider_id.startswith("loc_")


def test_a_taken_id_does_not_reveal_its_owner(client, location):
    foreign = factories.location(factories.merchant(name="Casa Verde"), name="Casa Uno")
    data = filled(client.get(f"{LIST}add/")) | {
        "name": "X", "address_line_1": "2 High St", "city": "Austin",
        "provider_id": foreign.provider_id,
    }  # fmt: skip
    answer = client.post(f"{LIST}add/", data)
    assert "This ID is taken" in errors(answer)
    assert "Casa Uno" not in answer.content.decode()


def test_an_invalid_time_zone_is_refused(client, location):
    address = reverse("admin:catalog_location_change", args=[location.pk])
    data = filled(client.get(address)) | {"timezone": "Mars/Olympus"}
    assert "is not a time zone" in errors(client.post(address, data))


def test_the_id_and_the_state_cannot_be_posted(client, location):
    address = reverse("admin:catalog_location_change", args=[location.pk])
    forged = {"provider_id": "other", "is_connected": "on", "paused_at": "2026-01-01", "city": "X"}
    assert client.post(address, filled(client.get(address)) | forged).status_code == 302
    location.refresh_from_db()
    assert (location.provider_id, location.city) == ("loc_downtown", "X")
    assert not location.is_connected


def test_a_long_list_takes_no_more_queries(client, merchant):
    counts = []
    for _ in range(2):
        for number in range(50):
            factories.location(merchant, name=f"Number {number}")
        with CaptureQueriesContext(connection) as queries:
            assert client.get(LIST, {"all": "1"}).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 15
