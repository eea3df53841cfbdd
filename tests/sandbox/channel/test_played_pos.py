"""Orders of stores whose POS the sandbox plays, and events by hand."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import Caller
from tests.sandbox.support.fake_channel import FakeChannel, send

from .conftest import wait_for
from .guest import example, order


@pytest.mark.parametrize(
    ("played", "event_type", "state"),
    [
        ({"answer": "accept", "prep_time_minutes": 7}, "location.order.accept", "accepted"),
        (
            {"answer": "fail", "failure_reason": "items_unavailable"},
            "location.order.fail",
            "failed",
        ),
        ({"answer": "silent"}, "", "waiting"),
    ],
)
def test_the_sandbox_plays_the_pos_of_a_store_without_one(
    sandbox: Caller, channel: FakeChannel, played: dict[str, Any], event_type: str, state: str
) -> None:
    sandbox.post("channel/play", store_id="str_9Q1D", delay_seconds=0.01, **played)
    event = example("EX-WH-NEW-DRIVE")[0]
    send(sandbox.url, event)

    order(sandbox, "ord_02", state)
    if event_type:
        (told,) = wait_for(lambda: channel.bodies(event_type))
        details = told.get("failure_details", {})
        assert details.get("invalid_item_ids") in (None, ["s-var-burger-r"])


def test_events_by_hand_are_sent_in_any_state(sandbox: Caller, channel: FakeChannel) -> None:
    sandbox.post("channel/play", store_id="str_9Q1D", answer="silent")
    event = example("EX-WH-NEW-DRIVE")[0]
    send(sandbox.url, event)

    for name in ("completed", "ready", "accept", "cancel", "fail"):
        answer = sandbox.post("channel/tell", order_id="ord_02", event=name).json()
        assert answer["status"] == 200

    assert [row["type"].rpartition(".")[2] for row in channel.bodies()] == [
        "notify_status_change",
        "notify_status_change",
        "accept",
        "cancel",
        "fail",
    ]
    unknown = sandbox.post("channel/tell", order_id="ord_99", event="accept")
    assert unknown.status_code == 404
