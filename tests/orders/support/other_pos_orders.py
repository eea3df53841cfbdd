"""Orders that Stream confirmed in another POS, as stored."""

import uuid
from datetime import datetime
from typing import Any

from django.utils import timezone

from catalog.models import Location
from orders.models import FollowedOrder, StreamEvent, StreamLocation

STREAM_ID = "STREAM_LOCATION_1"
ITEMS = [
    {
        "name": "Cheeseburger",
        "quantity": 2,
        "price": 1000,
        "special_instructions": "No bun <please>",
        "modifiers": [
            {
                "name": "Extra Patty",
                "quantity": 1,
                "price": 500,
                "modifiers": [{"name": "Well done", "quantity": 1, "price": 0}],
            }
        ],
    },
    {"name": "Cola", "quantity": 1, "price": 300},
]
DETAILS = {
    "items": ITEMS,
    "delivery_fee": 350,
    "driver_tip": 100,
    "special_instructions": "Extra napkins please",
    "delivery_address": {"address_line_1": "123 test lane", "city": "Los Angeles", "state": "CA"},
}


def followed(at: Location | None, number: str = "1234", **fields: Any) -> FollowedOrder:
    """Create a followed order of the location, or with None an unassigned one."""
    defaults = {
        "stream_location_id": STREAM_ID, "stream_order_id": f"so-{uuid.uuid4()}",
        "source": "uber", "dsp_order_id": f"dsp-{number}", "dsp_order_number": number,
        "customer_name": "Test C.", "customer_phone": "+12135550123", "currency": "usd",
        "fulfillment_type": "merchant_managed_delivery", "status": "in_progress",
        "subtotal": 1500, "tax": 150, "total": 2100, "details": DETAILS,
        "confirmed_at": timezone.now(), "due_at": timezone.now(),
    }  # fmt: skip
    merchant = at.merchant if at else None
    return FollowedOrder.objects.create(location=at, merchant=merchant, **defaults | fields)


def completed(at: Location | None, confirmed: datetime, **fields: Any) -> FollowedOrder:
    """Create a followed order that ended at once, with amounts that reports add up."""
    ended = {"status": "completed", "confirmed_at": confirmed, "ended_at": confirmed}
    amounts = {"subtotal": 1000, "tax": 80, "total": 1250}
    return followed(at, "F-1", **ended | amounts | fields)


def stream_location(stream_id: str = STREAM_ID, **fields: Any) -> StreamLocation:
    return StreamLocation.objects.create(stream_id=stream_id, **fields)


def stream_event(order: FollowedOrder | None, **fields: Any) -> StreamEvent:
    defaults = {
        "content": uuid.uuid4().hex, "received_at": timezone.now(), "event_type": "order.confirmed",
        "body": b'{"type":"order.confirmed"}', "outcome": "applied", "followed": order,
        "stream_order_id": order.stream_order_id if order else "",
        "stream_location_id": order.stream_location_id if order else "",
    }  # fmt: skip
    return StreamEvent.objects.create(**defaults | fields)
