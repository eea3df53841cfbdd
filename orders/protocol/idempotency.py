"""Identity of orders: idempotency key, and content fingerprint of repeats (contract ORD-NEW)."""

import hashlib
from typing import Any

import msgspec
import orjson

from .schema import Order as SentOrder

NO_IDENTITY = "idempotency_key is missing, and so is the channel's order id: send one of them."
REUSED_REASON = (
    "An order with this key was accepted before with different content. Send a new key for a new"
    " order; to change an order, cancel it and send it again."
)
KEY_REUSED = "The key came again with other content"  # The text in the order history.


def identity_of(sent: SentOrder) -> str | None:
    """Return the SHA-256 of the values that identify the order within its location, or None.

    Contract ORD-NEW.idempotency_key.
    """
    if sent.idempotency_key:
        parts = ["key", sent.idempotency_key]
    elif sent.dsp_order_id:
        parts = ["dsp", sent.source or "", sent.dsp_order_id]
    elif sent.source_order_id:
        parts = ["source", sent.source or "", sent.source_order_id]
    else:
        return None
    return hashlib.sha256(orjson.dumps(parts)).hexdigest()


def fingerprint_of(sent: SentOrder) -> str:
    """Return the SHA-256 of the content a repeat must match: lines, amounts, fulfillment, …"""
    content = {
        name: getattr(sent, name)
        for name in (
            "location_id", "line_items", "subtotal", "tax", "tax_withheld_by_dsp", "store_tip",
            "driver_tip", "delivery_fee", "delivery_fee_tax", "delivery_fee_taxes",
            "service_charge", "discounts", "fulfillment_type", "unpaid",
        )
    }  # fmt: skip
    # Defaults are left out, so that `null`, `[]` below a leaf and an absent key are the same.
    plain = without_empty(msgspec.to_builtins(content))
    return hashlib.sha256(orjson.dumps(plain, option=orjson.OPT_SORT_KEYS)).hexdigest()


def without_empty(value: Any) -> Any:
    """Remove nulls and empty lists at every depth."""
    if isinstance(value, dict):
        return {
            key: without_empty(member) if isinstance(member, dict | list) else member
            for key, member in value.items()
            if member is not None and member != []
        }
    return [without_empty(member) for member in value] if isinstance(value, list) else value
