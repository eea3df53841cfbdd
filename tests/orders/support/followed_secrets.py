"""A followed order and a driver full of personal data, as processing and dispatch leave them."""

import json
from typing import Any

from catalog.models import Location
from integration.models import OutboundEvent
from integration.webhooks import outbox
from orders.lifecycle.stream_notifier import ordering_key
from orders.models import Driver, FollowedEvent, FollowedOrder, Order, OrderEvent, StreamEvent

from .drivers import delivery, driver
from .other_pos_orders import completed
from .personal_data import NOW, an_attempt

CUSTOMER = {"name": "Annabel Leigh", "phone": "+1 (512) 555-0199", "masked_phone_code": "4711"}
DETAILS: dict[str, Any] = {
    "driver_tip": 200,
    "delivery_address": {"address_line_1": "7 Rosewood Lane", "city": "Austin", "lat": 30.2},
    "special_instructions": "nut allergy",
    "fulfillment_instructions": "gate code 1234",
    "items": [
        {
            "name": "Burger", "quantity": 2, "price": 500, "special_instructions": "candle on it",
            "modifiers": [
                {
                    "name": "Cheese", "quantity": 1, "price": 50,
                    "modifiers": [{"name": "Extra", "quantity": 1, "price": 0}],
                }
            ],
        }
    ],
}  # fmt: skip
KEPT = {
    "driver_tip": 200,
    "items": [
        {
            "name": "Burger", "quantity": 2, "price": 500,
            "modifiers": [
                {
                    "name": "Cheese", "quantity": 1, "price": 50,
                    "modifiers": [{"name": "Extra", "quantity": 1, "price": 0}],
                }
            ],
        }
    ],
}  # fmt: skip


def stream_event(number: int, order: FollowedOrder | None = None, **fields: Any) -> StreamEvent:
    """Archive a processed event with the customer in its body."""
    body = json.dumps({"type": "order.confirmed", "order": {"customer": CUSTOMER, **DETAILS}})
    defaults: dict[str, Any] = {
        "content": f"{number:064}", "received_at": NOW, "event_type": "order.confirmed",
        "body": body.encode(), "outcome": "applied", "followed": order,
    }  # fmt: skip
    return StreamEvent.objects.create(**defaults | fields)


def secret_order(at: Location | None, number: int = 1, **fields: Any) -> FollowedOrder:
    """A delivered order with its event and history."""
    order = completed(
        at, NOW, customer_name=CUSTOMER["name"], customer_phone=CUSTOMER["phone"],
        customer_phone_code="4711", details=DETAILS, dsp_order_number="F-1", **fields,
    )  # fmt: skip
    stream_event(number, order)
    history(order, "Status changed", status="completed")
    history(order, "Noted", reason="his sister rang", by="Pat Owner")
    return order


def history(order: FollowedOrder, what: str, **details: Any) -> FollowedEvent:
    return FollowedEvent.objects.create(
        followed=order, actor=OrderEvent.Actor.STAFF, what=what, details=details
    )


def dashiell(merchant: Any, **fields: Any) -> Driver:
    return driver(merchant, "Dashiell", phone="+13125550142", **fields)


def assigned(by: Driver, order: FollowedOrder | Order, **fields: Any) -> OutboundEvent:
    """Assign the driver and tell Stream, which heard it."""
    delivery(by, order, NOW, **fields)
    details = {"name": by.name, "phone": {"number": by.phone, "code": by.code}}
    if isinstance(order, Order):
        Order.objects.filter(pk=order.pk).update(driver=details)
        OrderEvent.objects.create(
            order=order, actor="staff", what="Driver assigned", state=order.state,
            details={"by": "Pat Owner", "driver": by.name},
        )  # fmt: skip
    else:
        history(order, "Driver assigned", by="Pat Owner", driver=by.name)
    event = outbox.emit(
        merchant_id=by.merchant_id, location_id="loc_downtown", event_type="order.assign.driver",
        ordering_key=ordering_key(order), data={"driver": details},
    )  # fmt: skip
    OutboundEvent.objects.filter(pk=event.pk).update(state="delivered", finished_at=NOW)
    an_attempt(event, f"Hello {by.name}")
    return event
