"""The account page: viewing and ending the connection to Stream."""

import pytest
from django.test import Client
from django.utils import timezone

from catalog.models import Location
from integration.models import AccessToken, OutboundEvent, RefreshToken
from tests.support import factories

pytestmark = pytest.mark.django_db


def test_the_account_page_requires_sign_in(client):
    answer = client.get("/account/")
    assert (answer.status_code, answer["Location"]) == (302, "/account/sign-in/?next=/account/")


def test_an_owner_sees_the_connection_and_only_their_own_locations(
    browser_client, owner, location, token
):
    elsewhere = factories.merchant(name="Elsewhere Diner")
    factories.location(elsewhere, name="Foreign Place", provider_id="loc_foreign")
    factories.location(owner.merchant, name="Closed For Good", archived_at=timezone.now())
    factories.connect(location)

    page = browser_client(owner).get("/account/").content.decode()

    assert "Connected to Stream" in page
    assert "Connected by" in page
    assert "owner@example.com" in page
    assert "Read your menus" in page
    assert owner.merchant.provider_id in page
    assert "loc_downtown" in page
    assert "1 Main St, Austin, TX" in page
    assert "Disconnect from Stream" in page
    for foreign in ("Elsewhere", "Foreign Place", "loc_foreign", "Closed For Good"):
        assert foreign not in page


def test_without_an_authorization_the_page_says_how_to_connect(browser_client, owner, location):
    page = browser_client(owner).get("/account/").content.decode()
    assert "Not connected to Stream yet" in page
    assert "Not connected<" in page
    assert "Disconnect" not in page


def test_an_expired_authorization_is_not_a_connection(browser_client, owner, location, token):
    factories.connect(location)
    RefreshToken.objects.update(expires=timezone.now())
    AccessToken.objects.update(expires=timezone.now())
    page = browser_client(owner).get("/account/").content.decode()
    assert "Connected to Stream" not in page
    assert "Not connected<" in page


@pytest.mark.parametrize("role", ["manager", "kitchen"])
def test_other_roles_see_the_connection_but_cannot_end_it(browser_client, merchant, token, role):
    browser = browser_client(factories.user(merchant, role))
    assert 'href="/account/disconnect/"' not in browser.get("/account/").content.decode()
    for answer in (browser.get("/account/disconnect/"), browser.post("/account/disconnect/")):
        assert (answer.status_code, answer["Location"]) == (302, "/account/")
    assert "Only the owner can disconnect" in browser.get("/account/").content.decode()
    assert AccessToken.objects.exists()


def test_operators_have_no_connection_to_end(browser_client, token):
    browser = browser_client(factories.user(None, ""))
    assert "is not linked to a merchant" in browser.get("/account/").content.decode()
    assert browser.post("/account/disconnect/")["Location"] == "/account/"
    assert AccessToken.objects.exists()


def test_disconnecting_asks_for_confirmation_and_then_ends_everything(
    browser_client, owner, location, token, stream
):
    browser = browser_client(owner)
    waiting = factories.event(owner.merchant, location_id="loc_downtown")
    foreign_token = factories.access_token(factories.user(factories.merchant(name="Elsewhere")))

    assert "Disconnect Harbor Kitchen" in browser.get("/account/disconnect/").content.decode()
    browser.head("/account/disconnect/")
    assert stream.get("/locations").status_code == 200

    assert browser.post("/account/disconnect/")["Location"] == "/account/"
    assert "Stream is disconnected." in browser.get("/account/").content.decode()
    assert stream.get("/locations").status_code == 401
    assert not RefreshToken.objects.filter(user=owner, revoked=None).exists()
    location.refresh_from_db()
    assert not location.is_connected
    waiting.refresh_from_db()
    assert waiting.state == OutboundEvent.State.WITHDRAWN
    assert AccessToken.objects.get() == foreign_token


def test_disconnecting_requires_a_csrf_token(owner, token):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(owner, backend="django.contrib.auth.backends.ModelBackend")
    assert browser.post("/account/disconnect/").status_code == 403
    assert AccessToken.objects.exists()


def test_the_account_page_reads_all_locations_at_once(
    browser_client, owner, django_assert_max_num_queries
):
    browser = browser_client(owner)
    for number in range(15):
        factories.location(owner.merchant, name=f"Place {number}")
    with django_assert_max_num_queries(15):
        browser.get("/account/")
    assert Location.objects.count() == 15
