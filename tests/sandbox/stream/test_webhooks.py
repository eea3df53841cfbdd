from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest
import requests

from sandbox.stream.webhooks import is_signed, signature
from tests.sandbox.conftest import WEBHOOK_SECRET, Caller

BODY = b'{"type": "location.catalog.updated", "object": {"location_id": "loc-1"}}'


def deliver(
    sandbox: Caller, body: bytes = BODY, signed: str | None = None, slug: str = "demo"
) -> requests.Response:
    header = signature(body, WEBHOOK_SECRET, "hex") if signed is None else signed
    return sandbox.session.post(
        f"{sandbox.url}/pos/{slug}/webhook",
        data=body,
        headers={"Stream-Webhook-Signature": header, "Content-Type": "application/json"},
        timeout=10,
    )


def test_the_signature_matches_rfc_4231() -> None:
    digest = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"

    assert signature(b"what do ya want for nothing?", "Jefe", "hex") == digest
    assert signature(b"what do ya want for nothing?", "Jefe", "base64") == (
        "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM="
    )


@pytest.mark.parametrize(
    "presented",
    [
        [],
        [""],
        ["é"],
        [signature(BODY, "another secret", "hex")],
        [signature(BODY, WEBHOOK_SECRET, "base64")],
        [signature(BODY, WEBHOOK_SECRET, "hex").upper()],
        ["sha256=" + signature(BODY, WEBHOOK_SECRET, "hex")],
        [signature(BODY, WEBHOOK_SECRET, "hex")] * 2,
    ],
)
def test_anything_but_the_single_correct_signature_is_refused(presented: list[str]) -> None:
    assert is_signed(BODY, presented, WEBHOOK_SECRET, "hex") is False


def test_a_signed_webhook_is_accepted_and_recorded(sandbox: Caller) -> None:
    before = time.time_ns() // 1_000_000

    answer = deliver(sandbox, slug="any-partner")

    assert (answer.status_code, answer.content) == (200, b"{}")
    listed = sandbox.get("/api/webhooks", since=0).json()
    (webhook,) = listed["webhooks"]
    assert listed["latest"] == webhook["sequence"] == 1
    assert webhook["type"] == "location.catalog.updated"
    assert webhook["object"] == {"location_id": "loc-1"}
    assert webhook["signature_valid"] is True
    assert webhook["answered"] == 200
    assert webhook["slug"] == "any-partner"
    assert webhook["body"] == BODY.decode()
    assert webhook["problems"] == []
    assert before <= webhook["received_at"] <= time.time_ns() // 1_000_000
    assert "Stream-Webhook-Signature" in webhook["headers"]


def test_a_badly_signed_webhook_is_refused_and_recorded(sandbox: Caller) -> None:
    answer = deliver(sandbox, signed="0" * 64)

    assert answer.status_code == 401
    (webhook,) = sandbox.get("/api/webhooks").json()["webhooks"]
    assert (webhook["signature_valid"], webhook["answered"]) == (False, 401)


def test_the_signature_encoding_can_be_base64(make_sandbox: Callable[..., Caller]) -> None:
    sandbox = make_sandbox(signature_encoding="base64")

    good = deliver(sandbox, signed=signature(BODY, WEBHOOK_SECRET, "base64"))
    bad = deliver(sandbox, signed=signature(BODY, WEBHOOK_SECRET, "hex"))

    assert (good.status_code, bad.status_code) == (200, 401)


def test_only_newer_webhooks_are_listed(sandbox: Caller) -> None:
    for _ in range(3):
        deliver(sandbox)

    listed = sandbox.get("/api/webhooks", since=2).json()

    assert [webhook["sequence"] for webhook in listed["webhooks"]] == [3]


def test_the_receiver_misbehaves_as_often_as_requested(sandbox: Caller) -> None:
    answer = sandbox.post("behaviour", status=500, delay_seconds=0.2, times=2).json()
    started = time.monotonic()

    statuses = [deliver(sandbox).status_code for _ in range(3)]

    assert answer == {"behaviour": {"status": 500, "delay_seconds": 0.2, "times_left": 2}}
    assert statuses == [500, 500, 200]
    assert time.monotonic() - started >= 0.4
    listed = sandbox.get("/api/webhooks").json()["webhooks"]
    assert [webhook["answered"] for webhook in listed] == [500, 500, 200]
    assert [webhook["signature_valid"] for webhook in listed] == [True, True, True]


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"[]", 'WH: the body must be {"type": ..., "object": {...}}.'),
        (
            b'{"type": "menu.changed", "object": {}}',
            "WH: the type 'menu.changed' is not in the contract.",
        ),
        (
            b'{"type": "location.status.updated", "object": {"location_id":"l","status":"open"}}',
            "WH: status is 'open'.",
        ),
        (
            b'{"type": "order.accepted", "object": {"location_id": "l"}}',
            "WH: object has no provider_id.",
        ),
    ],
)
def test_a_signed_webhook_that_violates_the_contract_is_reported(
    sandbox: Caller, body: bytes, problem: str
) -> None:
    assert deliver(sandbox, body).status_code == 200

    assert sandbox.get("/api/webhooks").json()["webhooks"][0]["problems"] == [problem]


def test_a_webhook_over_one_megabyte_is_refused(sandbox: Caller) -> None:
    body = json.dumps({"type": "x", "object": {"pad": "x" * 1024 * 1024}}).encode()

    assert deliver(sandbox, body).status_code == 413
    assert sandbox.get("/api/webhooks").json() == {"webhooks": [], "latest": 0}


def test_only_the_latest_thousand_webhooks_are_kept(sandbox: Caller) -> None:
    receiver = sandbox.server.sandbox.receiver
    for _ in range(1003):
        receiver.receive("demo", {}, [], BODY)

    listed = sandbox.get("/api/webhooks").json()

    assert listed["latest"] == 1003
    assert [webhook["sequence"] for webhook in listed["webhooks"]] == list(range(4, 1004))
