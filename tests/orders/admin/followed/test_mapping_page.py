"""The page on which our own staff map Stream's location IDs."""

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from integration.models import User
from orders.models import FollowedOrder
from tests.orders.support.board_pages import text_of
from tests.orders.support.other_pos_orders import STREAM_ID, followed, stream_location
from tests.support import factories
from tests.support.admin_forms import errors, filled, names

LIST = "/admin/orders/streamlocation/"
CHOICES = f"{LIST}choices/"


def page_of(found):
    return f"{LIST}{found.pk}/change/"


def test_unmapped_ids_are_listed_with_their_newest_order_and_what_waits(ours, location):
    stream_location("SL-MAPPED", location=location, mapped_at=timezone.now())
    stream_location()
    for number in ("1", "2", "3"):
        newest = followed(None, number, source="grubhub")
    followed(location, "4")  # Named by Stream itself.
    page = ours.get(LIST)
    assert names(page) == {STREAM_ID}
    text = text_of(page)
    at = f"{newest.confirmed_at:%d %b %Y, %H:%M} UTC"
    assert f"{STREAM_ID} Grubhub 3 {at} Los Angeles 3 –" in text
    mapped = ours.get(LIST, {"mapped": "yes"})
    assert names(mapped) == {"SL-MAPPED"}
    assert f"{location.merchant}: Downtown" in text_of(mapped)
    assert "UTC by Stream" in text_of(mapped)
    assert names(ours.get(LIST, {"mapped": "all"})) == {STREAM_ID, "SL-MAPPED"}
    assert names(ours.get(LIST, {"mapped": "all", "q": "Downtown"})) == {"SL-MAPPED"}


def test_mapping_assigns_past_orders_and_says_who_did_it(ours, staff, location):
    found = stream_location()
    waiting = [followed(None, str(number)) for number in range(3)]
    other = followed(None, "9", stream_location_id="SL-2")
    page = ours.get(page_of(found))
    assert "3 orders wait for a location" in text_of(page)
    answer = ours.post(page_of(found), filled(page, location=location.pk), follow=True)
    assert "Past orders moved: 3." in text_of(answer)
    found.refresh_from_db()
    assert (found.location, found.mapped_by) == (location, staff)
    assert set(FollowedOrder.objects.filter(location=location, merchant=location.merchant)) == {
        *waiting
    }
    other.refresh_from_db()
    assert other.location is None
    text = text_of(ours.get(page_of(found)))
    assert "Sue Support" in text
    assert "No order waits for a location" in text
    assert LogEntry.objects.get().user == staff


def test_past_orders_are_not_assigned_in_one_long_transaction(ours, location, monkeypatch):
    found, depths = stream_location(), []

    def mapped(*args):
        depths.append(len(connection.savepoint_ids))
        return 0

    monkeypatch.setattr("orders.admin.followed.locations.map_location", mapped)
    form = filled(ours.get(page_of(found)), location=location.pk)
    assert ours.post(page_of(found), form).status_code == 302
    assert depths == [len(connection.savepoint_ids)]


def test_saving_an_unchanged_mapping_moves_nothing(ours, location):
    found = stream_location(location=location, mapped_at=timezone.now())
    answer = ours.post(page_of(found), filled(ours.get(page_of(found))), follow=True)
    assert "Past orders moved: 0." in text_of(answer)


def test_an_id_can_be_mapped_anew_and_unmapped(ours, location, casa):
    found = stream_location()
    order = followed(None)
    for target in (location, casa, None):
        form = filled(ours.get(page_of(found)), location=target.pk if target else "")
        assert ours.post(page_of(found), form).status_code == 302
        order.refresh_from_db()
        assert order.location == target
        assert order.merchant == (target.merchant if target else None)


def test_archived_locations_are_not_offered_but_a_mapping_to_one_stays(ours, location):
    gone = factories.location(location.merchant, name="Gone", archived_at=timezone.now())
    found = stream_location()
    answer = ours.post(page_of(found), {"location": gone.pk})
    assert "Select a valid choice" in errors(answer)
    found.location = gone
    found.save()
    page = ours.get(page_of(found))
    assert "Harbor Kitchen: Gone, Austin (archived)" in text_of(page)
    assert ours.post(page_of(found), filled(page)).status_code == 302
    found.refresh_from_db()
    assert found.location == gone


@pytest.mark.parametrize("value", ["999999", "x", "1" * 40, "-1"])
def test_an_unknown_location_is_refused(ours, value):
    found = stream_location()
    assert "Select a valid choice" in errors(ours.post(page_of(found), {"location": value}))


