"""Stores: connection, publishes and pauses, and what the POS's webhooks cause."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.config import ChannelConfig
from sandbox.stream.webhooks import signature
from tests.sandbox.conftest import WEBHOOK_SECRET, Caller
from tests.sandbox.support.fake_channel import FakeChannel
from tests.sandbox.support.fake_pos import EMAIL, PASSWORD, FakePos

from .conftest import wait_for
from .guest import Menu


def tell(sandbox: Caller, kind: str, **subject: Any) -> None:
    """Send the sandbox a webhook of the POS."""
    body = json.dumps({"type": kind, "object": {"location_id": "loc-1", **subject}}).encode()
    headers = {"Stream-Webhook-Signature": signature(body, WEBHOOK_SECRET, "hex")}
    sandbox.session.post(f"{sandbox.url}/pos/demo/webhook", data=body, headers=headers, timeout=10)


def calls(channel: FakeChannel) -> list[str]:
    """Return the requests about connection and events, in order."""
    return [
        f"{method} {path.rpartition('/')[2]}"
        for method, path, _, _ in channel.requests
        if path.endswith(("/connection", "/event"))
    ]


def test_a_code_is_exchanged_without_the_redirect_uri(
    sandbox: Caller, channel: FakeChannel
) -> None:
    (raw,) = [body for _, path, _, body in channel.requests if path.endswith("/token")]
    (connection,) = sandbox.get("/api/state").json()["channel"]["connections"]

    assert set(json.loads(raw)) == {"grant_type", "code", "client_id", "client_secret"}
    assert connection["email"] == EMAIL
    stores = sandbox.get("/api/channel/stores").json()["stores"]
    assert [(row["store_id"], row["name"], row["is_linked"]) for row in stores] == [
        ("str_8H2K", "Store str_8H2K", False),
        ("str_9Q1D", "Store str_9Q1D", False),
    ]


def test_an_answer_in_the_form_of_the_other_role_is_a_finding(
    make_sandbox: Callable[..., Caller], channel: FakeChannel
) -> None:
    channel.token_status = 201
    channel.token_changes = {"email": EMAIL}
    config = ChannelConfig("stream-client", "stream-secret-of-the-tests", url=channel.url)
    sandbox = make_sandbox(channel=config)

    answer = sandbox.post("channel/connect", email=EMAIL, password=PASSWORD).json()

    assert answer["problems"] == ["DSP-TOK: the status must be 200, but is 201."]


def test_without_a_client_there_is_no_channel(make_sandbox: Callable[..., Caller]) -> None:
    sandbox = make_sandbox()

    answer = sandbox.post("channel/connect", email=EMAIL, password=PASSWORD)

    assert (answer.status_code, sandbox.get("/connect/channel").status_code) == (409, 409)
    assert "no client" in sandbox.get("/channel").text


def test_a_store_is_connected_after_its_first_publish(
    sandbox: Caller, store: str, channel: FakeChannel
) -> None:
    sandbox.post("channel/publish", store_id=store)

    first = ["POST event", "GET connection", "POST connection"]
    assert calls(channel) == [*first, "POST event", "GET connection"]
    answer = sandbox.post("channel/connection", store_id=store, method="DELETE").json()
    assert (answer["connected"], answer["problems"]) == (False, [])


def test_a_changed_catalog_is_published_again(
    sandbox: Caller, store: str, channel: FakeChannel
) -> None:
    tell(sandbox, "location.catalog.updated")

    wait_for(lambda: len(channel.bodies("location.publish")) == 2)


def test_a_switched_size_is_an_update(sandbox: Caller, store: str, channel: FakeChannel) -> None:
    tell(
        sandbox,
        "location.catalog.object.updated",
        object_id="pizza-s",
        object_type="item",
        object_update={"is_active": False},
    )

    (update,) = wait_for(lambda: channel.bodies("location.update"))
    assert update == {
        "type": "location.update",
        "location_id": store,
        "object_updates": {
            "items": [],
            "variations": [{"stream_id": Menu(channel).id("items", "Small"), "is_active": False}],
            "modifiers": [],
        },
    }


def test_a_switched_family_names_its_items_in_version_2(
    sandbox: Caller, store: str, channel: FakeChannel
) -> None:
    switches = {"store_id": store, "object_type": "item_family", "object_id": "pizza"}
    sandbox.post("channel/update", **{**switches, "object_type": "item", "object_id": "pizza-l"})
    sandbox.post("channel/update", **switches, is_active=False)
    sandbox.post("channel/update", **switches, is_active=True)
    menu = Menu(channel)
    small, large = menu.id("items", "Small"), menu.id("items", "Large")

    _, off, on = [row["object_updates"] for row in channel.bodies("location.update")]
    pizza = menu.id("item_families", "Pizza")
    assert off["items"] == [{"stream_id": pizza, "is_active": False}]
    assert {row["stream_id"]: row["is_active"] for row in off["variations"]} == {
        small: False,
        large: False,
    }
    assert {row["stream_id"]: row["is_active"] for row in on["variations"]} == {
        small: True,
        large: False,
    }


def test_version_1_names_the_switched_object_alone(
    sandbox: Caller, store: str, channel: FakeChannel
) -> None:
    sandbox.post("channel/publish", store_id=store, version="v1")

    sandbox.post("channel/update", store_id=store, object_id="pizza", is_active=False)

    (update,) = channel.bodies("location.update")
    updates = update["object_updates"]
    assert (len(updates["items"]), updates["variations"], updates["modifiers"]) == (1, [], [])


@pytest.mark.parametrize("case", ["not opted in", "a group", "unknown to the channel"])
def test_a_switch_that_no_update_can_tell_is_a_publish(
    sandbox: Caller, store: str, channel: FakeChannel, case: str
) -> None:
    opted_in = case != "not opted in"
    sandbox.post("channel/link", store_id=store, location_id="loc-1", opted_in=opted_in)
    kind = "modifier_group" if case == "a group" else "item"
    channel.event_statuses = [404] if case == "unknown to the channel" else []

    tell(
        sandbox,
        "location.catalog.object.updated",
        object_id="crust",
        object_type=kind,
        object_update={"is_active": False},
    )

    wait_for(lambda: len(channel.bodies("location.publish")) == 2)
    assert len(channel.bodies("location.update")) == (case == "unknown to the channel")


def test_an_update_of_something_unknown_is_followed_by_a_publish(
    sandbox: Caller, store: str, channel: FakeChannel
) -> None:
    channel.event_statuses = [404]

    updates = {"items": [], "variations": [], "modifiers": [{"stream_id": "x", "is_active": True}]}
    answer = sandbox.post("channel/update", store_id=store, object_updates=updates).json()

    assert (answer["status"], answer["published"]["number"]) == (404, 2)
    assert [row["type"] for row in channel.bodies()][1:] == ["location.update", "location.publish"]


def test_a_paused_location_is_a_paused_store(
    sandbox: Caller, store: str, channel: FakeChannel
) -> None:
    tell(sandbox, "location.status.updated", status="inactive", paused_until=1767229200000)
    tell(sandbox, "location.status.updated", status="active")
    wait_for(lambda: channel.bodies("location.resume"))
    sandbox.post("channel/pause", store_id=store)

    assert channel.bodies()[1:] == [
        {"type": "location.paused", "location_id": store, "until_ms": 1767229200000},
        {"type": "location.resume", "location_id": store},
        {"type": "location.paused", "location_id": store},
    ]


def test_an_event_of_another_location_concerns_no_store(
    sandbox: Caller, store: str, channel: FakeChannel
) -> None:
    tell(sandbox, "location.catalog.updated", location_id="loc-2")
    sandbox.post("channel/resume", store_id=store)

    assert [row["type"] for row in channel.bodies()] == ["location.publish", "location.resume"]


def test_an_expired_token_is_refreshed_once(
    sandbox: Caller, store: str, channel: FakeChannel
) -> None:
    channel.tokens_issued += 1  # The one the sandbox has is no longer the last.

    answer = sandbox.post("channel/resume", store_id=store).json()

    assert answer["status"] == 200
    attempts = sandbox.get("/api/channel/events").json()["events"]
    assert [row["status"] for row in attempts if row["type"] == "location.resume"] == [401, 200]


def test_a_channel_that_is_away_gets_the_event_again(
    sandbox: Caller, store: str, channel: FakeChannel
) -> None:
    channel.event_statuses = [503, 500]

    answer = sandbox.post("channel/resume", store_id=store).json()

    assert answer["status"] == 200
    attempts = sandbox.get("/api/channel/events").json()["events"][-3:]
    assert [(row["status"], row["problems"]) for row in attempts] == [
        (503, []),
        (500, ["DSP-EV: the status 500 is not in the contract."]),
        (200, []),
    ]


@pytest.mark.parametrize(
    ("arrangement", "sent"),
    [
        ("in_order", ["paused", "resume"]),
        ("lost", ["resume"]),
        ("twice", ["paused", "paused", "resume"]),
        ("swapped", ["resume", "paused"]),
        ("late", ["paused", "resume"]),
        ("forged", ["paused", "resume"]),
        ("broken", ["broken", "resume"]),
    ],
)
def test_events_go_out_as_arranged(
    sandbox: Caller, store: str, channel: FakeChannel, arrangement: str, sent: list[str]
) -> None:
    seconds = 0.05 if arrangement == "late" else 0
    sandbox.post(
        "channel/arrangement", type="location.paused", arrangement=arrangement, seconds=seconds
    )

    tell(sandbox, "location.status.updated", status="inactive")
    tell(sandbox, "location.status.updated", status="active")

    wait_for(lambda: len(channel.bodies()) == 1 + len(sent))
    assert [row["type"].removeprefix("location.") for row in channel.bodies()[1:]] == sent
    attempts = wait_for(lambda: _attempts(sandbox, 2))
    refused = {row["status"] for row in attempts if row["arrangement"] in ("forged", "broken")}
    assert refused == {"forged": {401}, "broken": {400}}.get(arrangement, set())
    assert [row["problems"] for row in attempts if row["problems"]] == []


def _attempts(sandbox: Caller, count: int) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = sandbox.get("/api/channel/events").json()["events"][1:]
    return listed if len(listed) >= count else []


def test_raw_events_are_sent_as_they_are(
    sandbox: Caller, store: str, channel: FakeChannel, pos: FakePos
) -> None:
    answer = sandbox.post("channel/events", body='{"type": "location.future", "x": 1}').json()

    assert answer == {"status": 200}
    assert channel.bodies()[-1] == {"type": "location.future", "x": 1}
