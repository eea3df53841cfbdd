"""Our drivers and their deliveries as dispatch leaves them."""

from datetime import datetime
from typing import Any

from orders.models import Driver, DriverAssignment, FollowedOrder, Order


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
