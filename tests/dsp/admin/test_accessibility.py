"""axe-core over each staff page of the channel, light and dark; these pages are in English."""

from typing import Any

import pytest

from dsp.models import ChannelKey, ReceivedEvent, ReceivedMenu, Refund
from tests.dsp.menu_intake.conftest import *  # noqa: F403  # The fixtures of published menus.
from tests.dsp.menus.files import example
from tests.dsp.support.accessibility import SCHEMES, WCAG, auditor
from tests.dsp.support.front_end import front_end_of
from tests.dsp.support.order_rows import channel_order, owed_event, owed_refund

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def busy(publisher: Any, store: Any) -> Any:
    """Fill every page: menus with left-out objects, orders in trouble, refunds, a key."""
    publisher.publish(example(1))
    file = example(1)
    sizes = file["menus"][0]["categories"][0]["items"][0]["variations"]
    sizes[0]["price"], sizes[1]["price"] = 850, 10.5
    publisher.publish(file)
    failed = channel_order(store, "failed", failure_reason="items_unavailable")
    owed_refund(failed)
    owed_refund(channel_order(store, "canceled", is_authorized_only=True), kind=Refund.Kind.VOID)
    silent = channel_order(store, "unconfirmed")
    owed_event(silent)
    channel_order(store, "accepted")
    front_end_of(store.merchant)
    return failed


def pages(failed: Any) -> dict[str, str]:
    """Return the addresses of the channel's pages, by name."""
    refund, menu = Refund.objects.first(), ReceivedMenu.objects.last()
    assert refund is not None
    assert menu is not None
    return {
        "orders": "channelorder/",
        "failed order": f"channelorder/{failed.pk}/change/",
        "refunds": "refund/",
        "refund": f"refund/{refund.pk}/change/",
        "stores": "store/",
        "store": f"store/{failed.store_id}/change/",
        "new store": "store/add/",
        "menus": "receivedmenu/",
        "menu": f"receivedmenu/{menu.pk}/change/",
        "menu as a guest sees it": f"receivedmenu/{menu.pk}/guest/",
        "keys": "channelkey/",
        "key": f"channelkey/{ChannelKey.objects.get().pk}/change/",
        "events": "receivedevent/",
        "event": f"receivedevent/{ReceivedEvent.objects.latest('pk').pk}/change/",
    }


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_staff_page_is_without_findings(
    scheme, busy, owner, browser_client, live_server, monkeypatch
):
    session = browser_client(owner).cookies["sessionid"].value
    with auditor(monkeypatch, live_server.url, tags=WCAG, color_scheme=scheme) as audit:
        audit.page.context.add_cookies(
            [{"name": "sessionid", "value": session, "url": live_server.url}]
        )
        for name, address in pages(busy).items():
            audit.open(f"/admin/dsp/{address}", name)

    assert audit.found == {}
    assert len(audit.audited) == 14
