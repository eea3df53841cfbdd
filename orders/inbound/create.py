"""Intake of `order.created`: validate, store and respond, each order only once.

At a location with manual acceptance, a valid order is stored and waits for the decision.

The order, its lines, history, stock changes and the logged event are one transaction: once Stream
has read our 200, the order is safe.
"""

from datetime import UTC, datetime
from typing import Any

import msgspec
from django.db import IntegrityError, OperationalError, transaction

from catalog.models import Location
from integration.api.text import key
from integration.db import conflicts, database_time, statements
from integration.models import Merchant
from orders.cart.lines import Entry, entries_of, identify, total_of
from orders.lifecycle import kitchen_load, stock
from orders.lifecycle import prep_time as order_prep_time
from orders.lifecycle.history import Actor, record
from orders.lifecycle.persistence import insert_order
from orders.models import InboundEvent, Order
from orders.protocol.content import without_empty
from orders.protocol.idempotency import (
    KEY_REUSED,
    NO_IDENTITY,
    REUSED_REASON,
    fingerprint_of,
    identities_of,
    is_same_content,
)
from orders.protocol.responses import (
    INVALID_CART,
    OTHER,
    STORE_UNAVAILABLE,
    Answer,
    Refusal,
    acceptance,
    refusal,
)
from orders.protocol.schema import Order as SentOrder
from orders.protocol.spellings import FULFILLMENT_TYPES
from orders.states import State
from orders.validation.context import Case
from orders.validation.rules import absurdity, validate

from . import event_log, question
from .caller import Caller
from .question import Known, load_facts

Outcome = InboundEvent.Outcome
LONGEST_CHANNEL = 100  # Indexed, so it must be short.
_ATTEMPTS = 10


def receive(caller: Caller, sent: SentOrder, body: bytes) -> Answer:
    """Accept or refuse the order; a repeat of an accepted one gets the same response.

    Raises an APIException if the caller's token gives no access.
    """
    identities = identities_of(sent)
    if not identities:
        return _refuse(caller.merchant, body, refusal(OTHER, NO_IDENTITY))
    for _ in range(_ATTEMPTS):
        try:
            return _receive_once(caller, sent, body, identities)
        except IntegrityError:
            # A copy was committed meanwhile, so this is a repeat, or the last stock was taken, so
            # it must be validated again.
            continue
        except OperationalError as error:
            if not conflicts.is_deadlock(error):  # Over the stock of the same items.
                raise
    return _receive_once(caller, sent, body, identities)


def _receive_once(caller: Caller, sent: SentOrder, body: bytes, identities: list[str]) -> Answer:
    entries = entries_of(sent)
    # First, because a cart that is too deep cannot even be compared.
    absurd = absurdity(sent, entries)
    named = entries if absurd is None else ()
    known = question.ask(caller, sent.location_id, identities, named)
    if known is None:
        return _refuse(caller.merchant, body, no_such_location())
    if absurd is not None:
        return _refuse(caller.merchant, body, refusal(INVALID_CART, absurd))
    if known.is_repeat:
        return _repeat(caller.merchant, sent, body, known.location)
    if known.location.archived_at is not None:
        return _refuse(caller.merchant, body, no_such_location())
    return _decide(caller, known, sent, body, identities, entries)


def _decide(
    caller: Caller,
    known: Known,
    sent: SentOrder,
    body: bytes,
    identities: list[str],
    entries: list[Entry],
) -> Answer:
    merchant, location, now = caller.merchant, known.location, database_time.now()
    facts = load_facts(known, sent, entries, now)
    identify(entries, facts)
    refused = validate(Case(sent, location, merchant.currency.lower(), entries, facts, now))
    if refused:
        # A copy may have been accepted meanwhile, and have taken the last stock.
        again = question.ask(caller, sent.location_id, identities)
        if again is not None and again.is_repeat:
            return _repeat(merchant, sent, body, again.location)
        return _refuse(merchant, body, refused)
    order = _order(merchant, location, sent, identities[0])
    _promise(order, location, entries, now)
    order.stock_taken = stock.needed_by(entries)
    return _accept(order, entries, body)


def no_such_location() -> Refusal:
    return refusal(STORE_UNAVAILABLE, "This restaurant does not exist here.")


