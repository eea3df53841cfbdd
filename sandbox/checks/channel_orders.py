"""Check an order of an ordering channel against the contract (DSP-WH-NEW, DSP-RULES-SUM)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sandbox.wire.findings import Findings, is_whole, rows, shown

DELIVERED_BY_MERCHANT = "merchant_managed_delivery"
FULFILLMENT_TYPES = (
    "pickup",
    "curbside",
    "drive_thru",
    "delivery",
    DELIVERED_BY_MERCHANT,
    "dine_in",
    "stream_managed_delivery",
    "kiosk",
)
WITH_ADDRESS = (DELIVERED_BY_MERCHANT, "stream_managed_delivery")
NUMBER = re.compile(r"[A-Z0-9]{1,8}")
PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
CURRENCY = re.compile(r"[a-z]{3}")
_OPTIONAL_AMOUNTS = (
    "service_charge",
    "store_tip",
    "driver_tip",
    "delivery_fee",
    "delivery_fee_taxes",
)
_ONLY_FOR = {
    "store_tip": ("pickup", "dine_in"),
    "driver_tip": (DELIVERED_BY_MERCHANT,),
    "delivery_fee": (DELIVERED_BY_MERCHANT,),
    "delivery_fee_taxes": (DELIVERED_BY_MERCHANT,),
}
MAX_DEPTH = 50


def order_problems(found: Findings, order: Mapping[str, Any]) -> None:
    """Add every problem of the order."""
    found.text(order, "id", "the order")
    if found.text(order, "customer_facing_id", "the order"):
        number = order["customer_facing_id"]
        found.need(
            bool(NUMBER.fullmatch(number)), f"customer_facing_id {shown(number)} is not A-Z, 0-9."
        )
    _customers(found, order)
    _fulfillment(found, order)
    _items(found, order)
    _amounts(found, order)
    _times(found, order)


def _customers(found: Findings, order: Mapping[str, Any]) -> None:
    customers = order.get("customers")
    if not isinstance(customers, list) or not customers or len(rows_of(customers)) < len(customers):
        found.add("customers must be a list with at least one object.")
        return
    for number, customer in enumerate(rows_of(customers), start=1):
        where = f"customer {number}"
        for key in ("id", "name", "email"):
            found.text(customer, key, where)
        if found.text(customer, "phone", where):
            phone = customer["phone"]
            found.need(bool(PHONE.fullmatch(phone)), f"phone of {where} is not E.164.")
    ids = [customer.get("id") for customer in rows_of(customers)]
    found.need(len(set(map(str, ids))) == len(ids), "two customers have the same id.")
    found.need("customer" not in order, "customer is deprecated and not sent.")


def _fulfillment(found: Findings, order: Mapping[str, Any]) -> None:
    kind = order.get("fulfillment_type")
    found.need(kind in FULFILLMENT_TYPES, f"fulfillment_type is {shown(kind)}.")
    address = order.get("delivery_address")
    if kind in WITH_ADDRESS:
        if isinstance(address, dict):
            for key in ("address_line_1", "city", "state", "postal_code", "country"):
                found.text(address, key, "delivery_address")
        else:
            found.add(f"{kind} needs a delivery_address.")
    else:
        found.need(address is None, f"a delivery_address is not sent with {shown(kind)}.")
    unpaid = order.get("unpaid")
    found.need(unpaid is None or unpaid is True, "unpaid is left out when it is not true.")
    found.need(not unpaid or kind == "drive_thru", "only drive_thru may be unpaid.")
    found.need(not unpaid or not order.get("store_tip"), "an unpaid order has no store_tip.")
    for key, kinds in _ONLY_FOR.items():
        found.need(not order.get(key) or kind in kinds, f"{key} is not sent with {shown(kind)}.")


def _items(found: Findings, order: Mapping[str, Any]) -> None:
    items = order.get("items")
    if not isinstance(items, list) or not items or len(rows_of(items)) < len(items):
        found.add("items must be a list with at least one object.")
        return
    customers = [customer.get("id") for customer in rows(order.get("customers"))]
    for number, item in enumerate(rows_of(items), start=1):
        where = f"item {number}"
        _line(found, item, where, depth=0)
        for key in ("item_id", "category_id"):
            found.text(item, key, where, required=False)
        customer = item.get("customer_id")
        found.need(customer is None or customer in customers, f"{where} is nobody's.")
    currencies = {str(item.get("currency")).lower() for item in rows_of(items)}
    found.need(len(currencies) == 1, f"several currencies: {', '.join(sorted(currencies))}.")


def _line(found: Findings, line: Mapping[str, Any], where: str, *, depth: int) -> None:
    for key in ("id", "name"):
        found.text(line, key, where)
    if found.whole(line, "quantity", where):
        found.need(line["quantity"] >= 1, f"quantity of {where} is 0.")
    found.whole(line, "price", where)
    if found.text(line, "currency", where):
        currency = line["currency"]
        found.need(bool(CURRENCY.fullmatch(currency)), f"currency of {where} is not lower case.")
    modifiers = line.get("modifiers")
    if not isinstance(modifiers, list) or len(rows_of(modifiers)) < len(modifiers):
        found.add(f"modifiers of {where} must be a list, [] when there are none.")
        return
    if depth >= MAX_DEPTH:
        found.add(f"{where} is nested too deeply.")
        return
    for number, modifier in enumerate(rows_of(modifiers), start=1):
        inner = f"modifier {number} of {where}"
        found.text(modifier, "modifier_group_id", inner, required=False)
        _line(found, modifier, inner, depth=depth + 1)


def _amounts(found: Findings, order: Mapping[str, Any]) -> None:
    for key in ("tax", "tax_withheld"):
        found.whole(order, key, "the order")
    for key in _OPTIONAL_AMOUNTS:
        found.whole(order, key, "the order", required=False)
    if found.whole(order, "subtotal", "the order"):
        total = sum(line_total(item) for item in rows(order.get("items")))
        found.need(
            order["subtotal"] == total,
            f"the subtotal is {order['subtotal']}, but the lines are {total}.",
        )
    ids = {item.get("id") for item in rows(order.get("items"))}
    for number, discount in enumerate(rows(order.get("discounts")), start=1):
        where = f"discount {number}"
        found.text(discount, "id", where)
        if found.whole(discount, "amount", where):
            found.need(discount["amount"] > 0, f"amount of {where} is 0.")
        item_id = discount.get("item_id")
        found.need(item_id is None or item_id in ids, f"{where} is on no line of the order.")


def _times(found: Findings, order: Mapping[str, Any]) -> None:
    found.flag(order, "should_include_utensils", "the order")
    found.flag(order, "is_future_order", "the order", required=False)
    status = order.get("status")
    found.need(status in (None, "scheduled"), f"status of the order is {shown(status)}.")
    if found.whole(order, "estimated_ready_at_ms", "the order"):
        ready_at = order["estimated_ready_at_ms"]
        found.need(ready_at > 10**12, f"estimated_ready_at_ms {ready_at} is not milliseconds.")


def line_total(line: Mapping[str, Any]) -> int:
    """Return the price of a line with its modifiers, multiplied down the tree."""
    price, quantity = line.get("price"), line.get("quantity")
    if not is_whole(price) or not is_whole(quantity):
        return 0
    return quantity * (price + sum(line_total(row) for row in rows(line.get("modifiers"))))


def rows_of(values: list[Any]) -> list[Mapping[str, Any]]:
    return list(rows(values))
