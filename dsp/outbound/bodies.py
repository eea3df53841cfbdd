"""The bodies of the channel's events to Stream (contract DSP-WH).

An optional field without a value is left out.
"""

from datetime import datetime
from typing import Any

from django.conf import settings

from dsp.models import ChannelOrder, FulfillmentType, Store

_TIPPED = frozenset({FulfillmentType.PICKUP, FulfillmentType.DINE_IN})
_WITH_ADDRESS = frozenset({FulfillmentType.MERCHANT_DELIVERY, FulfillmentType.STREAM_DELIVERY})

Body = dict[str, Any]


def new_order(order: ChannelOrder, *, is_scheduled: bool = False) -> Body:
    """Return the event that hands the order over; a scheduled one is not to be prepared yet."""
    body = {
        "id": order.provider_id,
        "customer_facing_id": order.number,
        "fulfillment_type": order.fulfillment_type,
        "customers": order.customers,
        "items": order.lines,
        "subtotal": order.subtotal,
        "tax": order.tax,
        "tax_withheld": order.tax_withheld,
        "should_include_utensils": order.should_include_utensils,
        "estimated_ready_at_ms": milliseconds(order.ready_at),
        **_given(order, "special_instructions", "fulfillment_instructions", "brand"),
        **_given(order, "service_charge", *_amounts_of(order.fulfillment_type)),
        **_paid_or_not(order, is_scheduled),
    }
    if order.fulfillment_type in _WITH_ADDRESS:
        body["delivery_address"] = order.delivery_address
    return {**_head(0, order.store), "order": body}


def cancel_order(order: ChannelOrder, *, source: str, reason: str) -> Body:
    """Return the event that cancels the order; source and reason are of the contract's lists."""
    return {
        **_head(1, order.store),
        "order_id": order.provider_id,
        "cancel_source": source,
        "cancel_reason": reason,
    }


def store_paused(store: Store, since: datetime, until: datetime | None) -> Body:
    status: Body = {"status": "paused", "start_time": milliseconds(since)}
    if until is not None:
        status["end_time"] = milliseconds(until)
    return {**_head(2, store), "status_update": status}


def store_online(store: Store) -> Body:
    return {**_head(2, store), "status_update": {"status": "online"}}


def delivery_status(order: ChannelOrder, status: str, driver: Body | None) -> Body:
    """Return the event about a delivery of our own; `driver` is its driver_details."""
    body = {**_head(3, order.store), "order_id": order.provider_id, "delivery_status": status}
    return body if driver is None else {**body, "driver_details": driver}


def milliseconds(instant: datetime) -> int:
    return round(instant.timestamp() * 1000)


def _head(kind: int, store: Store) -> Body:
    return {"type": settings.DSP.event_types[kind], "location_id": store.provider_id}


def _paid_or_not(order: ChannelOrder, is_scheduled: bool) -> Body:
    """Return what depends on the payment; the examples of paid orders send an empty discount."""
    body: Body = {}
    if order.is_unpaid:
        body["unpaid"] = True
    if order.discounts or not order.is_unpaid:
        body["discounts"] = order.discounts
    if is_scheduled:
        body |= {"is_future_order": True, "status": "scheduled"}
    elif not order.is_unpaid:
        body["is_future_order"] = False
    if order.store_tip and not order.is_unpaid and order.fulfillment_type in _TIPPED:
        body["store_tip"] = order.store_tip
    return body


def _amounts_of(fulfillment_type: str) -> tuple[str, ...]:
    if fulfillment_type == FulfillmentType.MERCHANT_DELIVERY:
        return ("driver_tip", "delivery_fee", "delivery_fee_taxes")
    return ()


def _given(order: ChannelOrder, *names: str) -> Body:
    return {name: value for name in names if (value := getattr(order, name))}