def test_the_choices_are_every_merchants_locations_with_their_merchant(ours, location, casa):
    factories.location(location.merchant, name="Gone", archived_at=timezone.now())

    def texts(**query):
        return [one["text"] for one in ours.get(CHOICES, query).json()["results"]]

    mine, theirs = "Harbor Kitchen: Downtown, Austin", "Casa Verde: Casa Uno, Austin"
    assert texts() == [theirs, mine]
    assert texts(term="casa aus") == [theirs]
    assert texts(term="harbor") == [mine]
    assert texts(term=location.provider_id) == [mine]
    assert texts(term="gone") == []
    assert texts(page="x") == [theirs, mine]
    assert ours.get(CHOICES, {"term": "a\0"}).status_code == 400


def test_many_choices_come_page_by_page(ours, merchant):
    for number in range(25):
        factories.location(merchant, name=f"Place {number:02}")
    first = ours.get(CHOICES).json()
    second = ours.get(CHOICES, {"page": "2"}).json()
    assert (len(first["results"]), first["pagination"]["more"]) == (20, True)
    assert (len(second["results"]), second["pagination"]["more"]) == (5, False)


@pytest.mark.parametrize("role", ["owner", "manager", "kitchen"])
def test_merchants_users_cannot_see_or_map_anything(browser_client, merchant, location, role):
    browser = browser_client(factories.user(merchant, role))
    found = stream_location(location=location)
    lost = followed(None)
    for address in (LIST, page_of(found), CHOICES, f"{LIST}{found.pk}/history/"):
        assert browser.get(address).status_code == 403
    assert browser.post(page_of(found), {"location": ""}).status_code == 403
    assert LIST not in browser.get("/admin/").content.decode()
    lost.refresh_from_db()
    found.refresh_from_db()
    assert (lost.location, found.location) == (None, location)


def test_ids_cannot_be_added_or_deleted(ours, staff):
    found = stream_location()
    assert User.objects.get(pk=staff.pk).is_superuser
    assert ours.get(f"{LIST}add/").status_code == 403
    assert ours.post(f"{LIST}{found.pk}/delete/", {"post": "yes"}).status_code == 403


def test_the_sidebar_leads_there_only_while_the_role_is_on(ours, client, location, settings):
    settings.STREAM_EVENTS_SECRETS = ["a secret of the tests"]
    for browser, count in ((ours, 3), (client, 2)):
        page = browser.get("/admin/").content.decode()
        links = ("followedorder", "streamevent", "streamlocation")
        assert sum(f'href="/admin/orders/{name}/"' in page for name in links) == count
    settings.STREAM_EVENTS_SECRETS = []
    assert 'href="/admin/orders/followedorder/"' not in ours.get("/admin/login/").content.decode()


def test_owners_and_managers_see_their_own_ids_on_the_locations_page(
    browser_client, merchant, location, casa, settings
):
    settings.STREAM_EVENTS_SECRETS = ["a secret of the tests"]
    stream_location("SL-MINE", location=location)
    stream_location("SL-OTHER", location=casa)
    stream_location("SL-NOBODY")
    address = f"/admin/catalog/location/{location.pk}/change/"
    for role, is_shown in (("owner", True), ("manager", True), ("kitchen", False)):
        text = text_of(browser_client(factories.user(merchant, role)).get(address))
        assert ("SL-MINE" in text) == is_shown, role
        assert "SL-OTHER" not in text
        assert "SL-NOBODY" not in text


def test_saving_a_location_leaves_its_ids_alone(client, location, settings):
    settings.STREAM_EVENTS_SECRETS = ["a secret of the tests"]
    found = stream_location("SL-MINE", location=location)
    address = f"/admin/catalog/location/{location.pk}/change/"
    form = filled(client.get(address), shows_followed_orders="on")
    assert client.post(address, form).status_code == 302
    location.refresh_from_db()
    found.refresh_from_db()
    assert location.shows_followed_orders is True
    assert (found.location, found.stream_id) == (location, "SL-MINE")


def test_the_number_of_queries_does_not_depend_on_the_ids(ours, location):
    def queries():
        with CaptureQueriesContext(connection) as caught:
            assert ours.get(LIST, {"mapped": "all"}).status_code == 200
        return len(caught)

    stream_location("SL-0", location=location)
    few = queries()
    for number in range(1, 15):
        place = factories.location(factories.merchant(name=f"M{number}"))
        stream_location(f"SL-{number}", location=place if number % 2 else None)
        followed(None, stream_location_id=f"SL-{number}")
    assert queries() == few
