"""Drivers, acceptance and statuses that the POS's webhooks tell, and the page."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from sandbox.stream.webhooks import signature
from tests.sandbox.conftest import WEBHOOK_SECRET, Caller
from tests.sandbox.support.fake_pos import FakePos

from .waiting import attempts

DRIVER = {"name": "Dana Reed", "phone": {"number": "+15125550111", "code": ""}}


def deliver(sandbox: Caller, kind: str, **subject: Any) -> dict[str, Any]:
    """Send a signed webhook, and return it as it was recorded."""
    body = json.dumps({"type": kind, "object": subject}).encode()
    headers = {"Stream-Webhook-Signature": signature(body, WEBHOOK_SECRET, "hex")}
    sandbox.session.post(f"{sandbox.url}/pos/demo/webhook", data=body, headers=headers, timeout=10)
    return dict(sandbox.get("/api/webhooks").json()["webhooks"][-1])


def followed(sandbox: Caller) -> list[dict[str, Any]]:
    return list(sandbox.get("/api/events/orders").json()["orders"])


def accepted(sandbox: Caller) -> None:
    sandbox.connect()
    sandbox.post("orders", location_id="loc-1")


def test_a_driver_of_a_followed_order_is_kept_by_streams_ids(sandbox: Caller) -> None:
    told = sandbox.post("events/orders", reference_id="loc-1").json()

    webhook = deliver(
        sandbox,
        "order.assign.driver",
        location_id="stream-loc-1",
        order_id=told["order_id"],
        driver=DRIVER,
    )

    assert webhook["problems"] == []
    (order,) = followed(sandbox)
    assert (order["driver"], order["assigned_at"] > 0) == (DRIVER, True)
    assert "Dana Reed" in sandbox.get("/").text


def test_a_driver_of_a_pos_order_is_kept_by_the_poss_ids(sandbox: Caller) -> None:
    accepted(sandbox)

    webhook = deliver(
        sandbox, "order.assign.driver", location_id="loc-1", order_id="o-1", driver=DRIVER
    )

    assert webhook["problems"] == []
    assert [order["driver"] for order in followed(sandbox)] == [DRIVER]


@pytest.mark.parametrize("location_id", ["loc-1", "stream-loc-2"])
def test_a_driver_under_a_mixture_of_ids_is_reported(sandbox: Caller, location_id: str) -> None:
    told = sandbox.post("events/orders", reference_id="loc-1").json()
    order_id = told["order_id"]

    webhook = deliver(
        sandbox, "order.assign.driver", location_id=location_id, order_id=order_id, driver=DRIVER
    )

    assert webhook["problems"] == [
        f"WH: order.assign.driver names the order {order_id!r}, which this sandbox does not know."
    ]
    assert [order["driver"] for order in followed(sandbox)] == [None]


def test_a_driver_of_an_in_store_order_is_known_by_the_poss_request(sandbox: Caller) -> None:
    deliver(sandbox, "order.created", location_id="loc-1", source_order_id="walk-in-1")

    webhook = deliver(
        sandbox, "order.assign.driver", location_id="loc-1", order_id="walk-in-1", driver=DRIVER
    )

    assert webhook["problems"] == []


def test_a_driver_without_the_contracts_shape_is_reported(sandbox: Caller) -> None:
    told = sandbox.post("events/orders", reference_id="loc-1").json()
    ids = {"location_id": "stream-loc-1", "order_id": told["order_id"]}

    no_code = deliver(
        sandbox, "order.assign.driver", **ids, driver={"name": "Jo", "phone": {"number": "+1"}}
    )
    no_phone = deliver(sandbox, "order.assign.driver", **ids, driver={"name": "Jo"})

    assert no_code["problems"] == ["WH: code of driver.phone is None, not a text."]
    assert no_phone["problems"] == ["WH: driver.phone must be an object."]


def test_a_driver_that_was_answered_with_an_error_is_not_kept(sandbox: Caller) -> None:
    told = sandbox.post("events/orders", reference_id="loc-1").json()
    sandbox.post("behaviour", status=500, times=1)

    deliver(
        sandbox,
        "order.assign.driver",
        location_id="stream-loc-1",
        order_id=told["order_id"],
        driver=DRIVER,
    )

    assert [order["driver"] for order in followed(sandbox)] == [None]


def test_a_deferred_order_is_confirmed_when_the_pos_accepts_it(
    sandbox: Caller, pos: FakePos
) -> None:
    pos.order_answer = (200, {"order": {"provider_id": "o-2", "async_acceptance": True}})
    accepted(sandbox)
    assert followed(sandbox) == []

    deliver(sandbox, "order.accepted", location_id="loc-1", provider_id="o-2")
    attempts(sandbox, 1)

    assert [event["order"]["pos_order_id"] for event in pos.events()] == ["o-2"]


def test_a_status_of_the_pos_is_told_to_the_handler(sandbox: Caller, pos: FakePos) -> None:
    accepted(sandbox)

    deliver(
        sandbox,
        "order.status.updated",
        location_id="loc-1",
        provider_id="o-1",
        status="ready_for_pickup",
    )
    attempts(sandbox, 2)

    assert pos.events()[1]["order"]["status"] == "ready_for_pickup"


def test_statuses_of_a_followed_order_are_told(sandbox: Caller, pos: FakePos) -> None:
    order_id = sandbox.post("events/orders", reference_id="loc-1").json()["order_id"]
    sandbox.post("events/driver", order_id=order_id, delivery_status="enroute_to_dropoff")
    sandbox.post(
        "events/driver", order_id=order_id, delivery_status="completed", status="completed"
    )
    sandbox.post("events/status", order_id=order_id, status="merchant_canceled")
    attempts(sandbox, 4)

    assert [
        (event["type"], event["order"]["status"], event["order"].get("delivery_status"))
        for event in pos.events()[1:]
    ] == [
        ("driver.status_updated", "in_progress", "enroute_to_dropoff"),
        ("driver.status_updated", "completed", "completed"),
        ("order.canceled", "merchant_canceled", None),
    ]


def test_an_unknown_order_has_no_statuses(sandbox: Caller) -> None:
    answer = sandbox.post("events/status", order_id="?", status="completed")

    assert (answer.status_code, answer.json()) == (
        404,
        {"error": "Stream Events told of no order '?'."},
    )


def test_the_page_has_the_same_steps(sandbox: Caller, pos: FakePos) -> None:
    sandbox.connect()
    sandbox.post("locations")
    token = re.findall(r'name="token" value="([^"]+)"', sandbox.get("/").text)[0]

    def press(action: str, **fields: str) -> str:
        fields = {"token": token, **fields}
        # The answer leads back to the page, which shows the notice once.
        return sandbox.session.post(f"{sandbox.url}/steps/{action}", data=fields, timeout=10).text

    page = press("events/orders", reference_id="loc-1", gap_seconds="0", end="open")
    assert "1 event is on the way to the handler." in page
    (order,) = followed(sandbox)
    page = press("events/driver", order_id=order["order_id"], delivery_status="enroute_to_pickup")
    assert "1 event is on the way to the handler." in page
    press("events/orders", reference_id="", end="completed", arrangement="twice")
    attempts(sandbox, 20)

    assert "stream-unmapped-" in sandbox.get("/").text
    assert pos.events()[0]["location_id"] == "stream-loc-1"
