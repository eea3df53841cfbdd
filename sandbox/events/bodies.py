"""Build the bodies of Stream Events (EV)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.records import FollowedOrder
from sandbox.state import now_ms
from sandbox.stream.kinds import encoded
from sandbox.wire.findings import is_whole, rows

MINUTE_MS = 60_000
DELIVERIES = ("delivery", "merchant_managed_delivery")
CANCELED = ("merchant_canceled", "dsp_canceled")
_PREPARATION_MINUTES = 30
Body = dict[str, Any]


@dataclass(frozen=True)
class Event:
    """An event about to be sent."""

    type: str
    order_id: str
    body: bytes


def stream_location_id(reference_id: str) -> str:
    """Return Stream's own id of the POS's location."""
    return f"stream-{reference_id}"


def confirmed(followed: FollowedOrder) -> Event:
    return _event("order.confirmed", followed, followed.order)


def status_changed(followed: FollowedOrder) -> Event:
    """Build `order.updated`, or `order.canceled` for a canceled order."""
    kind = "order.canceled" if followed.status in CANCELED else "order.updated"
    return _event(kind, followed, {"id": followed.order_id, "status": followed.status})


def driver_moved(followed: FollowedOrder) -> Event:
    subject = {
        "id": followed.order_id,
        "dsp_order_id": followed.order["dsp_order_id"],
        "status": followed.status,
        "delivery_status": followed.delivery_status,
    }
    return _event("driver.status_updated", followed, subject)


def _event(kind: str, followed: FollowedOrder, subject: Mapping[str, Any]) -> Event:
    envelope: Body = {"type": kind, "location_id": followed.location_id}
    if followed.reference_id:
        envelope["reference_id"] = followed.reference_id
    return Event(kind, followed.order_id, encoded({**envelope, "order": subject}))


def order_of_pos(created: Mapping[str, Any], answered: Mapping[str, Any]) -> Body:
    """Tell an order that the POS accepted: the object of its `order.created`, and the answer."""
    customers, lines = rows(created.get("customers")), rows(created.get("line_items"))
    customer = next(iter(customers), {})
    minutes = answered.get("prep_time_minutes", _PREPARATION_MINUTES)
    requested = _whole(created.get("requested_for"))
    order: Body = {
        "id": str(uuid.uuid4()),
        "pos_order_id": answered["provider_id"],
        "customer": _customer(customer.get("name", ""), customer.get("phone", "")),
        "currency": next((row["price_currency"] for row in lines if "price_currency" in row), ""),
        "status": "in_progress",
        "estimated_fulfillment_time": requested or now_ms() + _whole(minutes) * MINUTE_MS,
        "items": [_item(line) for line in lines],
    }
    same = ("source", "dsp_order_id", "dsp_order_number", "fulfillment_type", "unpaid")
    optional = ("special_instructions", "delivery_address", "driver_tip", "delivery_fee")
    order |= {key: created[key] for key in (*same, *optional) if key in created}
    return order | _money(order, _whole(created.get("subtotal")), _whole(created.get("tax")))


def order_of_another_pos(fulfillment_type: str, source: str) -> Body:
    """Tell an order that another POS took; one modifier has a modifier of its own."""
    number = uuid.uuid4().hex
    order: Body = {
        "id": str(uuid.uuid4()),
        "source": source,
        "dsp_order_id": f"elsewhere-{number}",
        "dsp_order_number": number[:5].upper(),
        "customer": _customer("Sam Rivera", "+15125550177"),
        "currency": "usd",
        "status": "in_progress",
        "fulfillment_type": fulfillment_type,
        "special_instructions": "No peanuts, please.",
        "estimated_fulfillment_time": now_ms() + _PREPARATION_MINUTES * MINUTE_MS,
        "items": _ITEMS,
        "driver_tip": 0,
        "delivery_fee": 0,
        "unpaid": False,
    }
    if fulfillment_type in DELIVERIES:
        order |= {
            "driver_tip": 300,
            "delivery_fee": 399,
            "delivery_address": _ADDRESS,
            "fulfillment_instructions": "Ring twice and leave it at the door.",
        }
    return order | _money(order, _SUBTOTAL, 231)


def _money(order: Mapping[str, Any], subtotal: int, tax: int) -> Body:
    extras = sum(_whole(order.get(key)) for key in ("delivery_fee", "driver_tip"))
    total = subtotal + tax + extras
    return {"subtotal": subtotal, "tax": tax, "total": total}


def _whole(value: Any) -> int:
    """Return an amount; 0 for whatever else a raw order may hold."""
    return value if is_whole(value) else 0


def _customer(name: Any, phone: Any) -> Body:
    return {"name": name, "phone": phone, "masked_phone_code": ""}


def _item(line: Mapping[str, Any]) -> Body:
    item = _priced(line) | {"modifiers": [_modifier(row) for row in rows(line.get("modifiers"))]}
    if line.get("special_instructions"):
        item["special_instructions"] = line["special_instructions"]
    return item


def _modifier(row: Mapping[str, Any]) -> Body:
    nested = [_modifier(inner) for inner in rows(row.get("modifiers"))]
    return _priced(row) | ({"modifiers": nested} if nested else {})


def _priced(row: Mapping[str, Any]) -> Body:
    return {
        "name": row.get("name", ""),
        "quantity": row.get("quantity", 1),
        "price": row.get("price_amount", 0),
    }


_SUBTOTAL = 2800
_ITEMS = [
    {
        "name": "Burrito",
        "quantity": 2,
        "price": 1100,
        "special_instructions": "Cut in half.",
        "modifiers": [
            {
                "name": "Chicken",
                "quantity": 1,
                "price": 150,
                "modifiers": [{"name": "Extra hot", "quantity": 1, "price": 0}],
            }
        ],
    },
    {"name": "Lemonade", "quantity": 1, "price": 300, "modifiers": []},
]
_ADDRESS = {
    "address_line_1": "1100 S Lamar Blvd",
    "address_line_2": "Apt 12",
    "city": "Austin",
    "state": "TX",
    "postal_code": "78704",
    "country": "USA",
    "lat": 30.2552,
    "long": -97.7631,
}
