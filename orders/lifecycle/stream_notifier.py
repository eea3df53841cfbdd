"""Tells Stream what staff do with an order that it knows."""

from collections.abc import Mapping
from typing import Any

from catalog.locations import connection
from catalog.models import Location
from integration.webhooks import outbox
from orders.models import Order


def tell(order: Order, event_type: str, said: Mapping[str, Any]) -> None:
    """Promises the event, in the caller's transaction.

    None for an order that Stream has never heard of, or a location that is not connected.
    """
    if not order.stream_may_know_it:
        return
    # Locked, so that a disconnecting at this moment either is seen here or takes the event back.
    location = Location.objects.select_for_update(no_key=True).get(pk=order.location_id)
    if not connection.is_connected(location):
        return
    outbox.emit(
        merchant_id=order.merchant_id,
        location_id=location.provider_id,
        event_type=event_type,
        ordering_key=f"order/{order.provider_id}",
        data=said,
    )
