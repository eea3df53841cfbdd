"""The content of a followed order, from the `order.confirmed` that Stream sent."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from orders.models import FollowedOrder

from .schema import ConfirmedOrder, Item, Modifier

# Databases, templates and encoders go no deeper than some hundred levels.
_DEEPEST = 20
_DETAILS = (
    "delivery_address",
    "fulfillment_instructions",
    "special_instructions",
    "driver_tip",
    "delivery_fee",
    "delivery_fee_tax",
)


def content_of(sent: ConfirmedOrder) -> dict[str, Any]:
    """Return the values of the columns that a confirmation sets."""
    customer = sent.customer
    return {
        "source": sent.source or "",
        "dsp_order_id": sent.dsp_order_id or "",
        "dsp_order_number": sent.dsp_order_number or "",
        "pos_order_id": sent.pos_order_id or "",
        "fulfillment_type": sent.fulfillment_type or "",
        "due_at": _instant(sent.estimated_fulfillment_time),
        "customer_name": (customer and customer.name) or "",
        "customer_phone": (customer and customer.phone) or "",
        "customer_phone_code": (customer and customer.masked_phone_code) or "",
        "currency": (sent.currency or "").lower(),
        "subtotal": sent.subtotal,
        "tax": sent.tax,
        "total": sent.total,
        "unpaid": bool(sent.unpaid),
        "details": _details(sent),
    }


def replace_content(order: FollowedOrder, sent: ConfirmedOrder) -> bool:
    """Set the columns; return True if any changes."""
    content = content_of(sent)
    is_changed = any(getattr(order, name) != value for name, value in content.items())
    for name, value in content.items():
        setattr(order, name, value)
    return is_changed


def _instant(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)


def _details(sent: ConfirmedOrder) -> dict[str, Any]:
    values = {name: getattr(sent, name) for name in _DETAILS}
    kept = {name: msgspec.to_builtins(value) for name, value in values.items() if value is not None}
    return {**kept, "items": _items(sent.items or [])}


def _items(items: list[Item]) -> list[dict[str, Any]]:
    """Return the items as sent; modifiers below the deepest level follow their parent on it.

    Without recursion, because modifiers may be nested more deeply than calls.
    """
    plain: list[dict[str, Any]] = []
    waiting: list[tuple[Item | Modifier, list[dict[str, Any]], int]] = []
    waiting += [(item, plain, 1) for item in reversed(items)]
    while waiting:
        entry, siblings, depth = waiting.pop()
        siblings.append(values := _own_values(entry))
        if not entry.modifiers:
            continue
        below, depth_below = siblings, depth
        if depth < _DEEPEST:
            below, depth_below = values.setdefault("modifiers", []), depth + 1
        waiting += [(modifier, below, depth_below) for modifier in reversed(entry.modifiers)]
    return plain


def _own_values(entry: Item | Modifier) -> dict[str, Any]:
    names = (name for name in entry.__struct_fields__ if name != "modifiers")
    values = {name: getattr(entry, name) for name in names}
    return {name: value for name, value in values.items() if value is not None}
