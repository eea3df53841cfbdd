"""The events to Stream: viewed by managers, sent again and stopped by owners."""

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.models import LocationAccess
from integration.models import Endpoint, OutboundEvent
from tests.integration.support.event_rows import LIST, an_attempt, an_event, page_of
from tests.support import factories
from tests.support.admin_forms import names

State = OutboundEvent.State


@pytest.fixture
def client(browser_client: Any, owner: Any) -> Any:
    return browser_client(owner)


def act(client: Any, action: str, event: OutboundEvent) -> Any:
    return client.post(LIST, {"action": action, "_selected_action": [event.pk]})


def press(client: Any, button: str, event: OutboundEvent, **kwargs: Any) -> Any:
    return client.post(f"{LIST}{event.pk}/press/{button}/", follow=True, **kwargs)


def shown_messages(page: Any) -> list[str]:
    """Return the messages on the page."""
    return [str(message) for message in page.context["messages"]]


def test_the_list_shows_only_own_events(client, merchant):
    event = an_event(merchant)
    an_event(factories.merchant(name="Casa Verde"), location_id="loc_casa")
    page = client.get(LIST)
    assert names(page) == {str(event)}
    assert b"loc_casa" not in page.content


def test_the_list_shows_each_events_state(client, merchant):
    now = timezone.now()
    failing = an_event(
        merchant, attempt_count=3, claim_count=3, due_at=now + timedelta(minutes=9, seconds=10)
    )
    an_attempt(failing, 2, status_code=503)
    an_attempt(failing, 3, error="ConnectTimeout: no connection within 5 s")
    an_event(merchant, state="failed", ending="refused", claim_count=1, finished_at=now)
    page = client.get(LIST).content.decode().replace("\N{NO-BREAK SPACE}", " ")
    cells = re.findall(r"<td[^>]*>(.*?)</td>", page, re.DOTALL)
    shown = [" ".join(re.sub("<[^>]*>", " ", cell).split()) for cell in cells]
    for cell in ("Failing", "ConnectTimeout", "3 of 15", "in 9 minutes"):
        assert cell in shown
    for cell in ("Given up", "The receiver refused it", "0 seconds ago"):
        assert cell in shown


def test_events_are_found_by_location_key_order_and_event(client, merchant):
    order = uuid.uuid4()
    event = an_event(merchant, ordering_key=f"loc_downtown/order/{order}")
    an_event(merchant, location_id="loc_uptown")
    for term in ("downtown", "order", str(order), order.hex, str(event.public_id),
                 event.public_id.hex, f" {event.public_id} "):  # fmt: skip
        assert names(client.get(LIST, {"q": term})) == {str(event)}, term
    assert names(client.get(LIST, {"q": str(uuid.uuid4())})) == set()
    assert names(client.get(LIST, {"q": "catalog.updated"})) == set()


def test_another_merchants_event_is_not_found_by_its_id(client):
    foreign = an_event(factories.merchant(name="Casa Verde"))
    assert names(client.get(LIST, {"q": str(foreign.public_id)})) == set()


def test_the_filters(client, merchant):
    now = timezone.now()
    fresh = an_event(merchant, location_id="fresh")
    failing = an_event(merchant, location_id="failing", claim_count=1)
    an_attempt(failing, 1, status_code=503)
    refused = an_event(
        merchant, location_id="refused", state="failed", ending="refused", claim_count=1
    )
    an_attempt(refused, 1, status_code=422)
    other = an_event(merchant, location_id="other", endpoint="other", event_type="order.accepted")
    Endpoint.objects.create(name="stream")
    Endpoint.objects.create(name="other")
    for parameters, expected in [
        ({"state__exact": "failed"}, {refused}),
        ({"ending__exact": "refused"}, {refused}),
        ({"failing": "yes"}, {failing}),
        ({"failing": "rubbish"}, {fresh, failing, refused, other}),
        ({"endpoint": "other"}, {other}),
        ({"event_type": "order.accepted"}, {other}),
        ({"created_at__gte": (now + timedelta(days=2)).isoformat()}, set()),
    ]:
        assert names(client.get(LIST, parameters)) == {str(event) for event in expected}, parameters


def test_the_buttons_of_the_page(client, merchant, stream):
    event = an_event(
        merchant, state=State.FAILED, ending="tried_out", attempt_count=9, claim_count=9
    )
    page = page_of(client, event)
    assert f'action="{LIST}{event.pk}/press/send_again/"' in page
    assert "/press/stop/" not in page  # It is finished already.

    answer = press(client, "send_again", event)
    assert answer.redirect_chain[-1][0] == f"{LIST}{event.pk}/change/"
    assert shown_messages(answer) == ["1 will be sent again."]
    event.refresh_from_db()
    assert (event.state, event.ending, event.attempt_count) == (State.WAITING, "", 0)

    assert shown_messages(press(client, "stop", event)) == ["1 will no longer be sent."]
    event.refresh_from_db()
    assert (event.state, event.ending) == (State.FAILED, "stopped")


