"""The schema of order events (contract ORD-NEW, ORD-UPD, ORD-CAN).

Enumerations are open, so they are plain strings; unknown fields are ignored here and stay in the
logged body. `null` counts as absent, and so does a blank identifier or enumeration.
"""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from integration.api.text import filled, is_blank

from .spellings import DELIVERY_STATUSES, STATUSES, Spellings

# Absurd whole numbers (a negative price, 20,000 pizzas) are for the rules, not malformed.
Amount = Annotated[int, Meta(ge=-(2**53), le=2**53)]
Quantity = Amount
# Milliseconds of the years 2020 to 2100: seconds and microseconds are outside (contract ORD-NEW).
Instant = Annotated[int, Meta(ge=1_577_836_800_000, le=4_133_980_799_999)]
# Bounded, because JSON numbers may become infinite here, which databases refuse.
Degrees = Annotated[float, Meta(ge=-1_000_000, le=1_000_000)]
Id = Annotated[str, Meta(max_length=255)]
Short = Annotated[str, Meta(max_length=1_000)]
Text = Annotated[str, Meta(max_length=10_000)]


def require(name: str, text: str) -> None:
    """Raise msgspec's own error for a required text that is blank."""
    if is_blank(text):
        raise ValueError(f"Object missing required field `{name}`")


def known(sent: str | None, words: Spellings) -> str | None:
    """Return the known word that was meant, another as it was sent, or None for a blank one."""
    return words.meant(sent) if filled(sent) and sent else None


class LineModifier(Struct, omit_defaults=True):
    quantity: Quantity
    price_amount: Amount
    provider_id: Id | None = None
    modifier_group_id: Id | None = None
    name: Short | None = None
    price_currency: Short | None = None
    modifiers: "list[LineModifier] | None" = None

    def __post_init__(self) -> None:
        self.provider_id = filled(self.provider_id)
        self.modifier_group_id = filled(self.modifier_group_id)
        self.name = filled(self.name)
        self.price_currency = filled(self.price_currency)


class LineItem(Struct, omit_defaults=True):
    quantity: Quantity
    price_amount: Amount
    provider_id: Id | None = None
    name: Short | None = None
    price_currency: Short | None = None
    special_instructions: Text | None = None
    customer_id: Id | None = None
    modifiers: list[LineModifier] | None = None

    def __post_init__(self) -> None:
        self.provider_id = filled(self.provider_id)
        self.customer_id = filled(self.customer_id)
        self.name = filled(self.name)
        self.price_currency = filled(self.price_currency)


class Customer(Struct, omit_defaults=True):
    id: Id | None = None
    name: Short | None = None
    phone: Short | None = None
    email: Short | None = None
    masked_phone_code: Short | None = None

    def __post_init__(self) -> None:
        self.id = filled(self.id)
        self.name = filled(self.name)
        self.phone = filled(self.phone)


class Discount(Struct, omit_defaults=True):
    amount: Amount
    id: Id | None = None
    item_id: Id | None = None

    def __post_init__(self) -> None:
        self.item_id = filled(self.item_id)


class Address(Struct, omit_defaults=True):
    address_line_1: Short | None = None
    street: Short | None = None
    address_line_2: Short | None = None
    city: Short | None = None
    state: Short | None = None
    postal_code: Short | None = None
    zip: Short | None = None
    country: Short | None = None
    lat: Degrees | None = None
    long: Degrees | None = None


class Phone(Struct):
    number: Short | None = None
    code: Short | None = None


class Vehicle(Struct):
    make: Short | None = None
    model: Short | None = None
    color: Short | None = None
    license_plate: Short | None = None
    is_autonomous: bool | None = None


class Driver(Struct):
    source: Short | None = None
    name: Short | None = None
    phone: Phone | None = None
    vehicle_info: Vehicle | None = None
    passcode: Short | None = None
    handoff_instructions: Text | None = None
    picture_url: Text | None = None


class Order(Struct):
    """The `object` of `order.created`. Amounts are in the currency's smallest unit."""

    location_id: Id
    line_items: list[LineItem]
    subtotal: Amount
    idempotency_key: Id | None = None
    source: Short | None = None
    brand: Short | None = None
    dsp_order_id: Id | None = None
    dsp_order_number: Short | None = None
    source_order_id: Id | None = None
    customer_name: Short | None = None
    customer_phone: Short | None = None
    fulfillment_type: Short | None = None
    is_future_order: bool | None = None
    requested_for: Instant | None = None
    placed_at: Instant | None = None
    customers: list[Customer] | None = None
    tax: Amount | None = None
    tax_withheld_by_dsp: Amount | None = None
    store_tip: Amount | None = None
    driver_tip: Amount | None = None
    delivery_fee: Amount | None = None
    delivery_fee_tax: Amount | None = None
    delivery_fee_taxes: Amount | None = None
    service_charge: Amount | None = None
    discounts: list[Discount] | None = None
    delivery_address: Address | None = None
    special_instructions: Text | None = None
    fulfillment_instructions: Text | None = None
    should_include_utensils: bool | None = None
    unpaid: bool | None = None

    def __post_init__(self) -> None:
        require("location_id", self.location_id)
        self.source = filled(self.source)
        self.brand = filled(self.brand)
        self.dsp_order_number = filled(self.dsp_order_number)
        self.customer_name = filled(self.customer_name)
        self.customer_phone = filled(self.customer_phone)
        self.fulfillment_type = filled(self.fulfillment_type)
        self.special_instructions = filled(self.special_instructions)
        self.fulfillment_instructions = filled(self.fulfillment_instructions)


class Update(Struct):
    """The `object` of `order.updated`."""

    order_id: Id
    location_id: Id | None = None
    status: Short | None = None
    delivery_status: Short | None = None
    driver_details: Driver | None = None

    def __post_init__(self) -> None:
        require("order_id", self.order_id)
        self.status = known(self.status, STATUSES)
        self.delivery_status = known(self.delivery_status, DELIVERY_STATUSES)


class Cancelation(Struct):
    """The `object` of `order.canceled`; `order_id` instead of `provider_id` is accepted."""

    provider_id: Id | None = None
    order_id: Id | None = None
    location_id: Id | None = None
    cancel_reason: Text | None = None
    cancel_source: Short | None = None

    def __post_init__(self) -> None:
        self.provider_id = filled(self.provider_id)
        self.order_id = filled(self.order_id)
        self.cancel_reason = filled(self.cancel_reason)
        self.cancel_source = filled(self.cancel_source)


class Envelope(Struct):
    """The envelope of every event."""

    type: str
    object: msgspec.Raw = msgspec.Raw(b"null")
