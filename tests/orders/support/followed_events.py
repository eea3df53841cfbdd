"""Events of Stream for tests, stored as the endpoint does, and what became of them."""

import json
from typing import Any

from orders.models import FollowedOrder, StreamEvent
from orders.stream_events import archive, content, processing

LOCATION = "stream-location"


def store(event: dict[str, Any]) -> None:
    body = json.dumps(event).encode()
    archive.store([(body, content.examine(body))])


def confirmation(order_id: str = "1", *, reference: str | None = None, **order: Any) -> Any:
    event = {"type": "order.confirmed", "location_id": LOCATION}
    if reference is not None:
        event["reference_id"] = reference
    return {**event, "order": {"id": order_id, "source": "uber"} | order}


def status(order_id: str, status: str, kind: str = "order.updated", **event: Any) -> Any:
    order = {"id": order_id, "status": status}
    return {"type": kind, "location_id": LOCATION, "order": order, **event}


def delivery(order_id: str, delivery_status: str) -> Any:
    order = {"id": order_id, "delivery_status": delivery_status}
    return {"type": "driver.status_updated", "location_id": LOCATION, "order": order}


def receive(*events: dict[str, Any]) -> None:
    """Store the events and process them."""
    for event in events:
        store(event)
    processing.process_due()


def followed(order_id: str = "1") -> FollowedOrder:
    return FollowedOrder.objects.get(stream_order_id=order_id)


def outcomes() -> list[tuple[str, str]]:
    """Return outcome and reason of each event, in the order in which they came."""
    return list(StreamEvent.objects.order_by("pk").values_list("outcome", "reason"))


def history(order_id: str = "1") -> list[tuple[str, Any]]:
    entries = followed(order_id).history.all()
    return [(entry.what, entry.details) for entry in entries]
