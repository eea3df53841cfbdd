"""Places what staff entered: judged as every order is, written once, told to Stream if wanted."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from django.db import IntegrityError, OperationalError, transaction
from django.utils.translation import gettext, ngettext

from catalog.models import Location
from integration.models import User
from orders.cart.lines import Entry
from orders.lifecycle import kitchen_load, stock
from orders.lifecycle import prep_time as order_prep_time
from orders.lifecycle.persistence import write
from orders.models import Order
from orders.protocol.responses import Refusal, acceptance
from orders.states import State
from orders.validation.context import Case
from orders.validation.rules import is_absurd, judge

from . import delivery_request
from .pricing import SOURCE, Quote

_TRIES = 3
_DEADLOCK = "40P01"  # Two orders took stock in different order; one of them starts again.


@dataclass(frozen=True)
class Wish:
    """What staff said beside the dishes. `details` is as Order.details has it."""

    fulfillment_type: str
    customer_name: str
    customer_phone: str
    details: dict[str, Any]
    unpaid: bool
    requested_for: datetime | None
    is_for_stream: bool


class Refused(Exception):
    """It cannot be taken; `reasons` are sentences for the person who entered it."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


def find(location: Location, key: str) -> Order | None:
    """The order that was placed there under the key before."""
    return Order.objects.filter(location=location, identity=_identity(key)).first()


def place(location: Location, key: str, quote: Quote, wish: Wish, *, by: User) -> Order:
    """The order, placed now or before under the same key: sent twice, it is one order.

    Raises Refused. Whether the person may is the caller's question.
    """
    for _ in range(_TRIES):
        # After the quote was made: what the form's own copy took is not missing in it.
        known = find(location, key)
        if known is not None:
            return known
        try:
            return _place_once(location, key, quote, wish, by)
        except IntegrityError:
            continue  # The same form at the same instant: the other one was quicker.
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", None) != _DEADLOCK:
                raise
    return _place_once(location, key, quote, wish, by)


def _place_once(location: Location, key: str, quote: Quote, wish: Wish, by: User) -> Order:
    refused = _judged(location, quote, wish)
    if refused:
        raise Refused(reasons_of(refused, quote.entries))
    order = _order(location, key, quote, wish, by)
    try:
        with transaction.atomic():
            _write(order, quote, wish, by)
    except IntegrityError as error:
        missing = stock.missing(order, quote.entries)
        if missing and find(location, key) is None:  # Somebody else took the last ones.
            raise Refused(reasons_of(missing, quote.entries)) from error
        raise
    except delivery_request.NotPossible as not_possible:
        raise Refused([str(not_possible)]) from not_possible
    return order


def _judged(location: Location, quote: Quote, wish: Wish) -> Refusal:
    """By our own rules. That only some may be unpaid is Stream's."""
    sent = quote.order
    sent.fulfillment_type = wish.fulfillment_type
    sent.is_future_order = wish.requested_for is not None
    if wish.requested_for is not None:
        sent.requested_for = round(wish.requested_for.timestamp() * 1000)
    absurd = is_absurd(sent, quote.entries)
    if absurd is not None:
        raise Refused([absurd])
    code = quote.code.lower()
    return judge(Case(sent, location, code, quote.entries, quote.facts, quote.at, is_in_store=True))


def _order(location: Location, key: str, quote: Quote, wish: Wish, by: User) -> Order:
    included = {"tax_included": quote.tax_included} if quote.tax_included else {}
    order = Order(
        merchant=location.merchant,
        location=location,
        identity=_identity(key),
        fingerprint=_identity(key),
        state=State.IN_PROGRESS,
        source=SOURCE,
        brand=location.merchant.name,
        fulfillment_type=wish.fulfillment_type,
        customer_name=wish.customer_name,
        customer_phone=wish.customer_phone,
        details={**wish.details, **included},
        is_future_order=wish.requested_for is not None,
        requested_for=wish.requested_for,
        placed_at=quote.at,
        prep_time_minutes=location.prep_time_minutes,
        unpaid=wish.unpaid,
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


def _write(order: Order, quote: Quote, wish: Wish, by: User) -> None:
    write(order, quote.entries, "Order entered", by=by)
    stock.take(order)
    stock.tell_taken(order)
    # One after another at a location, so that no two have the same number on one day; after the
    # stock, as a cancelation locks them, or the two could wait for each other.
    location = Location.objects.select_for_update(no_key=True).get(pk=order.location_id)
    order.dsp_order_number = _number(location, quote.at)
    order.save(update_fields=["dsp_order_number", "updated_at"])
    if wish.is_for_stream:
        delivery_request.send(order.pk, by=by)


def _number(location: Location, now: datetime) -> str:
    """A short one that customer and kitchen can call, counted anew each day: S1, S2.

    The order that it is for is written already, and counts.
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


def reasons_of(refused: Refusal, entries: list[Entry]) -> list[str]:
    """A refusal's reasons as sentences in the reader's language; of two that are the same, one."""
    names = {entry.sent.provider_id: entry.label for entry in entries}
    said = [one["order_error_reason"] for one in refused.order]
    for one in refused.stock:
        said.append(_left(names.get(one["provider_id"], one["provider_id"]), one["quantity"]))
    if refused.totals and not said:
        said.append(gettext("The prices have changed meanwhile: look at the total again."))
    return list(dict.fromkeys(said))


def _left(name: str, left: int) -> str:
    if not left:
        return gettext("%(name)s is sold out or switched off.") % {"name": name}
    said = ngettext("%(name)s: only %(left)s left.", "%(name)s: only %(left)s left.", left)
    return said % {"name": name, "left": left}
