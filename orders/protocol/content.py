"""The content that a repeat of an order must have (contract ORD-NEW, Same content).

What, for when, where to and how much count; names, phones and numbers for people do not. A
currency or an enumeration counts without its case, an absent amount is 0, and the lines are a set.
"""

from typing import Any

import msgspec
import orjson

from .schema import Address, LineItem, LineModifier
from .schema import Order as SentOrder

_TWIN = "_item"  # `<family>_item` means the family.
_AMOUNTS = (
    "subtotal", "tax", "tax_withheld_by_dsp", "store_tip", "driver_tip", "delivery_fee",
    "service_charge",
)  # fmt: skip


def normalized(sent: SentOrder, currency: str) -> list[Any]:
    """Return the content in a form that is equal for orders that mean the same.

    `currency` is the merchant's: a price without one is in that.
    """
    fee_tax = sent.delivery_fee_tax
    return [
        sent.location_id,
        _as_set([_line(line, currency) for line in sent.line_items]),
        [getattr(sent, name) or 0 for name in _AMOUNTS],
        (sent.delivery_fee_taxes if fee_tax is None else fee_tax) or 0,
        _as_set([[one.amount, _id(one.item_id)] for one in sent.discounts or [] if one.amount]),
        _word(sent.fulfillment_type),
        bool(sent.is_future_order),
        sent.requested_for,
        _place(sent.delivery_address),
        _text(sent.special_instructions),
        _text(sent.fulfillment_instructions),
        bool(sent.unpaid),
    ]


def _line(line: LineItem, currency: str) -> list[Any]:
    return [*_priced(line, currency), _text(line.special_instructions), line.customer_id]


def _priced(one: LineItem | LineModifier, currency: str) -> list[Any]:
    """Return what lines and modifiers share. A line without an ID is told apart by its price."""
    below = [
        [*_priced(modifier, currency), modifier.modifier_group_id]
        for modifier in one.modifiers or ()
    ]
    return [
        _id(one.provider_id),
        one.quantity,
        one.price_amount,
        _word(one.price_currency) or currency,
        _as_set(below) if below else below,
    ]


def _as_set(members: list[list[Any]]) -> list[list[Any]]:
    # By their bytes: None and numbers have no order between them.
    return sorted(members, key=orjson.dumps) if len(members) > 1 else members


def _id(provider_id: str | None) -> str | None:
    return provider_id.removesuffix(_TWIN) if provider_id else None


def _word(text: str | None) -> str:
    return text.strip().casefold() if text else ""


def _text(text: str | None) -> str:
    return " ".join(text.split()) if text else ""


def _place(address: Address | None) -> list[Any]:
    """Return where the order goes: the address in words, or without any, the coordinates."""
    if address is None:
        return []
    words = [
        _text(word).casefold()
        for word in (
            address.address_line_1 or address.street,
            address.address_line_2,
            address.city,
            address.state,
            address.postal_code or address.zip,
            address.country,
        )
    ]
    if any(words):
        return words
    return [one for one in (address.lat, address.long) if one is not None]


_AS_SENT = (
    "location_id", "line_items", "subtotal", "tax", "tax_withheld_by_dsp", "store_tip",
    "driver_tip", "delivery_fee", "delivery_fee_tax", "delivery_fee_taxes",
    "service_charge", "discounts", "fulfillment_type", "unpaid",
)  # fmt: skip


def as_sent(sent: SentOrder) -> Any:
    """Return the content as it was compared before it was normalized, for orders from then."""
    content = {name: getattr(sent, name) for name in _AS_SENT}
    # Defaults are left out, so that `null`, `[]` below a leaf and an absent key are the same.
    return without_empty(msgspec.to_builtins(content))


def without_empty(value: Any) -> Any:
    """Remove nulls and empty lists at every depth."""
    if isinstance(value, dict):
        return {
            key: without_empty(member) if isinstance(member, dict | list) else member
            for key, member in value.items()
            if member is not None and member != []
        }
    return [without_empty(member) for member in value] if isinstance(value, list) else value
