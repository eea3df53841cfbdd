"""Access to "As Stream sees it"."""

from typing import Any

import pytest

from catalog import models
from tests.support import factories

from .test_page import EVERYWHERE, address


@pytest.fixture
def uptown(merchant: Any) -> Any:
    return factories.location(merchant, provider_id="loc_uptown", name="Uptown")


@pytest.fixture
def limited(browser_client: Any, merchant: Any, location: Any) -> Any:
    user = factories.user(merchant, "manager")
    models.LocationAccess.objects.create(user=user, location=location)
    return browser_client(user)


def test_another_merchants_location_is_not_found(browser_client, owner):
    other = factories.merchant(name="Casa Verde")
    other_location = factories.location(other, provider_id="loc_foreign", name="Foreign place")
    factories.family(other, name="Foreign dish")
    client = browser_client(owner)

    assert client.get(address(other_location)).status_code == 404
    assert client.get(address(other_location), {"download": "json"}).status_code == 404
    shown = client.get(EVERYWHERE, {"merchant": other.pk}).content.decode()
    assert "Foreign" not in shown


def test_no_id_causes_a_server_error(browser_client, owner):
    client = browser_client(owner)
    for key in ("0", "x", "99999999999999999999999", "1_0", "%00"):
        path = f"/admin/catalog/location/{key}/as-stream-sees-it/"
        assert client.get(path).status_code in (400, 404)


def test_a_limited_user_sees_only_their_locations(limited, location, uptown):
    seen = limited.get(address(location))

    assert seen.status_code == 200
    assert "Uptown" not in seen.content.decode()
    assert limited.get(address(uptown)).status_code == 404
    assert limited.get(EVERYWHERE)["Location"] == address(location)


def test_the_kitchen_sees_the_page_without_links_to_events(
    browser_client, merchant, location, stream
):
    factories.family(merchant)
    kitchen = browser_client(factories.user(merchant, "kitchen"))
    manager = browser_client(factories.user(merchant, "manager"))
    link = "/admin/integration/outboundevent/"

    page = kitchen.get(address(location))

    assert [event.event_type for event in page.context["standing"]["events"]] == [
        "location.catalog.updated"
    ]
    assert page.content.decode().count(link) == 0
    key = page.context["standing"]["events"][0].pk
    assert f"{link}{key}/change/" in manager.get(address(location)).content.decode()


def test_the_page_needs_a_signed_in_user(client, location):
    assert client.get(address(location)).status_code == 302
    assert client.get(EVERYWHERE).status_code == 302


def test_our_own_staff_choose_a_merchant_first(browser_client, merchant, location):
    client = browser_client(factories.user(None, "", is_superuser=True))

    choice = client.get(EVERYWHERE)
    assert f'href="?merchant={merchant.pk}"' in choice.content.decode()
    page = client.get(EVERYWHERE, {"merchant": merchant.pk})
    assert page.context["place"].merchant == merchant
    assert f'name="merchant" value="{merchant.pk}"' in page.content.decode()
    assert client.get(address(location)).status_code == 200


def test_an_archived_location_says_that_stream_does_not_read_it(browser_client, owner, location):
    models.Location.objects.update(archived_at="2026-01-01T00:00Z")

    answer = browser_client(owner).get(address(location), follow=True)

    assert "Downtown is archived: Stream no longer reads its menu." in answer.content.decode()


def test_the_locations_list_and_page_link_to_it(browser_client, owner, location):
    client = browser_client(owner)
    link = f'href="{address(location)}"'

    assert link in client.get("/admin/catalog/location/").content.decode()
    assert link in client.get(f"/admin/catalog/location/{location.pk}/change/").content.decode()
    assert f'href="{EVERYWHERE}"' in client.get("/admin/").content.decode()
