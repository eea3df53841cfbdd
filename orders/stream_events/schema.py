"""The schema of Stream Events (contract EV).

Enumerations are open, so they are plain strings; unknown fields are ignored here and stay in the
archived body. `null` counts as absent. Amounts are in the currency's smallest unit.
"""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from orders.protocol.schema import Address, Amount, Id, Instant, Quantity, Short, Text, known
from orders.protocol.spellings import DELIVERY_STATUSES, FULFILLMENT_TYPES, STATUSES

CONFIRMED = "order.confirmed"
# Changes of an order that was confirmed before, or will be.
CHANGES = ("order.updated", "order.canceled", "driver.status_updated")

Currency = Annotated[str, Meta(max_length=10)]


class Modifier(Struct, omit_defaults=True):
    name: Short | None = None
    quantity: Quantity | None = None
    price: Amount | None = None
    modifiers: "list[Modifier] | None" = None


class Item(Struct, omit_defaults=True):
    name: Short | None = None
    quantity: Quantity | None = None
    price: Amount | None = None
    special_instructions: Text | None = None
    modifiers: list[Modifier] | None = None


class Customer(Struct, omit_defaults=True):
    name: Short | None = None
    phone: Short | None = None
    masked_phone_code: Short | None = None


class ConfirmedOrder(Struct, omit_defaults=True):
    """The `order` of `order.confirmed`; `id` is Stream's."""

    id: Id
    source: Short | None = None
    dsp_order_id: Id | None = None
    dsp_order_number: Short | None = None
    pos_order_id: Id | None = None
    customer: Customer | None = None
    currency: Currency | None = None
    status: Short | None = None
    fulfillment_type: Short | None = None
    fulfillment_instructions: Text | None = None
    special_instructions: Text | None = None
    estimated_fulfillment_time: Instant | None = None
    delivery_address: Address | None = None
    items: list[Item] | None = None
    subtotal: Amount | None = None
    tax: Amount | None = None
    total: Amount | None = None
    driver_tip: Amount | None = None
    delivery_fee: Amount | None = None
    delivery_fee_tax: Amount | None = None
    unpaid: bool | None = None

    def __post_init__(self) -> None:
        self.status = known(self.status, STATUSES)
        self.fulfillment_type = known(self.fulfillment_type, FULFILLMENT_TYPES)


class OrderChange(Struct, omit_defaults=True):
    """The `order` of the other three types; `driver.status_updated` has the last three fields."""

    id: Id
    status: Short | None = None
    dsp_order_id: Id | None = None
    delivery_status: Short | None = None

    def __post_init__(self) -> None:
        self.status = known(self.status, STATUSES)
        self.delivery_status = known(self.delivery_status, DELIVERY_STATUSES)


class Envelope(Struct):
    """The envelope of every event; `location_id` is Stream's, `reference_id` ours."""

    type: str
    location_id: Id | None = None
    reference_id: Id | None = None
    order: msgspec.Raw = msgspec.Raw(b"null")
