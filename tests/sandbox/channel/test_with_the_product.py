"""The whole loop of a menu and an order: our POS, sandbox, our channel, sandbox, our POS."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from catalog.models import Location
from dsp.menu_intake import queue, worker
from dsp.models import Store
from integration.models import User
from integration.oauth.client import after_migrate
from orders.models import Order
from sandbox.config import ChannelConfig
from tests.dsp.support.channel import new_store
from tests.sandbox.conftest import WEBHOOK_SECRET, Caller
from tests.sandbox.support.fake_channel import SECRET, send
from tests.support import factories

from .guest import new_order

pytestmark = pytest.mark.django_db(transaction=True)
CLIENT = {"client_id": "stream-dsp", "client_secret": "s3cr3t-of-the-channel-of-the-tests"}


@pytest.fixture
def stream(make_sandbox: Callable[..., Caller], live_server: Any, settings: Any) -> Caller:
    """A sandbox and the product in both of its roles, with each other's addresses and secrets."""
    caller = make_sandbox(
        pos_url=live_server.url,
        client_id=settings.STREAM_CLIENT_ID,
        client_secret=settings.STREAM_CLIENT_SECRET,
        channel=ChannelConfig(**CLIENT, webhook_secret=SECRET),
    )
    config = caller.server.sandbox.config
    settings.STREAM_WEBHOOK_SECRET = WEBHOOK_SECRET
    settings.STREAM_REDIRECT_URIS = [config.redirect_uri]
    settings.STREAM_POS_PUBLIC_URL = live_server.url
    settings.STREAM_DSP_CLIENT_ID = CLIENT["client_id"]
    settings.STREAM_DSP_CLIENT_SECRET = CLIENT["client_secret"]
    settings.STREAM_DSP_REDIRECT_URIS = [config.channel_redirect_uri]
    after_migrate()  # Transactional tests empty the database.
    return caller


def test_a_menu_goes_live_at_the_channel_and_its_order_reaches_the_pos(
    stream: Caller, location: Location, owner: User
) -> None:
    merchant = location.merchant
    family = factories.family(merchant)
    factories.menu(merchant, factories.category(merchant, family))
    new_store(merchant, provider_id="str_8H2K")
    account = {"email": owner.email, "password": factories.PASSWORD}
    assert stream.post("connect", **account).status_code == 200
    for step, fields in (
        ("channel/connect", account),
        ("channel/link", {"store_id": "str_8H2K", "location_id": location.provider_id}),
        ("channel/publish", {"store_id": "str_8H2K"}),
    ):
        answer = stream.post(step, **fields).json()
        assert answer.get("problems", []) == [], answer

    menu = queue.claim()
    assert menu is not None
    worker.take(menu)
    store = Store.objects.get()
    assert store.live_menu is not None
    assert (store.live_menu.left_out_count, store.connected_at is not None) == (0, True)

    (row,) = [row for row in ids(stream) if row["kind"] == "item"]
    line = {
        "id": row["stream_id"],
        "name": family.name,
        "quantity": 1,
        "price": family.price_amount,
        "currency": "usd",
        "modifiers": [],
    }
    assert send(stream.url, new_order("str_8H2K", "ord_1", [line])).status_code == 200
    wanted = {"order_id": "ord_1", "state": "accepted", "wait_seconds": 10}
    (taken,) = stream.get("/api/channel/orders", **wanted).json()["orders"]
    assert str(Order.objects.get().pk) == taken["pos_order_id"]


def ids(stream: Caller) -> list[dict[str, str]]:
    return list(stream.get("/api/channel/ids", store_id="str_8H2K").json()["ids"])