def test_a_get_changes_nothing(client, merchant):
    event = an_event(merchant)
    for button in ("stop", "send_again"):
        assert client.get(f"{LIST}{event.pk}/press/{button}/").status_code == 405
    event.refresh_from_db()
    assert event.state == State.WAITING


def test_a_forged_form_changes_nothing(client, merchant, owner):
    event = an_event(merchant)
    strict = Client(SERVER_NAME="127.0.0.1", enforce_csrf_checks=True)
    strict.force_login(owner, backend="django.contrib.auth.backends.ModelBackend")
    assert strict.post(f"{LIST}{event.pk}/press/stop/").status_code == 403
    event.refresh_from_db()
    assert event.state == State.WAITING


def test_unknown_buttons_are_not_found(client, merchant):
    event = an_event(merchant)
    for button in ("delete", "delete_model", "get_queryset", "press_view"):
        assert press(client, button, event).status_code == 404


def test_an_event_stream_no_longer_waits_for_is_not_sent_again(client, merchant, stream):
    late = an_event(
        merchant,
        state=State.FAILED,
        ending="expired",
        is_urgent=True,
        expires_at=timezone.now() - timedelta(seconds=1),
    )
    page = page_of(client, late)
    assert "so it cannot be sent again" in page
    assert "/press/send_again/" not in page
    answer = press(client, "send_again", late)
    assert "are too late for Stream" in shown_messages(answer)[0]
    late.refresh_from_db()
    assert late.state == State.FAILED


def test_an_owner_can_send_again_and_stop(client, merchant, stream):
    event = an_event(merchant, state=State.FAILED, attempt_count=9)
    act(client, "send_again", event)
    event.refresh_from_db()
    assert (event.state, event.attempt_count) == (State.WAITING, 0)
    act(client, "stop", event)
    event.refresh_from_db()
    assert event.state == State.FAILED


def test_a_manager_can_only_view(browser_client, merchant):
    client = browser_client(factories.user(merchant, "manager"))
    event = an_event(merchant, state=State.FAILED)
    assert names(client.get(LIST)) == {str(event)}
    act(client, "send_again", event)
    assert "/press/" not in page_of(client, event)
    assert press(client, "send_again", event).status_code == 403
    event.refresh_from_db()
    assert event.state == State.FAILED


def test_another_merchants_event_is_out_of_reach(client):
    foreign = an_event(factories.merchant(name="Casa Verde"), state=State.FAILED)
    act(client, "send_again", foreign)
    assert press(client, "send_again", foreign).status_code == 404
    foreign.refresh_from_db()
    assert foreign.state == State.FAILED
    assert client.get(f"{LIST}{foreign.pk}/change/").status_code == 302


def test_nothing_can_be_added_changed_or_deleted(client, merchant):
    event = an_event(merchant)
    assert client.get(f"{LIST}add/").status_code == 403
    assert client.post(f"{LIST}{event.pk}/change/", {"body": "{}"}).status_code == 403
    assert client.post(f"{LIST}{event.pk}/delete/", {"post": "yes"}).status_code == 403


def test_a_limited_user_sees_only_events_of_their_locations(browser_client, merchant, location):
    user = factories.user(merchant, "manager")
    LocationAccess.objects.create(user=user, location=location)
    event_here = an_event(merchant, location_id=location.provider_id)
    elsewhere = an_event(merchant, location_id="loc_uptown")
    client = browser_client(user)
    assert names(client.get(LIST)) == {str(event_here)}
    assert client.get(f"{LIST}{elsewhere.pk}/change/").status_code == 302
    assert names(client.get(LIST, {"q": str(elsewhere.public_id)})) == set()


def test_an_owner_limited_to_a_location_cannot_stop_events_elsewhere(
    browser_client, merchant, location
):
    user = factories.user(merchant, "owner")
    LocationAccess.objects.create(user=user, location=location)
    elsewhere = an_event(merchant, location_id="loc_uptown")
    assert press(browser_client(user), "stop", elsewhere).status_code == 404
    elsewhere.refresh_from_db()
    assert elsewhere.state == State.WAITING


def test_a_long_list_takes_no_more_queries(client, merchant):
    counts = []
    for _ in range(2):
        for _number in range(50):
            an_event(merchant)
        with CaptureQueriesContext(connection) as queries:
            client.get(LIST, {"all": "1"})
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12
