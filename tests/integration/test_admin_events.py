"""The events owed to Stream: read by managers, sent again and stopped by owners."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.models import LocationAccess
from integration.models import DeliveryAttempt, Merchant, OutboundEvent
from tests import factories
from tests.admin_forms import names

LIST = "/admin/integration/outboundevent/"
State = OutboundEvent.State


def an_event(of: Merchant, **fields: Any) -> OutboundEvent:
    body = '{"type": "location.catalog.updated", "object": {"location_id": "loc_downtown"}}'
    described = {"event_type": "location.catalog.updated", "ordering_key": "k", "body": body}
    return OutboundEvent.objects.create(
        merchant=of, **{"location_id": "loc_downtown"} | described | fields
    )


@pytest.fixture
def client(browser_client: Any, owner: Any) -> Any:
    return browser_client(owner)


def act(client: Any, action: str, event: OutboundEvent) -> Any:
    return client.post(LIST, {"action": action, "_selected_action": [event.pk]})


def test_the_list_and_the_page(client, merchant):
    event = an_event(merchant)
    an_event(factories.merchant(name="Casa Verde"), location_id="loc_casa")
    DeliveryAttempt.objects.create(
        event=event, number=1, started_at=timezone.now(), duration_ms=12, excerpt="<b>boom</b>"
    )
    page = client.get(LIST)
    assert names(page) == {str(event)}
    assert b"loc_casa" not in page.content
    detail = client.get(f"{LIST}{event.pk}/change/").content.decode()
    assert "&lt;b&gt;boom&lt;/b&gt;" in detail
    assert "&quot;location_id&quot;: &quot;loc_downtown&quot;" in detail


def test_it_is_found_by_location_and_key(client, merchant):
    event = an_event(merchant, ordering_key="loc_downtown/status")
    assert names(client.get(LIST, {"q": "downtown"})) == {str(event)}
    assert names(client.get(LIST, {"q": "status"})) == {str(event)}
    assert names(client.get(LIST, {"q": "catalog.updated"})) == set()
    assert names(client.get(LIST, {"state__exact": "failed"})) == set()


def test_an_owner_sends_again_and_stops(client, merchant, stream):
    event = an_event(merchant, state=State.FAILED, attempt_count=9)
    act(client, "send_again", event)
    event.refresh_from_db()
    assert (event.state, event.attempt_count) == (State.WAITING, 0)
    act(client, "stop", event)
    event.refresh_from_db()
    assert event.state == State.FAILED


def test_a_manager_only_looks(browser_client, merchant):
    client = browser_client(factories.user(merchant, "manager"))
    event = an_event(merchant, state=State.FAILED)
    assert names(client.get(LIST)) == {str(event)}
    act(client, "send_again", event)
    event.refresh_from_db()
    assert event.state == State.FAILED


def test_another_merchants_event_is_out_of_reach(client):
    foreign = an_event(factories.merchant(name="Casa Verde"), state=State.FAILED)
    act(client, "send_again", foreign)
    foreign.refresh_from_db()
    assert foreign.state == State.FAILED
    assert client.get(f"{LIST}{foreign.pk}/change/").status_code == 302


def test_nothing_is_added_changed_or_deleted(client, merchant):
    event = an_event(merchant)
    assert client.get(f"{LIST}add/").status_code == 403
    assert client.post(f"{LIST}{event.pk}/change/", {"body": "{}"}).status_code == 403
    assert client.post(f"{LIST}{event.pk}/delete/", {"post": "yes"}).status_code == 403


def test_who_is_limited_sees_only_those_locations_events(browser_client, merchant, location):
    user = factories.user(merchant, "manager")
    LocationAccess.objects.create(user=user, location=location)
    here = an_event(merchant, location_id=location.provider_id)
    elsewhere = an_event(merchant, location_id="loc_uptown")
    client = browser_client(user)
    assert names(client.get(LIST)) == {str(here)}
    assert client.get(f"{LIST}{elsewhere.pk}/change/").status_code == 302


def test_a_long_list_needs_no_more_queries(client, merchant):
    counts = []
    for _ in range(2):
        for _number in range(50):
            an_event(merchant)
        with CaptureQueriesContext(connection) as queries:
            client.get(LIST, {"all": "1"})
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12
