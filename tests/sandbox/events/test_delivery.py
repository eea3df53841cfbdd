"""How events are delivered: signatures, arrangements, repeats, and the switch-off."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from sandbox.events.signatures import signed
from tests.sandbox.conftest import Caller
from tests.sandbox.support.fake_pos import EVENTS_SECRET, FakePos

from .waiting import attempts


def test_the_signature_matches_rfc_4231_in_every_form() -> None:
    body, key = b"what do ya want for nothing?", "Jefe"
    hexadecimal = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    base64 = "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM="

    assert signed(body, key, "hex") == hexadecimal
    assert signed(body, key, "base64") == base64
    assert signed(body, key, "sha256=hex") == f"sha256={hexadecimal}"
    assert signed(body, key, "sha256=base64") == f"sha256={base64}"
    assert signed(body, key, "wrong") not in (hexadecimal, base64)


@pytest.mark.parametrize("form", ["hex", "base64", "sha256=hex", "sha256=base64"])
def test_a_signed_event_is_accepted(sandbox: Caller, form: str) -> None:
    sandbox.post("events/orders", reference_id="loc-1", signature=form)

    (attempt,) = attempts(sandbox, 1)
    assert (attempt["status"], attempt["signature"], attempt["problems"]) == (201, form, [])
    assert (attempt["attempt"], attempt["next_at"]) == (1, None)


def test_a_wrong_signature_is_sent_once_and_is_no_failure(sandbox: Caller, pos: FakePos) -> None:
    sandbox.post("events/orders", reference_id="loc-1", signature="wrong")
    (refused,) = attempts(sandbox, 1)
    sandbox.post("events/orders", reference_id="loc-1")
    attempts(sandbox, 2)

    assert (refused["status"], refused["problems"], refused["next_at"]) == (401, [], None)
    assert sandbox.get("/api/state").json()["events_state"] == {
        "configured": True, "on": True, "waiting": 0, "judged": 1, "failed": 0,
    }  # fmt: skip


def test_a_handler_that_accepts_a_wrong_signature_is_reported(
    sandbox: Caller, pos: FakePos, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.sandbox.support.fake_pos.EVENTS_SECRET", f"not {EVENTS_SECRET}")
    sandbox.post("events/orders", reference_id="loc-1", signature="wrong")

    (attempt,) = attempts(sandbox, 1)
    assert attempt["problems"] == ["EV: the status for a wrong signature must be 401, but is 201."]


@pytest.mark.parametrize(
    ("status", "problem"),
    [
        (200, "EV: the status must be 201, but is 200."),
        (500, "EV: the status must be 201, but is 500."),
        (503, "EV: 503 must come with Retry-After."),
    ],
)
def test_an_answer_that_violates_the_contract_is_reported(
    sandbox: Caller, pos: FakePos, status: int, problem: str
) -> None:
    pos.event_status = status
    sandbox.post("events", body={"type": "order.updated"})

    assert attempts(sandbox, 1)[0]["problems"] == [problem]


def test_a_failed_event_is_sent_again_unchanged_with_growing_gaps(
    make_sandbox: Callable[..., Caller], pos: FakePos
) -> None:
    sandbox = make_sandbox(events_secret=EVENTS_SECRET, events_retry_seconds=(0.1, 0.3))
    pos.event_status = 500
    sandbox.post("events/orders", reference_id="loc-1")

    first, second, third = attempts(sandbox, 3)
    assert [row["attempt"] for row in (first, second, third)] == [1, 2, 3]
    assert second["sent_at"] - first["sent_at"] >= 100
    assert third["sent_at"] - second["sent_at"] >= 300
    assert third["next_at"] is None
    assert len(set(pos.event_bodies())) == 1


def test_an_event_without_an_answer_is_sent_again(
    make_sandbox: Callable[..., Caller], pos: FakePos
) -> None:
    sandbox = make_sandbox(
        pos_url="http://127.0.0.1:9", events_secret=EVENTS_SECRET, events_retry_seconds=(0.01,)
    )
    sandbox.post("events/orders", reference_id="loc-1")

    first, second = attempts(sandbox, 2)
    assert (first["status"], second["attempt"]) == (None, 2)
    assert first["problems"] == ["EV: The POS did not answer: the connection failed or broke off."]


def test_a_handler_that_recovers_gets_the_event(sandbox: Caller, pos: FakePos) -> None:
    pos.event_status = 503
    sandbox.post("events/orders", reference_id="loc-1")
    attempts(sandbox, 1)
    pos.event_status = 201

    deadline = time.monotonic() + 5
    while sandbox.get("/api/state").json()["events_state"]["waiting"]:
        assert time.monotonic() < deadline
    assert attempts(sandbox, 2)[-1]["status"] == 201


def test_half_of_ten_failing_switches_all_events_off_until_switched_on(
    make_sandbox: Callable[..., Caller], pos: FakePos
) -> None:
    sandbox = make_sandbox(events_secret=EVENTS_SECRET, events_retry_seconds=())
    for status, count in ((201, 5), (500, 5)):
        pos.event_status = status
        latest = sandbox.get("/api/events").json()["latest"]
        for _ in range(count):
            assert sandbox.post("events", body={"type": "x"}).json()["queued"] == 1
        attempts(sandbox, count, since=latest)

    assert sandbox.get("/api/state").json()["events_state"] == {
        "configured": True, "on": False, "waiting": 0, "judged": 10, "failed": 5,
    }  # fmt: skip
    assert sandbox.post("events/orders", reference_id="loc-1").json()["queued"] == 0
    assert "switched off" in sandbox.get("/").text
    assert sandbox.post("events/switch-on").json()["on"] is True
    assert sandbox.post("events/orders", reference_id="loc-1").json()["queued"] == 1


def test_fewer_failures_than_half_leave_the_events_on(
    make_sandbox: Callable[..., Caller], pos: FakePos
) -> None:
    sandbox = make_sandbox(events_secret=EVENTS_SECRET, events_retry_seconds=())
    for status, count in ((500, 4), (201, 6)):
        pos.event_status = status
        latest = sandbox.get("/api/events").json()["latest"]
        for _ in range(count):
            sandbox.post("events", body={"type": "x"})
        attempts(sandbox, count, since=latest)

    assert sandbox.get("/api/state").json()["events_state"]["on"] is True


def test_the_arrangements_change_order_and_number_of_the_events(
    sandbox: Caller, pos: FakePos, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("random.sample", lambda events, count: list(reversed(events)))
    wish = {"reference_id": "loc-1", "fulfillment_type": "pickup", "end": "completed"}
    sandbox.post("events/orders", **wish, arrangement="twice")
    attempts(sandbox, 6)
    sandbox.post("events/orders", **wish, arrangement="shuffled")
    attempts(sandbox, 9)

    kinds = [event["type"] for event in pos.events()]
    assert kinds == ["order.confirmed"] * 2 + ["order.updated"] * 6 + ["order.confirmed"]
    bodies = pos.event_bodies()[:6]
    assert [bodies[0], bodies[2], bodies[4]] == [bodies[1], bodies[3], bodies[5]]


def test_delayed_events_follow_each_other_with_the_gap(sandbox: Caller) -> None:
    posted_at = int(time.time() * 1000)
    sandbox.post(
        "events/orders",
        reference_id="loc-1",
        fulfillment_type="pickup",
        end="completed",
        gap_seconds=0.2,
    )

    # Counted from the wish: a busy machine may send the first event late.
    _, second, third = attempts(sandbox, 3)
    assert second["sent_at"] - posted_at >= 199
    assert third["sent_at"] - posted_at >= 399


def test_a_raw_event_is_sent_as_it_is(sandbox: Caller, pos: FakePos) -> None:
    sandbox.post("events", body='{"type": "order.fancy",  "x": 1}')
    attempts(sandbox, 1)

    assert pos.event_bodies() == [b'{"type": "order.fancy",  "x": 1}']


def test_without_a_secret_nothing_is_sent(
    make_sandbox: Callable[..., Caller], pos: FakePos
) -> None:
    sandbox = make_sandbox()
    sandbox.connect()
    sandbox.post("orders", location_id="loc-1")

    answer = sandbox.post("events/orders", reference_id="loc-1")
    assert (answer.status_code, answer.json()) == (
        409,
        {"error": "Without an events secret there are no Stream Events."},
    )
    assert pos.event_bodies() == []
    assert "no events secret" in sandbox.get("/").text
