"""Fixtures shared by the tests of integration."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from integration.models import Merchant, OutboundEvent, User
from integration.webhooks import outbox

from .support.oauth_client import allow, ask_for_tokens, code_body
from .support.receiver import Receiver


@pytest.fixture
def browser(browser_client: Callable[[User], Client], owner: User) -> Client:
    """Return the owner's browser, signed in."""
    return browser_client(owner)


@pytest.fixture
def granted(browser: Client) -> dict[str, Any]:
    """Authorize completely and return the token answer."""
    response = ask_for_tokens(code_body(allow(browser)))
    assert response.status_code == 201, response.content
    return dict(response.json())


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    """Run a fake of Stream's webhook endpoint and point the settings at it."""
    server = Receiver()
    server.start()
    settings.STREAM_WEBHOOK_URL = server.url
    settings.STREAM_WEBHOOK_SECRET = "schlüssel-of-the-tests"
    settings.WEBHOOK_TIMEOUT_SECONDS = (0.5, 0.5)
    yield server
    server.stop()


@pytest.fixture
def emit(merchant: Merchant) -> Callable[..., OutboundEvent]:
    """Return a function that emits an event for Stream with this key and data."""

    def emit_one(
        key: str = "loc_1/catalog",
        *,
        event_type: str = "location.catalog.updated",
        expires_at: datetime | None = None,
        replaces_waiting: bool = False,
        **data: Any,
    ) -> OutboundEvent:
        return outbox.emit(
            merchant_id=merchant.pk,
            location_id="loc_1",
            event_type=event_type,
            ordering_key=key,
            data=data,
            expires_at=expires_at,
            replaces_waiting=replaces_waiting,
        )

    return emit_one
