"""The channel's alarms lead to the page that helps."""

from html import unescape

import pytest

from integration.models import Alarm
from integration.monitoring import alarms
from tests.dsp.support.order_rows import channel_order
from tests.support import factories
from tests.support.admin_forms import names

pytestmark = pytest.mark.django_db
Kind = Alarm.Kind
ORDERS = "/admin/dsp/channelorder/"
PAGES = {
    Kind.MENU: ("menus", "/admin/dsp/receivedmenu/?store=str_8H2K"),
    Kind.UNHEARD: ("orders", f"{ORDERS}?state=attention&store=str_8H2K"),
    Kind.MADE: ("orders", f"{ORDERS}?state=ended&store=str_8H2K"),
    Kind.FOREIGN: ("events", "/admin/dsp/receivedevent/?store=str_8H2K"),
    Kind.PAUSED: ("orders", f"{ORDERS}?state=attention&store=str_8H2K"),
    Kind.CARTS: ("orders", f"{ORDERS}?state=failed&store=str_8H2K"),
    Kind.BROKEN: ("store", "/admin/dsp/store/?q=str_8H2K"),
}


@pytest.mark.parametrize("kind", PAGES, ids=str)
def test_an_alarm_links_the_page_that_helps(role, browser_client, owner, merchant, store, kind):
    message = "Something is wrong."
    alarms.raise_alarm(kind, endpoint="str_8H2K", message=message, merchant_id=merchant.pk)
    alarm = Alarm.objects.get()
    shows, path = PAGES[kind]
    browser = browser_client(owner)
    for page in (f"/admin/integration/alarm/{alarm.pk}/change/", "/admin/"):
        content = unescape(browser.get(page).content.decode())
        assert f'href="{path}"' in content, page
        assert f"Show the {shows}" in content, page
    assert browser.get(path).status_code == 200
    ours = browser_client(factories.user(None, "", is_superuser=True))
    own_path = f"{path}{'&' if '?' in path else '?'}merchant={merchant.pk}"
    assert alarms.help_path(alarm, for_own_staff=True) == own_path
    assert ours.get(own_path).status_code == 200


def test_the_alarm_about_silence_leads_to_the_silent_orders(role, browser_client, owner, store):
    silent = channel_order(store, "unconfirmed")
    channel_order(store, "accepted")
    assert names(browser_client(owner).get(PAGES[Kind.UNHEARD][1])) == {str(silent)}
