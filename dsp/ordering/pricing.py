"""The price of a cart by the live menu of a store, or every reason against it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from dsp.cart.amounts import Amounts, Discount, amounts, half_up
from dsp.cart.check import check_cart
from dsp.cart.lines import NOT_NOW, RULES, PricedLine, Problem
from dsp.live import overlay, state
from dsp.live.compiled import LiveMenu
from dsp.live.state import StoreState
from dsp.models import FulfillmentType, Store

from . import order_items
from .cart_request import CartRequest, RequestedDiscount
from .refusals import AMOUNT_DIFFERS, FULFILLMENT_TYPE, Impossible

_DAYS_AHEAD = timedelta(days=7)
_MOST_AMOUNT = 10**12
_MOST_MODIFIERS = 4_000
_STORE_TIP = (FulfillmentType.PICKUP, FulfillmentType.DINE_IN)
_BY_THE_MERCHANT = FulfillmentType.MERCHANT_DELIVERY


class Priced(Struct, frozen=True):
    """A cart that can be ordered; `amounts` are columns of ChannelOrder."""

    menu_number: int
    currency: str
    ready_at: datetime
    items: list[order_items.Item]
    amounts: Mapping[str, Any]
    total: int
    has_alcohol: bool


def price(
    store: Store, request: CartRequest, now: datetime, *, is_connected: bool | None = None
) -> Priced:
    """Price the cart by the store's live menu. Raises Impossible with every problem.

    `is_connected` spares the question to the database where a caller has asked it.
    """
    standing = state.state_of(store, now, is_connected=is_connected)
    live = standing.live
    problems = [*_of_store(standing, request), *_of_request(store, request, now)]
    if live is None:
        raise Impossible(problems)
    lines, wrong = _check(store, live, standing, request, now)
    problems += wrong
    if problems:
        raise Impossible(problems)
    return _sum_up(store, live, request, lines, now)


def _of_store(standing: StoreState, request: CartRequest) -> list[Problem]:
    """Return the reason why the store is closed; its hours do not count for a later order."""
    reason = standing.closed_reason
    if reason is None or (reason == state.STORE_CLOSED and request.requested_for):
        return []
    detail = _CLOSED[reason]
    if standing.opens_at is not None:
        detail += f" It opens at {standing.opens_at.isoformat(timespec='minutes')}."
    return [Problem(reason, None, detail)]


_CLOSED = {
    state.NOT_CONNECTED: "The store is not connected.",
    state.NO_MENU: "The store has no menu.",
    state.STORE_PAUSED: "The store takes no orders at the moment.",
    state.STORE_CLOSED: "The store is closed.",
}


def _of_request(store: Store, request: CartRequest, now: datetime) -> list[Problem]:
    problems = []
    kind = request.fulfillment_type
    if kind not in store.fulfillment_types:
        problems.append(Problem(FULFILLMENT_TYPE, None, f"The store does not offer {kind[:50]}."))
    if request.tip and kind not in (*_STORE_TIP, _BY_THE_MERCHANT):
        problems.append(Problem(FULFILLMENT_TYPE, None, f"{kind[:50]} takes no tip."))
    wanted = request.requested_for
    if wanted is not None and not now <= wanted <= now + _DAYS_AHEAD:
        detail = "requested_for is past." if wanted < now else "requested_for is over 7 days ahead."
        problems.append(Problem(NOT_NOW, None, detail))
    return problems


def _check(
    store: Store, live: LiveMenu, standing: StoreState, request: CartRequest, now: datetime
) -> tuple[list[PricedLine], list[Problem]]:
    """Check the lines. Those of a closed store are checked for its opening, as far as known."""
    is_closed = standing.closed_reason is not None
    at = request.requested_for or (standing.opens_at if is_closed else None) or now
    updates = overlay.updates_of(store, live.arrival)
    local = at.astimezone(ZoneInfo(store.timezone))
    lines, problems = check_cart(request.lines, live.places, updates, local)
    if is_closed and not request.requested_for:
        problems = [one for one in problems if one.code != NOT_NOW]
    if not problems and order_items.has_more_entries(lines, _MOST_MODIFIERS):
        problems.append(Problem(RULES, None, "The order has too many choices."))
    return lines, problems


def _sum_up(
    store: Store, live: LiveMenu, request: CartRequest, lines: list[PricedLine], now: datetime
) -> Priced:
    wrong = _of_discounts(request.discounts, lines)
    if wrong:
        raise Impossible(wrong)
    taxes = {tax.stream_id: tax for tax in live.menu.taxes}
    discounts = [Discount(one.amount, one.line) for one in request.discounts]
    sums = amounts(lines, taxes, discounts)
    extras = _extras(store, request)
    total = sums.total + sum(extras.values())
    if total > _MOST_AMOUNT or sums.subtotal > _MOST_AMOUNT:
        raise Impossible([Problem(RULES, None, "The order is too large.")])
    ready_at = now + timedelta(minutes=live.menu.prep_time_minutes)
    return Priced(
        menu_number=live.number,
        currency=live.menu.currency,
        ready_at=max(ready_at, request.requested_for or ready_at),
        items=order_items.items(lines, request.lines, live.menu.currency),
        amounts=_columns(sums, extras, request) | _taxes(store, sums),
        total=total,
        has_alcohol=any(line.family.is_alcohol for line in lines),
    )


def _of_discounts(
    discounts: Sequence[RequestedDiscount], lines: Sequence[PricedLine]
) -> list[Problem]:
    """Return a problem for each discount above what it is off, or that Stream would misplace."""
    problems = []
    left = [line.total for line in lines]
    first = {line.variation.stream_id: index for index, line in reversed([*enumerate(lines)])}
    for discount in sorted(discounts, key=lambda one: one.line is None):
        if discount.line is None:
            base, left = sum(left), [sum(left) - discount.amount]
        else:
            base = left[discount.line]
            left[discount.line] -= discount.amount
            if first[lines[discount.line].variation.stream_id] != discount.line:
                detail = "Only the first of several lines with the same id takes a discount."
                problems.append(Problem(AMOUNT_DIFFERS, discount.line, detail))
        if discount.amount > base:
            detail = f"The discount {discount.id[:50]} is more than {max(base, 0)}."
            problems.append(Problem(AMOUNT_DIFFERS, discount.line, detail))
    return problems


def _extras(store: Store, request: CartRequest) -> dict[str, int]:
    """Return what comes on top of the lines and their taxes."""
    kind = request.fulfillment_type
    is_delivery = kind == _BY_THE_MERCHANT
    fee = store.delivery_fee if is_delivery else 0
    return {
        "service_charge": store.service_charge,
        "store_tip": request.tip if kind in _STORE_TIP else 0,
        "driver_tip": request.tip if is_delivery else 0,
        "delivery_fee": fee,
        "delivery_fee_taxes": half_up(fee * Fraction(store.delivery_fee_tax_rate) / 100),
    }


def _taxes(store: Store, sums: Amounts) -> dict[str, Any]:
    """Return the tax that the restaurant remits, or that we do as a marketplace; never in both."""
    taxes = [{"id": tax.id, "name": tax.name, "amount": tax.amount} for tax in sums.taxes]
    remitted, withheld = (0, sums.tax) if store.withholds_tax else (sums.tax, 0)
    return {"tax": remitted, "tax_withheld": withheld, "taxes": taxes}


def _columns(sums: Amounts, extras: dict[str, int], request: CartRequest) -> dict[str, Any]:
    discounts: list[dict[str, Any]] = []
    for one in request.discounts:
        on_line = {} if one.line is None else {"item_id": request.lines[one.line].id}
        discounts.append({"id": one.id, "amount": one.amount, **on_line})
    return {"subtotal": sums.subtotal, "discounts": discounts, **extras}
