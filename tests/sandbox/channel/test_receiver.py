"""The receiver of the channel's events: signatures, checks, repeats and misconduct."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from sandbox.checks.channel_events import channel_event_problems
from tests.sandbox.conftest import Caller
from tests.sandbox.support.fake_channel import FakeChannel, send

from .guest import example

EXAMPLES = ("EX-WH-NEW**", "EX-WH-NEW-DRIVE", "EX-WH-CXL")


def received(sandbox: Caller) -> list[dict[str, Any]]:
    return list(sandbox.get("/api/channel/received").json()["received"])


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_contracts_examples_have_no_problem(name: str) -> None:
    assert [channel_event_problems(body) for body in example(name)] in ([()], [(), ()], [()] * 3)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"subtotal": 2100}, "the subtotal is 2100, but the lines are 2200."),
        ({"fulfillment_type": "rocket"}, "fulfillment_type is 'rocket'."),
        ({"tax_withheld": None}, "tax_withheld of the order must be a whole number, but is None."),
        ({"unpaid": True}, "only drive_thru may be unpaid."),
        ({"driver_tip": 100}, "driver_tip is not sent with 'pickup'."),
        ({"customers": []}, "customers must be a list with at least one object."),
        ({"items": []}, "items must be a list with at least one object."),
        ({"customer_facing_id": "a-17"}, "customer_facing_id 'a-17' is not A-Z, 0-9."),
        ({"estimated_ready_at_ms": 1767226500}, "estimated_ready_at_ms 1767226500 is not milli"),
        (
            {"fulfillment_type": "merchant_managed_delivery", "store_tip": 0},
            "merchant_managed_delivery needs a delivery_address.",
        ),
        (
            {"discounts": [{"id": "X", "amount": 100, "item_id": "s-none"}]},
            "discount 1 is on no line of the order.",
        ),
        ({"status": "later"}, "status of the order is 'later'."),
    ],
)
def test_what_the_contract_forbids_is_a_finding(changes: dict[str, Any], problem: str) -> None:
    (body,) = example("EX-WH-NEW**")
    body["order"] |= changes

    problems = channel_event_problems(body)

    assert any(text.startswith(f"DSP-WH-NEW: {problem}") for text in problems), problems


def test_a_missing_modifier_list_and_a_foreign_phone_are_findings() -> None:
    (body,) = example("EX-WH-NEW**")
    del body["order"]["items"][0]["modifiers"][0]["modifiers"][0]["modifiers"]
    body["order"]["customers"][0]["phone"] = "555 0100"

    assert channel_event_problems(body) == (
        "DSP-WH-NEW: phone of customer 1 is not E.164.",
        "DSP-WH-NEW: modifiers of modifier 1 of modifier 1 of item 1 must be a list, [] when "
        "there are none.",
    )


@pytest.mark.parametrize("encoding", ["hex", "base64"])
def test_both_encodings_of_the_signature_are_taken(
    sandbox: Caller, channel: FakeChannel, encoding: str
) -> None:
    store, delivery = example("EX-WH-CXL")[1:]

    answers = [send(sandbox.url, body, encoding=encoding).status_code for body in (store, delivery)]

    assert answers == [200, 200]
    first, second = received(sandbox)
    assert (first["signature"], first["taken"], first["problems"]) == (encoding, True, [])
    assert second["problems"] == ["DSP-RULES-ORDER: no order 'ord_04' came before."]
    stores = sandbox.get("/api/channel/stores").json()["stores"]
    assert stores[0]["status_update"] == store["status_update"]


def test_a_wrong_signature_is_refused_and_has_no_effect(
    sandbox: Caller, channel: FakeChannel
) -> None:
    (body,) = example("EX-WH-NEW**")

    assert send(sandbox.url, body, secret="another").status_code == 401

    (row,) = received(sandbox)
    assert (row["signature"], row["taken"], row["answered"]) == ("", False, 401)
    assert row["problems"] == ["DSP-WH: the signature is missing or wrong."]
    assert sandbox.get("/api/channel/orders").json()["orders"] == []


def test_a_repeat_is_recognized_and_other_bytes_are_a_finding(
    sandbox: Caller, channel: FakeChannel
) -> None:
    (body,) = example("EX-WH-NEW**")
    changed = {**body, "order": {**body["order"], "tax": 188}}

    answers = [send(sandbox.url, row).status_code for row in (body, body, changed)]

    assert answers == [200, 200, 200]
    rows = received(sandbox)
    assert [row["is_repeat"] for row in rows] == [False, True, True]
    assert [row["problems"] for row in rows] == [
        [],
        [],
        ["DSP-RULES-ID: the order came before with other bytes."],
    ]
    (order,) = sandbox.get("/api/channel/orders").json()["orders"]
    assert order["order"]["tax"] == 187


@pytest.mark.parametrize(
    ("planned", "answers"),
    [
        ({"status": 503, "times": 2}, [503, 503, 200]),
        ({"status": 409}, [409, 200, 200]),
        ({"delay_seconds": 0.02}, [200, 200, 200]),
        ({"status": 500, "taken": True}, [500, 200, 200]),
    ],
)
def test_the_receiver_misbehaves_as_planned(
    sandbox: Caller, channel: FakeChannel, planned: dict[str, Any], answers: list[int]
) -> None:
    sandbox.post("channel/receiver", **planned)
    (body,) = example("EX-WH-NEW**")

    assert [send(sandbox.url, body).status_code for _ in range(3)] == answers

    is_lost = planned.get("times") == 2
    rows = received(sandbox)
    assert [row["taken"] for row in rows] == [not is_lost, not is_lost, True]
    assert [row["is_repeat"] for row in rows] == [False, not is_lost, not is_lost]


def test_silence_ends_without_an_answer(sandbox: Caller, channel: FakeChannel) -> None:
    sandbox.post("channel/receiver", silent=True, taken=True)
    sandbox.server.sandbox.stopping.set()  # So that the silence ends at once.
    (body,) = example("EX-WH-NEW**")

    with pytest.raises(requests.ConnectionError):
        send(sandbox.url, body)

    assert len(sandbox.get("/api/channel/orders").json()["orders"]) == 1


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"type": 5}', b'{"type": "new_order", "location_id": "x"}']
)
def test_what_is_no_event_is_recorded_with_its_problem(
    sandbox: Caller, channel: FakeChannel, body: bytes
) -> None:
    assert send(sandbox.url, body).status_code == 200

    (row,) = received(sandbox)
    assert row["body"] == body.decode()
    assert row["problems"]
    assert sandbox.get("/channel").status_code == 200


def test_the_page_shows_what_came(sandbox: Caller, channel: FakeChannel) -> None:
    (body,) = example("EX-WH-NEW**")
    body["order"]["special_instructions"] = "<script>alert(1)</script>"
    send(sandbox.url, body)

    page = sandbox.get("/channel").text

    assert "A17" in page
    assert "<script>alert" not in page
    assert json.dumps(body["order"]["id"]) in page.replace("&quot;", '"')
