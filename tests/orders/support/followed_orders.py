"""Followed orders and our drivers' deliveries as processing and dispatch leave them."""

import uuid
from datetime import datetime
from typing import Any

from catalog.models import Location
from orders.models import Driver, DriverAssignment, FollowedOrder, Order


def followed(at: Location | None, confirmed: datetime, **fields: Any) -> FollowedOrder:
    """Create an order that another POS took; without a location, nobody knows whose it is."""
    defaults: dict[str, Any] = {
        "merchant": at.merchant if at else None, "location": at, "source": "uber",
        "stream_location_id": "stream-1", "stream_order_id": str(uuid.uuid4()),
        "dsp_order_number": "F-1", "status": "completed", "currency": "usd", "subtotal": 1000,
        "tax": 80, "total": 1250, "confirmed_at": confirmed, "ended_at": confirmed,
    }  # fmt: skip
    return FollowedOrder.objects.create(**defaults | fields)


def driver(merchant: Any, name: str = "Dashiell", **fields: Any) -> Driver:
    defaults = {"phone": f"+1312555{Driver.objects.count():04}"}
    return Driver.objects.create(merchant=merchant, name=name, **defaults | fields)


def delivery(
    by: Driver, of: Order | FollowedOrder, assigned: datetime, **fields: Any
) -> DriverAssignment:
    assert of.location_id is not None
    return DriverAssignment.objects.create(
        merchant=by.merchant,
        location_id=of.location_id,
        driver=by,
        order=of if isinstance(of, Order) else None,
        followed=of if isinstance(of, FollowedOrder) else None,
        assigned_at=assigned,
        **fields,
    )
