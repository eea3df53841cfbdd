"""Translate an order for the POS, and the POS's answers for the channel (DSP-LOOP)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.state import now_ms
from sandbox.wire.findings import is_whole, rows

from .menus.stream_ids import StreamIds
from .records import ChannelOrder

NOT_ACCEPTING = "restaurant_not_accepting_orders"
LOCATION_NOT_FOUND = "location_not_found"
POS_MISSING_ITEMS = "pos_missing_items"
ITEMS_UNAVAILABLE = "items_unavailable"
VALIDATION_ERROR = "order_validation_error"
UNKNOWN = "unknown"
FAILURE_REASONS = (
    NOT_ACCEPTING,
    LOCATION_NOT_FOUND,
    POS_MISSING_ITEMS,
    ITEMS_UNAVAILABLE,
    VALIDATION_ERROR,
    UNKNOWN,
)
MINUTE_MS = 60_000
DEFAULT_MINUTES = 30
_NAMESPACE = uuid.UUID("0d7f6a53-6a8a-4b0e-9c53-3a3f2f5c9e10")
_SAME_AMOUNTS = (
    "subtotal",
    "tax",
    "store_tip",
    "driver_tip",
    "delivery_fee",
    "delivery_fee_taxes",
    "service_charge",
)
_SAME_TEXTS = ("special_instructions", "fulfillment_instructions", "delivery_address")
Fields = dict[str, Any]


@dataclass(frozen=True)
class Failure:
    """The reason why an order cannot reach the POS."""

    reason: str
    message: str
    invalid_item_ids: tuple[str, ...] = ()

    def details(self) -> Fields:
        return {"invalid_item_ids": list(self.invalid_item_ids), "error_message": self.message}


def order_created(
    order: ChannelOrder, location_id: str, stream_ids: StreamIds
) -> tuple[Fields, tuple[str, ...]]:
    """Return the POS's event, and the ids that are no objects of the published menu."""
    source = order.order
    translator = _Lines(location_id, stream_ids)
    lines = [translator.line(item, "item") for item in rows(source.get("items"))]
    is_future = source.get("is_future_order") is True
    subject: Fields = {
        "idempotency_key": str(uuid.uuid5(_NAMESPACE, order.key)),
        "location_id": location_id,
        "source": order.partner,
        "brand": source.get("brand") or order.partner,
        "dsp_order_id": order.order_id,
        "dsp_order_number": source.get("customer_facing_id", ""),
        "fulfillment_type": source.get("fulfillment_type", ""),
        "is_future_order": is_future,
        "placed_at": order.received_at,
        "customers": list(rows(source.get("customers"))),
        "line_items": lines,
        "tax_withheld_by_dsp": source.get("tax_withheld", 0),
        "discounts": [translator.discount(row) for row in rows(source.get("discounts"))],
        "should_include_utensils": source.get("should_include_utensils", True),
        "unpaid": source.get("unpaid") is True,
    }
    if is_future:
        subject["requested_for"] = source.get("estimated_ready_at_ms")
    for name in (*_SAME_AMOUNTS, *_SAME_TEXTS):
        if source.get(name) is not None:
            subject[name] = source[name]
    return {"type": "order.created", "object": subject}, tuple(dict.fromkeys(translator.unknown))


class _Lines:
    """Lines with the POS's ids; ids that it has none for are gathered."""

    def __init__(self, location_id: str, stream_ids: StreamIds) -> None:
        self._location_id = location_id
        self._stream_ids = stream_ids
        self.unknown: list[str] = []

    def line(self, source: Mapping[str, Any], kind: str) -> Fields:
        line: Fields = {
            "provider_id": self._provider_id(source.get("id"), kind),
            "name": source.get("name", ""),
            "quantity": source.get("quantity", 1),
            "price_amount": source.get("price", 0),
            "price_currency": source.get("currency", ""),
            "modifiers": [self.line(row, "modifier") for row in rows(source.get("modifiers"))],
        }
        for name in ("special_instructions", "customer_id"):
            if source.get(name):
                line[name] = source[name]
        group_id = self._known(source.get("modifier_group_id"), "modifier_group")
        if kind == "modifier" and group_id:
            line["modifier_group_id"] = group_id
        return line

    def discount(self, source: Mapping[str, Any]) -> Fields:
        if not source.get("item_id"):
            return dict(source)
        return {**source, "item_id": self._provider_id(source["item_id"], "item")}

    def _provider_id(self, stream_id: Any, kind: str) -> str:
        known = self._known(stream_id, kind)
        if known is None:
            self.unknown.append(str(stream_id))
        return known or str(stream_id)

    def _known(self, stream_id: Any, kind: str) -> str | None:
        return self._stream_ids.provider_id(self._location_id, str(stream_id), kind)


def failure_of(validation: Any, location_id: str, stream_ids: StreamIds) -> Failure:
    """Translate a refusal; of several reasons the first of the contract's table counts."""
    found = validation if isinstance(validation, dict) else {}
    reasons = list(rows(found.get("orderValidation")))
    codes = {row.get("order_error") for row in reasons}
    message = " ".join(str(row.get("order_error_reason", "")) for row in reasons).strip()
    stock = list(rows(found.get("stockValidation")))
    if stock:
        named = (_stream_id(row, location_id, stream_ids) for row in stock)
        return Failure(ITEMS_UNAVAILABLE, message or _left(stock), tuple(named))
    if codes & {"store_unavailable", "pos_offline"}:
        return Failure(NOT_ACCEPTING, message)
    totals = list(rows(found.get("orderTotalsValidation")))
    if totals or "invalid_cart" in codes:
        return Failure(VALIDATION_ERROR, message or f"The POS's total differs: {totals}")
    return Failure(UNKNOWN, message or "The POS refused the order without a reason.")


def _stream_id(row: Mapping[str, Any], location_id: str, stream_ids: StreamIds) -> str:
    """Return Stream's id of an object that is out of stock; a family's item is `<family>_item`."""
    kind, provider_id = str(row.get("type")), str(row.get("provider_id"))
    return stream_ids.find(location_id, kind, provider_id) or provider_id


def _left(stock: list[Mapping[str, Any]]) -> str:
    return "; ".join(f"{row.get('provider_id')}: {row.get('quantity')} left" for row in stock)


def ready_at(order: ChannelOrder, prep_time_minutes: Any) -> int:
    """Return when an accepted order will be ready: a future one when it was asked for."""
    requested = order.order.get("estimated_ready_at_ms")
    if order.order.get("is_future_order") is True and is_whole(requested):
        return requested
    minutes = prep_time_minutes if is_whole(prep_time_minutes) else DEFAULT_MINUTES
    return now_ms() + minutes * MINUTE_MS
