"""A request to place an order, read from its body."""

from collections.abc import Iterator

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from msgspec import Struct

from dsp.payments.proof import Proof

from .body_fields import Fields
from .cart_request import MOST_GUESTS
from .refusals import Malformed

_NAME_LENGTH = 200
_ADDRESS_LENGTH = 200
_PHONE_LENGTH = 64
_EMAIL_LENGTH = 254
_TEXT_LENGTH = 1_000
_MOST_AMOUNT = 10**12
_CAPTURED, _AUTHORIZED = "captured", "authorized"


class Customer(Struct, frozen=True):
    """A guest, as they wrote it; the code is dialed after a phone number that hides theirs."""

    name: str
    phone: str
    email: str
    masked_phone_code: str


class OrderRequest(Struct, frozen=True):
    """An order by a quote: paid, paid at the window, or paid soon."""

    quote_id: str
    customers: tuple[Customer, ...]  # Who orders, then the other guests of a group.
    payment: Proof | None
    is_unpaid: bool
    is_paid_later: bool
    delivery_address: dict[str, str] | None
    special_instructions: str
    fulfillment_instructions: str
    should_include_utensils: bool
    brand: str


def read(fields: Fields) -> OrderRequest:
    """Read the request. Raises Malformed."""
    payment = fields.obj("payment")
    is_unpaid = fields.flag("unpaid", default=False)
    is_paid_later = fields.flag("pay_later", default=False)
    if payment is not None and (is_unpaid or is_paid_later):
        name = "unpaid" if is_unpaid else "pay_later"
        raise Malformed(f"{name} must not be true beside payment.")
    if is_unpaid and is_paid_later:
        raise Malformed("pay_later must not be true beside unpaid.")
    return OrderRequest(
        quote_id=fields.id("quote_id"),
        customers=tuple(_customers(fields)),
        payment=None if payment is None else read_proof(payment),
        is_unpaid=is_unpaid,
        is_paid_later=is_paid_later,
        delivery_address=_address(fields.obj("delivery_address")),
        special_instructions=fields.optional_text("special_instructions", most=_TEXT_LENGTH),
        fulfillment_instructions=fields.optional_text(
            "fulfillment_instructions", most=_TEXT_LENGTH
        ),
        should_include_utensils=fields.flag("should_include_utensils", default=True),
        brand=fields.optional_text("brand", most=100),
    )


def _customers(fields: Fields) -> Iterator[Customer]:
    first = fields.obj("customer")
    if first is None:
        raise Malformed("customer is missing.")
    yield _customer(first)
    for index, guest in enumerate(fields.objects("guests")):
        if index == MOST_GUESTS:
            raise Malformed(f"guests has more than {MOST_GUESTS}.")
        yield _customer(guest)


def _customer(fields: Fields) -> Customer:
    email = fields.optional_text("email", most=_EMAIL_LENGTH)
    try:
        if email:
            validate_email(email)
    except ValidationError as error:
        raise Malformed(f"{fields.path('email')} is not an e-mail address.") from error
    return Customer(
        name=fields.text("name", most=_NAME_LENGTH),
        phone=fields.optional_text("phone", most=_PHONE_LENGTH),
        email=email,
        masked_phone_code=fields.optional_text("masked_phone_code", most=20),
    )


def read_proof(fields: Fields) -> Proof:
    """Read the proof of a payment. Raises Malformed."""
    state = fields.optional_text("state", most=20) or _CAPTURED
    if state not in (_CAPTURED, _AUTHORIZED):
        raise Malformed(f"{fields.path('state')} must be {_CAPTURED} or {_AUTHORIZED}.")
    return Proof(
        provider=fields.text("provider", most=100),
        reference=fields.text("reference", most=255),
        amount=fields.required_whole("amount", least=0, most=_MOST_AMOUNT),
        currency=fields.text("currency", most=3),
        is_authorized_only=state == _AUTHORIZED,
    )


def _address(fields: Fields | None) -> dict[str, str] | None:
    if fields is None:
        return None
    names = ("address_line_1", "city", "state", "postal_code", "country")
    address = {name: fields.text(name, most=_ADDRESS_LENGTH) for name in names}
    second = fields.optional_text("address_line_2", most=_ADDRESS_LENGTH)
    return address | ({"address_line_2": second} if second else {})
