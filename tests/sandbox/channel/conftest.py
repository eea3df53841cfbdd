from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sandbox.config import ChannelConfig
from tests.sandbox.conftest import Caller
from tests.sandbox.support.fake_channel import SECRET, FakeChannel
from tests.sandbox.support.fake_pos import CLIENT_ID, CLIENT_SECRET, EMAIL, PASSWORD


@pytest.fixture
def channel() -> Iterator[FakeChannel]:
    server = FakeChannel()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def sandbox(make_sandbox: Callable[..., Caller], channel: FakeChannel) -> Caller:
    """A sandbox between a POS and a channel, with the merchant of both connected."""
    config = ChannelConfig(
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        webhook_secret=SECRET,
        url=channel.url,
        retry_seconds=(0.01, 0.02),
        decision_seconds=0.2,
    )
    caller = make_sandbox(channel=config)
    caller.connect()
    caller.post("locations")
    answer = caller.post("channel/connect", email=EMAIL, password=PASSWORD)
    assert answer.status_code == 200, answer.text
    assert answer.json()["problems"] == []
    return caller


@pytest.fixture
def store(sandbox: Caller) -> str:
    """A store with the POS's location behind it and its menu of version 2 published."""
    sandbox.post("channel/link", store_id="str_8H2K", location_id="loc-1")
    answer = sandbox.post("channel/publish", store_id="str_8H2K", version="v2").json()
    assert (answer["status"], answer["connected"], answer["problems"]) == (200, True, [])
    return "str_8H2K"


def wait_for(find: Callable[[], Any]) -> Any:
    """Return what `find` finds, once it is true; fail after 10 s."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if found := find():
            return found
        time.sleep(0.01)
    raise AssertionError("It did not happen within 10 s.")
