"""Fixtures shared by the tests of the ordering channel."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from dsp.live import compiled, guest_menu, overlay, timetable
from dsp.menu_intake import updates
from dsp.models import Store
from dsp.new_orders import numbers
from integration.models import AccessToken, Merchant, RefreshToken, User
from integration.oauth.client import after_migrate

from .menus.files import example
from .support.channel import CLIENT_ID, SECRET, Channel, new_store, new_token
from .support.front_end import FrontEnd, front_end_of
from .support.menus import NOON, go_live


def forget() -> None:
    """Forget the menus in memory: their keys come again after a rollback."""
    for module in (compiled, guest_menu, overlay, timetable, numbers, updates):
        module.forget()


@pytest.fixture(autouse=True)
def forgotten_menus() -> None:
    """Begin every test without menus in memory."""
    forget()


@pytest.fixture
def role(settings: Any, db: None) -> None:
    """Switch the DSP role on, with a client of its own; tests elsewhere import this, too."""
    forget()
    settings.STREAM_DSP_CLIENT_ID = CLIENT_ID
    settings.STREAM_DSP_CLIENT_SECRET = SECRET
    settings.STREAM_DSP_REDIRECT_URIS = ["http://127.0.0.1:9000/oauth/callback"]
    after_migrate()


@pytest.fixture
def store(merchant: Merchant) -> Store:
    return new_store(merchant, provider_id="str_8H2K", address_line_2="Unit 4")


@pytest.fixture
def channel(role: None, owner: User, store: Store) -> Channel:
    """Return Stream calling us with the token of an authorization of the role."""
    return Channel(new_token(owner))


@pytest.fixture
def selling(channel: Channel, store: Store) -> Iterator[Store]:
    """Return the store at noon, connected, with the contract's menu and all four ways to sell."""
    with time_machine.travel(NOON, tick=False):
        # The authorization is of another day, as the clock of the tests goes.
        for tokens in (AccessToken, RefreshToken):
            tokens.objects.update(expires=NOON + timedelta(days=900))
        store.connected_at = NOON
        store.phone = "+15125550199"
        store.fulfillment_types = ["pickup", "curbside", "drive_thru", "merchant_managed_delivery"]
        store.save()
        go_live(store, example(1))
        yield store


@pytest.fixture
def front_end(selling: Store) -> FrontEnd:
    """Return a front end with a key for all stores of the merchant."""
    return front_end_of(selling.merchant)