def _accept(order: Order, entries: list[Entry], body: bytes) -> Answer:
    is_pending = order.state == State.PENDING
    what = "Order received, waits for a decision" if is_pending else "Order accepted"
    outcome = Outcome.DEFERRED if is_pending else Outcome.ACCEPTED
    answer = Answer(200, order.answer.encode(), outcome)
    with statements.pipeline():
        insert_order(order, entries, what)
        event_log.record(order.merchant, body, answer, "order.created", order_id=order.pk)
        stock.take(order)
    stock.refresh_catalog_on_commit(order)
    return answer


def _refuse(merchant: Merchant, body: bytes, refused: Refusal) -> Answer:
    answer = Answer(400, refused.body(), Outcome.REFUSED)
    event_log.record(merchant, body, answer, "order.created")
    return answer


def _repeat(merchant: Merchant, sent: SentOrder, body: bytes, location: Any) -> Answer:
    if is_same_content(sent, merchant.currency.lower(), location.first_fingerprint):
        answer = Answer(200, location.first_answer.encode(), Outcome.REPEATED)
        _keep_again(merchant, body, answer, location)
        return answer
    return _refuse_reuse(merchant, body, location)


@transaction.atomic
def _refuse_reuse(merchant: Merchant, body: bytes, location: Any) -> Answer:
    """Refuse, and tell staff, as the customer may expect other dishes than the kitchen makes."""
    first = Order(pk=location.first_order_id, state=location.first_state)
    record(first, KEY_REUSED, by=Actor.STREAM)
    answer = Answer(400, refusal(INVALID_CART, REUSED_REASON).body(), Outcome.KEY_REUSED)
    _keep_again(merchant, body, answer, location)
    return answer


def _keep_again(merchant: Merchant, body: bytes, answer: Answer, location: Any) -> None:
    event_log.record(
        merchant,
        body,
        answer,
        "order.created",
        order_id=location.first_order_id,
        is_erased=location.first_erased_at is not None,
    )


def _order(merchant: Merchant, location: Location, sent: SentOrder, identity: str) -> Order:
    customer = sent.customers[0] if sent.customers else None
    return Order(
        merchant=merchant,
        location=location,
        identity=identity,
        fingerprint=fingerprint_of(sent, merchant.currency.lower()),
        source=(sent.source or "")[:LONGEST_CHANNEL],
        brand=sent.brand or "",
        dsp_order_id=key(sent.dsp_order_id) or key(sent.source_order_id) or "",
        dsp_order_number=sent.dsp_order_number or "",
        fulfillment_type=FULFILLMENT_TYPES.meant(sent.fulfillment_type or ""),
        customer_name=(customer.name if customer else None) or sent.customer_name or "",
        customer_phone=(customer.phone if customer else None) or sent.customer_phone or "",
        details=_details(sent),
        is_future_order=bool(sent.is_future_order),
        requested_for=_instant(sent.requested_for),
        placed_at=_instant(sent.placed_at),
        unpaid=bool(sent.unpaid),
        currency=merchant.currency,
        subtotal=sent.subtotal,
        tax=sent.tax or 0,
        total=total_of(sent),
    )


def _promise(order: Order, location: Location, entries: list[Entry], now: datetime) -> None:
    """Set the order's state, prep time and response."""
    is_later = kitchen_load.is_for_later(order, now)
    open_orders = 0 if is_later else kitchen_load.open_orders_at(location, now)
    is_deferred = kitchen_load.waits_for_staff(location, open_orders)
    order.state = State.PENDING if is_deferred else State.IN_PROGRESS
    order.prep_time_minutes = order_prep_time.minutes_for(
        location, entries, open_orders=open_orders
    )
    order.answer = acceptance(
        order.provider_id, order.prep_time_minutes, is_deferred=is_deferred
    ).decode()


_DETAILS = (
    "customers", "delivery_address", "discounts", "store_tip", "driver_tip", "delivery_fee",
    "delivery_fee_tax", "delivery_fee_taxes", "service_charge", "tax_withheld_by_dsp",
    "special_instructions", "fulfillment_instructions", "should_include_utensils",
)  # fmt: skip


def _details(sent: SentOrder) -> dict[str, Any]:
    details = msgspec.to_builtins({name: getattr(sent, name) for name in _DETAILS})
    plain: dict[str, Any] = without_empty(details)
    return plain


def _instant(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)
