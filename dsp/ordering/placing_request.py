"""The placing of an order by a quote, once for each idempotency key (contract DSP-API)."""

import hashlib
from collections.abc import Collection
from datetime import datetime
from typing import Any

import orjson
from django.conf import settings
from django.db import IntegrityError
from django.db.models import BigIntegerField, CharField, DateTimeField, OuterRef, QuerySet
from django.utils import timezone

from dsp import client_role
from dsp.models import ChannelOrder, ChannelOrderEvent, FulfillmentType, Quote, Store
from dsp.orders.placing import place as place_order
from dsp.payments.proof import check_amount, note
from dsp.stores import connection
from integration import phone_numbers
from integration.db import database_time
from integration.db.compiled import CompiledQuery, Parameter
from integration.models import Merchant
from integration.oauth import authorizations

from . import order_reading, staleness
from .body_fields import Fields
from .order_items import guest_id
from .order_reading import Customer, OrderRequest
from .pricing import Priced
from .refusals import (
    KEY_REUSED,
    PAYMENT_REQUIRED,
    Malformed,
    NotFound,
    impossible,
)
from .shown_order import shown_order

_WITH_ADDRESS = (FulfillmentType.MERCHANT_DELIVERY, FulfillmentType.STREAM_DELIVERY)
_ALCOHOL = "Contains alcohol: check the guest's age."


def place(
    merchant: Merchant,
    scope: str,
    key: str,
    body: dict[str, Any],
    store_ids: Collection[int] | None = None,
    placed_from: str = "",
) -> ChannelOrder:
    """Place an order, or return the one that the key of the scope has placed already.

    `answer` of the order is what the caller gets, now and at each repeat. `store_ids` are the
    stores that the caller may use; None: all of the merchant's. Raises Malformed, NotFound,
    Impossible and AmountDiffers.
    """
    digest = _digest(body)
    earlier, quote = _look_up(merchant, scope, key, _quote_id(body))
    if earlier is not None:
        return _repeat(earlier, digest)
    request = order_reading.read(Fields(body))
    if quote is None or (store_ids is not None and quote.store_id not in store_ids):
        raise NotFound("There is no such quote.")
    order = _order(quote, request, database_time.now())
    order.scope, order.idempotency_key, order.request_digest = scope, key, digest
    order.placed_from = placed_from
    try:
        return place_order(order, _answer)
    except IntegrityError:  # The same request, at the same time, was first.
        earlier, _ = _look_up(merchant, scope, key, "")
        if earlier is None:
            raise
        return _repeat(earlier, digest)


def _digest(body: dict[str, Any]) -> str:
    """Return the checksum of the body, whatever the order of its fields. Raises Malformed."""
    try:
        return hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()
    except orjson.JSONEncodeError as error:
        raise Malformed("The body has too many levels.") from error


def _quote_id(body: dict[str, Any]) -> str:
    """Return the quote's ID, empty if it cannot be read: a repeat is recognized all the same."""
    try:
        return Fields(body).optional_id("quote_id")
    except Malformed:
        return ""


def _look_up(
    merchant: Merchant, scope: str, key: str, quote_id: str
) -> tuple[ChannelOrder | None, Quote | None]:
    """Return the order that the key has placed already, and the quote with its store."""
    quoted_by = {
        "merchant": merchant.pk,
        "provider_id": quote_id,
        "now": timezone.now(),
        "client_id": settings.STREAM_DSP_CLIENT_ID,
    }
    placed, quoted = CompiledQuery.rows_of_each(
        (_PLACED, {"merchant": merchant.pk, "scope": scope, "key": key}), (_QUOTE, quoted_by)
    )
    return next(_PLACED.load(placed), None), next(_QUOTE.load(quoted), None)


_MERCHANT = Parameter("merchant", BigIntegerField())


def _placed() -> "QuerySet[ChannelOrder]":
    return ChannelOrder.objects.filter(
        merchant_id=_MERCHANT,
        scope=Parameter("scope", CharField()),
        idempotency_key=Parameter("key", CharField()),
    ).order_by()


def _quote() -> "QuerySet[Any]":
    """Select a quote with what is needed to price it anew, and whether its merchant may sell."""
    is_authorized = authorizations.liveness(
        OuterRef("store__merchant_id"),
        Parameter("now", DateTimeField()),
        Parameter("client_id", CharField()),
        client_role.NAME,
    )
    return (
        Quote.objects.filter(
            provider_id=Parameter("provider_id", CharField()),
            store__merchant_id=_MERCHANT,
            store__archived_at=None,
        )
        .select_related("store")
        .annotate(is_authorized=is_authorized)
        .defer("lines", "amounts")
        .order_by()
    )


