"""Place an in-store order: validate it like any other, write it once, and send it if asked."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from django.db import IntegrityError, OperationalError, transaction
from django.utils.translation import gettext, ngettext

from catalog.models import Location
from integration.db import conflicts
from integration.models import User
from orders.cart.lines import Entry
from orders.lifecycle import kitchen_load, stock
from orders.lifecycle import prep_time as order_prep_time
from orders.lifecycle.persistence import insert_order
from orders.models import Order
from orders.protocol.responses import Refusal, acceptance
from orders.states import State
from orders.validation.context import Case
from orders.validation.rules import absurdity, validate

from . import delivery_request
from .pricing import SOURCE, Quote

_ATTEMPTS = 3


@dataclass(frozen=True)
class CheckoutDetails:
    """The order's details besides its lines. `details` has the shape of Order.details."""

    fulfillment_type: str
    customer_name: str
    customer_phone: str
    details: dict[str, Any]
    unpaid: bool
    requested_for: datetime | None
    is_for_stream: bool


class Refused(Exception):
    """The order cannot be accepted; `reasons` are sentences for the person who entered it."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


def find_order(location: Location, key: str) -> Order | None:
    """Find the order already placed at the location under this key."""
    return Order.objects.filter(location=location, identity=_identity(key)).first()


def place(
    location: Location, key: str, quote: Quote, details: CheckoutDetails, *, by: User
) -> Order:
    """Place the order, or return the one already placed under the key.

    The caller checks permissions. Raises Refused.
    """
    for _ in range(_ATTEMPTS):
        # Looked up first: stock taken by an earlier submission of this form is not missing.
        placed = find_order(location, key)
        if placed is not None:
            return placed
        try:
            return _place_once(location, key, quote, details, by)
        except IntegrityError:
            continue  # A concurrent submission of the same form was faster.
        except OperationalError as error:
            if not conflicts.is_deadlock(error):  # Over the stock of the same items.
                raise
    return _place_once(location, key, quote, details, by)


def _place_once(
    location: Location, key: str, quote: Quote, details: CheckoutDetails, by: User
) -> Order:
    refusal = _refusal(location, quote, details)
    if refusal:
        raise Refused(refusal_texts(refusal, quote.entries))
    order = _order(location, key, quote, details, by)
    try:
        with transaction.atomic():
            _write(order, quote, details, by)
    except IntegrityError as error:
        missing = stock.out_of_stock(order, quote.entries)
        if missing and find_order(location, key) is None:  # Another order took the last ones.
            raise Refused(refusal_texts(missing, quote.entries)) from error
        raise
    except delivery_request.NotPossible as not_possible:
        raise Refused([str(not_possible)]) from not_possible
    return order


def _refusal(location: Location, quote: Quote, details: CheckoutDetails) -> Refusal:
    """Validate the order by our own rules, without Stream's rule on unpaid orders."""
    sent = quote.order
    sent.fulfillment_type = details.fulfillment_type
    sent.is_future_order = details.requested_for is not None
    if details.requested_for is not None:
        sent.requested_for = round(details.requested_for.timestamp() * 1000)
    problem = absurdity(sent, quote.entries)
    if problem is not None:
        raise Refused([problem])
    code = quote.code.lower()
    return validate(
        Case(sent, location, code, quote.entries, quote.facts, quote.at, is_in_store=True)
    )


def _order(location: Location, key: str, quote: Quote, details: CheckoutDetails, by: User) -> Order:
    included = {"tax_included": quote.tax_included} if quote.tax_included else {}
    order = Order(
        merchant=location.merchant,
        location=location,
        identity=_identity(key),
        fingerprint=_identity(key),
        state=State.IN_PROGRESS,
        source=SOURCE,
        brand=location.merchant.name,
        fulfillment_type=details.fulfillment_type,
        customer_name=details.customer_name,
        customer_phone=details.customer_phone,
        details={**details.details, **included},
        is_future_order=details.requested_for is not None,
        requested_for=details.requested_for,
        placed_at=quote.at,
        prep_time_minutes=location.prep_time_minutes,
        unpaid=details.unpaid,
        currency=quote.code,
        subtotal=quote.order.subtotal,
        tax=quote.tax,
        total=quote.total,
        is_in_store=True,
        entered_by=by,
        stock_taken=stock.needed_by(quote.entries),
    )
    order.prep_time_minutes = _minutes_for(order, location, quote)
    order.answer = acceptance(order.provider_id, order.prep_time_minutes).decode()
    return order


def _minutes_for(order: Order, location: Location, quote: Quote) -> int:
    is_for_later = kitchen_load.is_for_later(order, quote.at)
    open_orders = 0 if is_for_later else kitchen_load.open_orders_at(location, quote.at)
    return order_prep_time.minutes_for(location, quote.entries, open_orders=open_orders)


def _write(order: Order, quote: Quote, details: CheckoutDetails, by: User) -> None:
    insert_order(order, quote.entries, "Order entered", by=by)
    stock.take(order)
    stock.refresh_catalog_on_commit(order)
    # Locked so that no two orders of a location get the same number on one day. Locked after the
    # stock, in the same sequence as a cancelation, to avoid deadlocks.
    location = Location.objects.select_for_update(no_key=True).get(pk=order.location_id)
    order.dsp_order_number = _number(location, quote.at)
    order.save(update_fields=["dsp_order_number", "updated_at"])
    if details.is_for_stream:
        delivery_request.send(order.pk, by=by)


def _number(location: Location, now: datetime) -> str:
    """Return the order's short number for calling it out, restarting each day: S1, S2.

    The order itself is already written and is counted.
    """
    midnight = location.local(now).replace(hour=0, minute=0, second=0, microsecond=0)
    today = Order.objects.filter(
        merchant=location.merchant_id,
        location=location,
        is_in_store=True,
        created_at__gte=midnight,
    )
    return f"S{today.count()}"


def _identity(key: str) -> str:
    return hashlib.sha256(orjson.dumps([SOURCE, key])).hexdigest()


def refusal_texts(refusal: Refusal, entries: list[Entry]) -> list[str]:
    """Return a refusal's reasons as sentences in the person's language, without duplicates."""
    names = {entry.sent.provider_id: entry.label for entry in entries}
    texts = [entry["order_error_reason"] for entry in refusal.order]
    for missing in refusal.stock:
        texts.append(
            _stock_text(
                names.get(missing["provider_id"], missing["provider_id"]), missing["quantity"]
            )
        )
    if refusal.totals and not texts:
        texts.append(gettext("The prices have changed: check the total again."))
    return list(dict.fromkeys(texts))


def _stock_text(name: str, left: int) -> str:
    if not left:
        return gettext("%(name)s is sold out or switched off.") % {"name": name}
    text = ngettext("%(name)s: only %(left)s left.", "%(name)s: only %(left)s left.", left)
    return text % {"name": name, "left": left}
