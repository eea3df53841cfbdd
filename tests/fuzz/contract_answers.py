"""The contract's rules for answers, implemented independently of our code (ORD-NEW)."""

import json
from collections.abc import Iterable
from typing import Any

_ORDER_ERRORS = {"invalid_cart", "pos_offline", "store_unavailable", "other"}
_LONGEST_REASON = 500


def problem_of_refusal(content: bytes) -> str:
    """Return the problem with a 400, or an empty string for a valid `posValidation`."""
    body = json.loads(content)
    if not isinstance(body, dict) or list(body) != ["posValidation"]:
        return "a 400 must contain exactly posValidation"
    sections = body["posValidation"]
    if not isinstance(sections, dict) or not sections:
        return "posValidation is empty"
    checks = {
        "stockValidation": _is_stock,
        "orderTotalsValidation": _is_total,
        "orderValidation": _is_reason,
    }
    for name, entries in sections.items():
        if name not in checks or not isinstance(entries, list) or not entries:
            return f"section {name} is unknown or empty"
        if not all(isinstance(entry, dict) and checks[name](entry) for entry in entries):
            return f"an entry of {name} violates the contract"
        if len({json.dumps(entry) for entry in entries}) != len(entries):
            return f"an entry of {name} is repeated"
    return ""


def _is_stock(entry: dict[str, Any]) -> bool:
    return (
        set(entry) == {"type", "provider_id", "quantity"}
        and entry["type"] in ("item", "modifier")
        and isinstance(entry["provider_id"], str)
        and type(entry["quantity"]) is int
        and entry["quantity"] >= 0
    )


def _is_total(entry: dict[str, Any]) -> bool:
    return set(entry) == {"posTotal", "streamTotal"} and all(
        type(amount) is int for amount in entry.values()
    )


def _is_reason(entry: dict[str, Any]) -> bool:
    return (
        set(entry) == {"order_error", "order_error_reason"}
        and entry["order_error"] in _ORDER_ERRORS
        and isinstance(entry["order_error_reason"], str)
        and 0 < len(entry["order_error_reason"].strip()) <= _LONGEST_REASON
    )


def problem_of_acceptance(content: bytes) -> str:
    """Return the problem with a 200 to `order.created`, or an empty string."""
    body = json.loads(content)
    order = body.get("order") if isinstance(body, dict) else None
    if not isinstance(order, dict) or list(body) != ["order"]:
        return "a 200 must contain exactly order"
    extra = set(order) - {"provider_id", "prep_time_minutes"}
    if not isinstance(order.get("provider_id"), str) or not order["provider_id"]:
        return "no provider_id"
    if type(order.get("prep_time_minutes")) is not int:
        return "no prep_time_minutes"
    if (
        extra not in (set(), {"async_acceptance"})
        or order.get("async_acceptance", True) is not True
    ):
        return f"unknown fields {extra}"
    return ""


def subtotal_of(lines: Iterable[Any]) -> int:
    """Sum quantity × (unit price + modifiers), down the tree."""
    return sum(
        _whole(line["quantity"])
        * (_whole(line["price_amount"]) + subtotal_of(line.get("modifiers") or []))
        for line in lines
    )


def total_of(order: Any) -> int:
    """Return subtotal − discounts + tax + tips + fees + service charge; `null` counts as absent."""
    names = ("subtotal", "tax", "store_tip", "driver_tip", "delivery_fee", "service_charge")
    fee_tax = order.get("delivery_fee_tax")
    if fee_tax is None:
        fee_tax = order.get("delivery_fee_taxes")
    discounts = sum(_whole(discount["amount"]) for discount in order.get("discounts") or [])
    return sum(_whole(order.get(name)) for name in names) + _whole(fee_tax) - discounts


def _whole(value: Any) -> int:
    return 0 if value is None else int(value)