_PLACED, _QUOTE = CompiledQuery(_placed), CompiledQuery(_quote)


def _repeat(order: ChannelOrder, digest: str) -> ChannelOrder:
    """Return the key's order. Raises Impossible if its request was another one."""
    if order.request_digest != digest:
        raise impossible(KEY_REUSED, "This Idempotency-Key belongs to another request.")
    return order


def _answer(order: ChannelOrder, first_step: ChannelOrderEvent) -> str:
    return orjson.dumps(shown_order(order, [first_step])).decode()


def _order(quote: Quote, request: OrderRequest, now: datetime) -> ChannelOrder:
    """Return the unsaved order. Raises Malformed, Impossible and AmountDiffers."""
    customers = [_customer(quote.store, *numbered) for numbered in enumerate(request.customers)]
    address = request.delivery_address if quote.fulfillment_type in _WITH_ADDRESS else None
    if address is None and quote.fulfillment_type in _WITH_ADDRESS:
        raise Malformed("delivery_address is missing.")
    _check_payment(quote, request)
    priced = _price_again(quote, now)
    _check_guests(priced, customers)
    order = ChannelOrder(
        merchant_id=quote.store.merchant_id,
        store=quote.store,
        requested_for=quote.requested_for,
        ready_at=priced.ready_at,
        fulfillment_type=quote.fulfillment_type,
        customers=customers,
        delivery_address=address,
        lines=priced.items,
        special_instructions=_instructions(request, priced),
        fulfillment_instructions=request.fulfillment_instructions,
        should_include_utensils=request.should_include_utensils,
        brand=request.brand,
        menu_number=priced.menu_number,
        currency=priced.currency,
        total=priced.total,
        is_unpaid=request.is_unpaid,
        **priced.amounts,
    )
    if request.payment is not None:
        note(request.payment, order)
    return order


def _price_again(quote: Quote, now: datetime) -> Priced:
    is_authorized: bool = quote.is_authorized  # type: ignore[attr-defined]  # Annotated.
    is_connected = connection.is_connected(quote.store, is_authorized=is_authorized)
    return staleness.price_again(quote, now, is_connected=is_connected)


def _check_payment(quote: Quote, request: OrderRequest) -> None:
    """Refuse what is not paid in full; a drive-thru guest may pay at the window (DSP-RULES-PAY).

    An order with `pay_later` is not handed over before its payment was proven.
    """
    if request.payment is not None:
        check_amount(request.payment, quote.total, quote.currency)
    elif request.is_unpaid:
        if quote.fulfillment_type != FulfillmentType.DRIVE_THRU:
            raise impossible(PAYMENT_REQUIRED, f"{quote.fulfillment_type} must be paid.")
    elif not request.is_paid_later:
        detail = "Send payment or pay_later, or unpaid for a drive-thru order."
        raise impossible(PAYMENT_REQUIRED, detail)


def _check_guests(priced: Priced, customers: list[dict[str, str]]) -> None:
    known = {customer["id"] for customer in customers}
    for index, item in enumerate(priced.items):
        if item["customer_id"] not in known:
            raise Malformed(f"guests has nobody for line {index} of the quote.")


def _customer(store: Store, number: int, asked: Customer) -> dict[str, str]:
    """Return a guest as Stream needs them: the store's phone stands in for a missing one."""
    name = f"guests[{number - 1}]" if number else "customer"
    try:
        phone = phone_numbers.normalize(asked.phone or store.phone, country=store.country)
    except phone_numbers.InvalidPhoneNumber as error:
        if not asked.phone:
            raise Malformed(f"{name}.phone is missing, and the store has none.") from error
        raise Malformed(f"{name}.phone is no number such as +1 512 555 0100.") from error
    email = asked.email or settings.DSP.guest_email
    code = {"masked_phone_code": asked.masked_phone_code} if asked.masked_phone_code else {}
    return {"id": guest_id(number), "name": asked.name, "email": email, "phone": phone, **code}


def _instructions(request: OrderRequest, priced: Priced) -> str:
    parts = [_ALCOHOL if priced.has_alcohol else "", request.special_instructions]
    return " ".join(part for part in parts if part)
