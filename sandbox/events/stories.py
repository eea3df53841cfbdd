"""The events of one order from its confirmation to its end, in various arrangements."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sandbox.records import FollowedOrder

from .bodies import DELIVERIES, Event, confirmed, driver_moved, status_changed

# Fields of the followed order that change, step by step.
Step = Mapping[str, str]
_DELIVERED: tuple[Step, ...] = (
    {"delivery_status": "enroute_to_pickup"},
    {"status": "ready_for_pickup"},
    {"delivery_status": "arrived_at_pickup"},
    {"status": "out_for_delivery"},
    {"delivery_status": "enroute_to_dropoff"},
    {"delivery_status": "arrived_at_dropoff"},
    {"delivery_status": "completed"},
    {"status": "completed"},
)
_PICKED_UP: tuple[Step, ...] = ({"status": "ready_for_pickup"}, {"status": "completed"})
_CANCELED: tuple[Step, ...] = ({"status": "ready_for_pickup"}, {"status": "dsp_canceled"})
ENDS = ("open", "completed", "canceled")
ARRANGEMENTS: Mapping[str, Callable[[Sequence[Event]], list[Event]]] = {
    "in_order": list,
    "shuffled": lambda events: random.sample(events, len(events)),
    "twice": lambda events: [copy for event in events for copy in (event, event)],
}


def tell(followed: FollowedOrder, end: str) -> tuple[FollowedOrder, list[Event]]:
    """Return the order at its end, and all events in order; an open one is only confirmed."""
    events = [confirmed(followed)]
    for step in _steps(followed, end):
        followed = moved(followed, step)
        events.append(told(followed, step))
    return followed, events


def moved(followed: FollowedOrder, step: Step) -> FollowedOrder:
    changes: dict[str, Any] = dict(step)
    return replace(followed, **changes)


def told(followed: FollowedOrder, step: Step) -> Event:
    """Return the event that tells of the step that the order has just made."""
    return driver_moved(followed) if "delivery_status" in step else status_changed(followed)


def _steps(followed: FollowedOrder, end: str) -> tuple[Step, ...]:
    if end == "open":
        return ()
    if end == "canceled":
        return _CANCELED
    is_delivery = followed.order.get("fulfillment_type") in DELIVERIES
    return _DELIVERED if is_delivery else _PICKED_UP
