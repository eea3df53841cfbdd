"""Events to Stream about one order (contract WH), in the transaction of the change they report.

All events of an order share an ordering key, so Stream receives them in sequence.
"""

import uuid
from collections.abc import Mapping
from datetime import datetime
from enum import Enum, auto
from typing import Any

from catalog.locations import connection
from catalog.models import Location
from integration.db import database_time
from integration.models import OutboundEvent
from integration.webhooks import outbox
from orders.models import FollowedOrder, Order

_PREFIX = "order/"
_FOLLOWED_PREFIX = "followed/"


class Notice(Enum):
    """The outcome of a notification: promised, or the reason why it is not."""

    EMITTED = auto()
    TOO_LATE = auto()
    NOT_CONNECTED = auto()


def notify(
    order: Order, event_type: str, data: Mapping[str, Any], *, before: datetime | None = None
) -> Notice:
    """Emit an event about an order if its location is connected.

    An event with a deadline (`before`) expires then.
    """
    # Locked, so that a concurrent disconnect is either seen here or withdraws the event.
    location = Location.objects.select_for_update(no_key=True).get(pk=order.location_id)
    if before is not None and database_time.now() >= before:
        return Notice.TOO_LATE
    if not connection.is_connected(location):
        return Notice.NOT_CONNECTED
    outbox.emit(
        merchant_id=order.merchant_id,
        location_id=location.provider_id,
        event_type=event_type,
        ordering_key=ordering_key(order),
        data=data,
        expires_at=before,
    )
    return Notice.EMITTED


def report_change(order: Order, event_type: str, data: Mapping[str, Any]) -> None:
    """Emit an event about an order that Stream knows, at a connected location; else do nothing."""
    if order.stream_may_know_it:
        notify(order, event_type, data)


def notify_followed(followed: FollowedOrder, event_type: str, data: Mapping[str, Any]) -> None:
    """Emit an event about an order that Stream confirmed to us, with Stream's ids.

    Stream told us of it, so no location of ours has to be connected. The order has a merchant.
    """
    assert followed.merchant_id is not None
    ids = {"location_id": followed.stream_location_id, "order_id": followed.stream_order_id}
    outbox.emit(
        merchant_id=followed.merchant_id,
        location_id="",
        event_type=event_type,
        ordering_key=ordering_key(followed),
        data={**ids, **data},
    )


def ordering_key(order: Order | FollowedOrder) -> str:
    prefix = _PREFIX if isinstance(order, Order) else _FOLLOWED_PREFIX
    return f"{prefix}{order.pk}"


def order_id_of(event: OutboundEvent) -> uuid.UUID | None:
    """Return the ID of the order an event is about; None if it is about none."""
    if not event.ordering_key.startswith(_PREFIX):
        return None
    try:
        return uuid.UUID(event.ordering_key.removeprefix(_PREFIX))
    except ValueError:
        return None
