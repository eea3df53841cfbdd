"""The tales of followed orders: the events that Stream sends of each, and how it must end."""

import json
from typing import Any, NamedTuple

from catalog.models import Location
from tests.support import factories

UNKNOWN_LOCATION = "stream-unknown"
EVENTS_EACH = 4
# What comes after the confirmation, and the status and delivery status at the end.
_COURSES = [
    (["ready_for_pickup", "out_for_delivery", "completed"], ("completed", "")),
    (["ready_for_pickup", "/enroute_to_dropoff", "/completed"], ("ready_for_pickup", "completed")),
    (["/enroute_to_pickup", "/arrived_at_pickup", "!dsp_canceled"],
     ("dsp_canceled", "arrived_at_pickup")),
    (["being_plated", "out_for_delivery", "/enroute_to_dropoff"],
     ("out_for_delivery", "enroute_to_dropoff")),
]  # fmt: skip


class SentEvent(NamedTuple):
    """An event, identified by its mark."""

    mark: str
    body: bytes


class Ending(NamedTuple):
    """How a followed order must be at the end; without a location, nobody knows it."""

    status: str
    delivery_status: str
    total: int
    location_id: int | None
    has_ended: bool


class Tale:
    """Followed orders of one location of ours, and of one that nobody knows."""

    def __init__(self, event_count: int) -> None:
        merchant = factories.merchant(name="Followed")
        self._location: Location = factories.location(merchant, provider_id="loc_followed")
        self.events: list[SentEvent] = []
        self.endings: dict[str, Ending] = {}
        for number in range(event_count // EVENTS_EACH):
            self._tell(number)

    def _tell(self, number: int) -> None:
        order_id = f"order-{number}"
        course, (status, delivery_status) = _COURSES[number % len(_COURSES)]
        is_known = number % 5 > 0
        has_ended = status in ("completed", "dsp_canceled") or delivery_status == "completed"
        self.endings[order_id] = Ending(
            status, delivery_status, number, self._location.pk if is_known else None, has_ended
        )
        items = [{"name": "Soup", "quantity": 1, "price": number}]
        confirmed = {"status": "in_progress", "total": number, "items": items}
        self._add(order_id, "order.confirmed", confirmed, is_known=is_known)
        for step in course:
            kind, order = _change(step)
            self._add(order_id, kind, order, is_known=is_known)

    def _add(self, order_id: str, kind: str, order: dict[str, Any], *, is_known: bool) -> None:
        event: dict[str, Any] = {"type": kind, "order": {"id": order_id, **order}}
        event["location_id"] = "stream-known" if is_known else UNKNOWN_LOCATION
        if is_known:
            event["reference_id"] = self._location.provider_id
        self.events.append(SentEvent(f"event-{len(self.events)}", json.dumps(event).encode()))


def _change(step: str) -> tuple[str, dict[str, Any]]:
    if step[0] == "/":
        return "driver.status_updated", {"delivery_status": step[1:]}
    if step[0] == "!":
        return "order.canceled", {"status": step[1:]}
    return "order.updated", {"status": step}
