"""A request to place an order, read from its body."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from msgspec import Struct

from .body_fields import Fields
from .refusals import Malformed

_NAME_LENGTH = 200
_ADDRESS_LENGTH = 200
_PHONE_LENGTH = 64
_EMAIL_LENGTH = 254
_TEXT_LENGTH = 1_000
_MOST_AMOUNT = 10**12


class Customer(Struct, frozen=True):
    """The guest, as they wrote it."""

    name: str
    phone: str
    email: str


class Payment(Struct, frozen=True):
    """The proof of a payment, by the one who took it."""

    provider: str
    reference: str
    amount: int
    currency: str


class OrderRequest(Struct, frozen=True):
    """An order by a quote; without `payment` the guest pays at the window."""

    quote_id: str
    customer: Customer
    payment: Payment | None
    is_unpaid: bool
    delivery_address: dict[str, str] | None
    special_instructions: str
    fulfillment_instructions: str
    should_include_utensils: bool


def read(fields: Fields) -> OrderRequest:
    """Read the request. Raises Malformed."""
    payment = _payment(fields.obj("payment"))
    is_unpaid = fields.flag("unpaid", default=False)
    if payment is not None and is_unpaid:
        raise Malformed("unpaid must not be true beside payment.")
    return OrderRequest(
        quote_id=fields.id("quote_id"),
        customer=_customer(fields.obj("customer")),
        payment=payment,
        is_unpaid=is_unpaid,
        delivery_address=_address(fields.obj("delivery_address")),
        special_instructions=fields.optional_text("special_instructions", most=_TEXT_LENGTH),
        fulfillment_instructions=fields.optional_text(
            "fulfillment_instructions", most=_TEXT_LENGTH
        ),
        should_include_utensils=fields.flag("should_include_utensils", default=True),
    )


def _customer(fields: Fields | None) -> Customer:
    if fields is None:
        raise Malformed("customer is missing.")
    email = fields.optional_text("email", most=_EMAIL_LENGTH)
    try:
        if email:
            validate_email(email)
    except ValidationError as error:
        raise Malformed("customer.email is not an e-mail address.") from error
    return Customer(
        name=fields.text("name", most=_NAME_LENGTH),
        phone=fields.optional_text("phone", most=_PHONE_LENGTH),
        email=email,
    )


def _payment(fields: Fields | None) -> Payment | None:
    if fields is None:
        return None
    return Payment(
        provider=fields.text("provider", most=100),
        reference=fields.text("reference", most=255),
        amount=fields.required_whole("amount", least=0, most=_MOST_AMOUNT),
        currency=fields.text("currency", most=3),
    )


def _address(fields: Fields | None) -> dict[str, str] | None:
    if fields is None:
        return None
    names = ("address_line_1", "city", "state", "postal_code", "country")
    address = {name: fields.text(name, most=_ADDRESS_LENGTH) for name in names}
    second = fields.optional_text("address_line_2", most=_ADDRESS_LENGTH)
    return address | ({"address_line_2": second} if second else {})
