"""Ask Stream to deliver an in-store order (contract WH, order.created)."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from integration.models import OutboundEvent, User
from orders.lifecycle import delivery_times
from orders.lifecycle.history import Actor, record
from orders.lifecycle.stream_notifier import Notice, notify, order_id_of
from orders.models import Order, OrderLine
from orders.staff_pages import labels
from orders.states import ENDS, OWN_DELIVERY, SentToStream, State

EVENT = "order.created"
DELIVERY = "delivery"
NOT_SENT = "Stream does not have the order"
_MAY_BE_SENT = (SentToStream.NO, SentToStream.FAILED)
_STATUS_TEXTS = {
    SentToStream.WAITING: gettext_lazy("On its way to Stream"),
    SentToStream.HAS_IT: gettext_lazy("Stream has it"),
}
_ADDRESS = ("street", "city", "state", "postal_code", "country")


class NotPossible(Exception):
    """The order cannot be sent to Stream now; the message says why and what to do."""


@transaction.atomic
def send(order_id: uuid.UUID, *, by: User) -> Order:
    """Queue the order for Stream, which finds a driver to deliver it.

    Resent after a failure, it has the same idempotency key, so Stream takes it once. The caller
    checks permissions. Raises NotPossible and Order.DoesNotExist.
    """
    order = Order.objects.select_for_update().get(pk=order_id)
    why_not = _why_not(order)
    if why_not:
        raise NotPossible(why_not)
    order.fulfillment_type = DELIVERY  # From now on Stream's driver delivers it, not ours.
    order.sent_to_stream = SentToStream.WAITING
    order.save(update_fields=["fulfillment_type", "sent_to_stream", "updated_at"])
    delivery_times.release(order)
    record(order, "Stream is asked to deliver it", by=by)
    if notify(order, EVENT, event_body(order)) == Notice.NOT_CONNECTED:
        text = _(
            "%(name)s is not connected to Stream: an owner can connect it on the account page."
        )
        raise NotPossible(text % {"name": order.location.name})
    return order


def is_sendable(order: Order) -> bool:
    """Return True when staff may be offered to send the order."""
    return (
        order.is_in_store
        and State(order.state) not in ENDS
        and order.fulfillment_type in (DELIVERY, OWN_DELIVERY)
        and order.sent_to_stream in _MAY_BE_SENT
    )


def _why_not(order: Order) -> str:
    if order.sent_to_stream not in _MAY_BE_SENT:
        state = _STATUS_TEXTS[SentToStream(order.sent_to_stream)]
        return _("Nothing to send: %(state)s.") % {"state": state}
    if State(order.state) in ENDS:
        return _("This order is over: %(state)s.") % {"state": labels.state(order.state)}
    if not is_sendable(order):
        return _("Only a delivery order that was entered here can be sent to Stream.")
    if order.unpaid:
        return _("Stream delivers only paid orders: take the payment and enter the order as paid.")
    return ""


def event_body(order: Order) -> Mapping[str, Any]:
    """Build the event's object, without the location's id. Unset optional fields are left out."""
    details = order.details
    address = details.get("delivery_address") or {}
    body: dict[str, Any] = {
        "idempotency_key": order.provider_id,
        "source_order_id": order.provider_id,
        "source": order.source,
        "brand": order.brand,
        "fulfillment_type": order.fulfillment_type,
        "placed_at": _milliseconds(order.created_at),
        "is_future_order": order.is_future_order,
        "should_include_utensils": bool(details.get("should_include_utensils")),
        "customers": details.get("customers") or [],
        "delivery_address": {name: address.get(name, "") for name in _ADDRESS},
        "line_items": _lines(order),
        "subtotal": order.subtotal,
        "tax": order.tax,
        "tax_withheld_by_dsp": 0,
    }
    if order.requested_for is not None:
        body["requested_for"] = _milliseconds(order.requested_for)
    if details.get("special_instructions"):
        body["special_instructions"] = details["special_instructions"]
    return body


def record_delivery(event: OutboundEvent) -> None:
    """Record on the order whether Stream has it. Called when delivery of the event ends."""
    order_id = order_id_of(event)
    if order_id is None:
        return
    orders = Order.objects.filter(merchant=event.merchant_id, pk=order_id)
    arrived = event.ending == OutboundEvent.Ending.ARRIVED
    before = [SentToStream.WAITING, SentToStream.FAILED] if arrived else [SentToStream.WAITING]
    order = orders.select_for_update().filter(sent_to_stream__in=before).first()
    if order is None:
        return
    order.sent_to_stream = SentToStream.HAS_IT if arrived else SentToStream.FAILED
    order.save(update_fields=["sent_to_stream", "updated_at"])
    if arrived:
        record(order, "Stream has the order", by=Actor.STREAM)
    else:
        record(order, NOT_SENT, by=Actor.CLOCK, details={"why": event.get_ending_display()})


def _milliseconds(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def _lines(order: Order) -> list[dict[str, Any]]:
    """Build the tree of lines in the contract's form (ORD-NEW.line_items)."""
    tops: list[dict[str, Any]] = []
    nodes: dict[uuid.UUID, dict[str, Any]] = {}
    for line in order.lines.order_by("position"):
        nodes[line.pk] = node = _line(order, line)
        if line.parent_id is None:
            tops.append(node)
        else:
            nodes[line.parent_id]["modifiers"].append(node)
    return tops


def _line(order: Order, line: OrderLine) -> dict[str, Any]:
    node: dict[str, Any] = {
        "provider_id": line.provider_id,
        "name": line.name,
        "quantity": line.quantity,
        "price_amount": line.price_amount,
        "price_currency": order.currency,
    }
    if line.group_id:
        node["modifier_group_id"] = line.group_id
    if line.special_instructions:
        node["special_instructions"] = line.special_instructions
    node["modifiers"] = []
    return node
