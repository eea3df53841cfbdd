"""The ordering channel on the account page."""

import pytest

from dsp.models import Store
from dsp.stores import connection
from tests.dsp.support.channel import new_store
from tests.support import factories

pytestmark = pytest.mark.django_db
ASK = "/account/disconnect-channel/"


def test_an_owner_sees_the_channel_with_their_own_stores(
    channel, browser_client, owner, store, merchant
):
    new_store(factories.merchant(name="Elsewhere"), name="Foreign store")
    new_store(merchant, name="Airport drive-thru")
    connection.connect(Store.objects.filter(pk=store.pk))
    page = browser_client(owner).get("/account/").content.decode()
    assert "Your ordering channel is authorized" in page
    assert "See the stores of your ordering channel" in page
    assert "Downtown, order ahead" in page
    assert "Airport drive-thru" in page
    assert "Foreign store" not in page
    assert page.count(">Connected<") == 1
    assert "Not connected to Stream yet" in page  # The POS role has no authorization.
    assert "Disconnect from Stream" not in page


def test_without_an_authorization_the_page_says_where_to_start(role, browser_client, owner):
    page = browser_client(owner).get("/account/").content.decode()
    assert "Your ordering channel is not authorized yet" in page
    assert f'href="{ASK}"' not in page


def test_disconnecting_asks_and_then_ends_the_channel_alone(
    channel, browser_client, owner, store, token
):
    connection.connect(Store.objects.all())
    browser = browser_client(owner)
    assert f'href="{ASK}"' in browser.get("/account/").content.decode()
    assert "Disconnect your ordering channel?" in browser.get(ASK).content.decode()
    assert channel.get("/locations").status_code == 200

    assert browser.post(ASK)["Location"] == "/account/"
    assert "Your ordering channel is disconnected." in browser.get("/account/").content.decode()
    assert channel.get("/locations").status_code == 401
    assert Store.objects.get().connected_at is None
    pos = {"HTTP_AUTHORIZATION": f"Bearer {token.raw}"}
    assert channel.client.get("/stream-pos/v1/locations", **pos).status_code == 200


def test_disconnecting_the_pos_role_leaves_the_channel_alone(channel, browser_client, owner):
    browser_client(owner).post("/account/disconnect/")
    assert channel.get("/locations").status_code == 200


def test_a_manager_cannot_disconnect_the_channel(channel, browser_client, merchant):
    browser = browser_client(factories.user(merchant, "manager"))
    assert f'href="{ASK}"' not in browser.get("/account/").content.decode()
    assert browser.post(ASK)["Location"] == "/account/"
    assert channel.get("/locations").status_code == 200


def test_without_the_role_the_account_page_has_no_channel(browser_client, owner, store):
    browser = browser_client(owner)
    assert "ordering channel" not in browser.get("/account/").content.decode()
    assert browser.get(ASK).status_code == 404
