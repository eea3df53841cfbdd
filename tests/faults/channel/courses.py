"""Stream's reports on each order, and the state that follows, by the contract's own table."""

import json
from collections.abc import Iterable
from typing import Any

REFUSED = "refused"  # Answered 400 in place of any event.
_NOTIFIED = "location.order.notify_status_change"
# By the guest's number. Each event comes twice, and all come in any order.
COURSES: list[list[str]] = [
    ["accept", "ready_for_pickup", "completed"],
    ["accept", "fail"],
    ["accept", "ready_for_pickup", "cancel"],
    ["accept", "completed", "cancel"],
    ["accept", "ready_for_pickup"],
    [],
    ["fail"],
    [REFUSED],
    ["in_progress", "accept", "out_for_delivery", "completed"],
    ["accept", "accept later", "ready_for_pickup", "completed", "fail"],
]
# An event's effect (contract DSP-LIFE): the states that it leaves, and the one that follows.
_OPEN = {"sent", "accepted", "ready_for_pickup", "out_for_delivery"}
_EFFECTS = {
    "accept": ({"sent"}, "accepted"),
    "in_progress": ({"sent"}, "accepted"),
    "ready_for_pickup": ({"sent", "accepted"}, "ready_for_pickup"),
    "out_for_delivery": ({"sent", "accepted", "ready_for_pickup"}, "out_for_delivery"),
    "completed": (_OPEN, "completed"),
    "fail": (_OPEN, "failed"),
    "cancel": (_OPEN, "canceled"),
}
OWES_REFUND = {"failed", "canceled", "guest_canceled", "given_up"}


def course_of(number: int) -> list[str]:
    return COURSES[number % len(COURSES)]


def event(step: str, location_id: str, order_id: str) -> bytes:
    """Return the event that reports the step."""
    name = step.partition(" ")[0]
    body: dict[str, Any] = {"location_id": location_id, "order_id": order_id}
    if name in ("accept", "fail", "cancel"):
        body["type"] = f"location.order.{name}"
    else:
        body |= {"type": _NOTIFIED, "order_status_update": name}
    if name == "accept":
        body["estimated_ready_at_ms"] = 1_900_000_000_000 + 60_000 * len(step)
    if name == "fail":
        body["failure_reason"] = "unknown"
    return json.dumps(body).encode()


def state_after(bodies: Iterable[bytes]) -> str:
    """Return the state of an order that was taken over, after these events in their order."""
    state = "sent"
    for body in bodies:
        sent = json.loads(body)
        kind = sent.get("order_status_update") or sent["type"].rpartition(".")[2]
        before, after = _EFFECTS[kind]
        if state in before:
            state = after
    return state
