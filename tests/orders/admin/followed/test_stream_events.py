"""The archive of the Stream Events role in the admin."""

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.models import LocationAccess
from orders.models import StreamEvent
from tests.orders.support.board_pages import text_of
from tests.orders.support.other_pos_orders import followed, stream_event
from tests.support import factories
from tests.support.admin_forms import names

LIST = "/admin/orders/streamevent/"


def page_of(event):
    return f"{LIST}{event.pk}/change/"


def test_merchants_see_the_events_of_their_orders_only(client, location, foreign):
    event = stream_event(followed(location))
    hidden = [
        stream_event(foreign, event_type="order.updated"),
        stream_event(followed(None), event_type="order.canceled"),
        stream_event(None, event_type="order.surprise", outcome="unknown_type"),
    ]
    assert names(client.get(LIST)) == {str(event)}
    assert client.get(page_of(event)).status_code == 200
    for other in hidden:
        assert client.get(page_of(other)).status_code == 302
        assert client.get(f"{LIST}{other.pk}/history/").status_code == 302
    assert client.get(LIST, {"merchant": foreign.merchant_id}).status_code == 400


def test_our_own_staff_see_every_event_with_its_merchant(ours, merchant, location, foreign):
    mine = stream_event(followed(location))
    unknown = stream_event(None, event_type="order.surprise", outcome="unknown_type")
    theirs = stream_event(foreign, event_type="order.updated")
    page = ours.get(LIST)
    assert names(page) == {str(mine), str(unknown), str(theirs)}
    assert f"order.updated Casa Verde Applied {theirs.followed}" in text_of(page)
    assert names(ours.get(LIST, {"merchant": merchant.pk})) == {str(mine)}
    assert names(ours.get(LIST, {"outcome": "unknown_type"})) == {str(unknown)}
    assert "Logged, unknown type" in text_of(ours.get(page_of(unknown)))


def test_the_page_shows_the_exact_body_the_outcome_and_the_reason(client, location):
    body = b'{"type":"order.confirmed",  "note":"<b>\xff"}'
    order = followed(location)
    event = stream_event(order, body=body, outcome="noted", reason="Nothing new")
    page = client.get(page_of(event))
    text = page.content.decode()
    assert (
        "{&quot;type&quot;:&quot;order.confirmed&quot;,  &quot;note&quot;:&quot;&lt;b&gt;\ufffd"
        in text
    )
    for words in ("Noted, nothing to change", "Nothing new", order.stream_order_id):
        assert words in text_of(page)
    assert f"/admin/orders/followedorder/{order.pk}/change/" in text


def test_an_erased_body_is_not_shown(client, location):
    event = stream_event(followed(location), erased_at=timezone.now())
    text = text_of(client.get(page_of(event)))
    assert "Erased on" in text
    assert "{" not in text.split("Erased on")[1][:40]


def test_events_are_found_by_order_and_streams_ids(client, location):
    event = stream_event(followed(location, "A-1", stream_order_id="so-1"))
    stream_event(followed(location, "B-2", stream_location_id="SL-2"), event_type="order.updated")
    for words in ("A-1", "so-1", "STREAM_LOCATION_1"):
        assert names(client.get(LIST, {"q": words})) == {str(event)}


def test_a_limited_person_sees_the_events_of_their_location(browser_client, merchant, location):
    uptown = factories.location(merchant, name="Uptown")
    here = stream_event(followed(location))
    there = stream_event(followed(uptown, "B-2"), event_type="order.updated")
    manager = factories.user(merchant, "manager")
    LocationAccess.objects.create(user=manager, location=location)
    browser = browser_client(manager)
    assert names(browser.get(LIST)) == {str(here)}
    assert browser.get(page_of(there)).status_code == 302


def test_nothing_can_be_changed_or_deleted(ours, location):
    event = stream_event(followed(location))
    assert ours.post(page_of(event), {"reason": "x"}).status_code == 403
    assert ours.post(f"{LIST}{event.pk}/delete/", {"post": "yes"}).status_code == 403
    assert StreamEvent.objects.count() == 1


def test_the_number_of_queries_does_not_depend_on_the_events(client, ours, location):
    def queries(browser):
        with CaptureQueriesContext(connection) as caught:
            assert browser.get(LIST).status_code == 200
        return len(caught)

    stream_event(followed(location))
    few = [queries(client), queries(ours)]
    for number in range(10):
        stream_event(followed(location, f"N-{number}"))
    assert [queries(client), queries(ours)] == few
