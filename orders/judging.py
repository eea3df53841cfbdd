"""Every reason a good POS has to refuse an order, all at once (contract ORD-NEW).

Each rule looks at the whole order and adds its reasons, in words for a restaurant's manager.
Channel prices above ours, markup lines, unknown enumerations and extra fields are accepted.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings

from catalog.models import Location
from integration.currency import as_text

from .answers import INVALID_CART, OTHER, STORE_UNAVAILABLE, Refusal
from .cart import (
    MAXIMUM_DEPTH,
    MAXIMUM_ENTRIES,
    MAXIMUM_QUANTITY,
    Entry,
    sum_as_sent,
    total_of,
)
from .contract import Order
from .facts import Facts, Thing
from .prices import PriceList, offering

_LARGEST = 2**53


@dataclass(frozen=True)
class Case:
    """An order with everything its judge needs to know."""

    order: Order
    location: Location
    currency: str
    entries: list[Entry]
    facts: Facts
    now: datetime

    def money(self, amount: int) -> str:
        return as_text(amount, self.currency)


Rule = Callable[[Case, Refusal], None]


def judge(case: Case) -> Refusal:
    """All reasons against the order; an empty refusal accepts it."""
    refusal = Refusal()
    for rule in RULES:
        rule(case, refusal)
    return refusal


def is_absurd(order: Order, entries: list[Entry]) -> str | None:
    """Why the cart is too large, or too strange, to be looked at in detail."""
    if not entries:
        return "The order has no items: send at least one line."
    if len(entries) > MAXIMUM_ENTRIES:
        return f"The order has more than {MAXIMUM_ENTRIES} lines and modifiers: split it."
    if max(entry.depth for entry in entries) > MAXIMUM_DEPTH:
        return f"The order's modifiers are nested more than {MAXIMUM_DEPTH} deep."
    for entry in entries:
        if not 1 <= entry.sent.quantity <= MAXIMUM_QUANTITY:
            return f"The quantity of {entry.label} must be from 1 to {MAXIMUM_QUANTITY}."
    sums = (max(entry.ordered for entry in entries), sum_as_sent(entries), total_of(order))
    if max(abs(one) for one in sums) > _LARGEST:
        return "The quantities and amounts come to more than any order can: check them."
    return None


def location_takes_orders(case: Case, refusal: Refusal) -> None:
    location = case.location
    if location.is_paused(case.now):
        until = location.paused_until
        when = f"until {_clock(case, until)}" if until else "for now; resume it in the POS"
        refusal.because(STORE_UNAVAILABLE, f"{location.name} is paused {when}.")
    wanted = _wanted_at(case)
    if wanted > case.now + timedelta(days=settings.ORDER_DAYS_AHEAD):
        refusal.because(
            STORE_UNAVAILABLE,
            f"{location.name} takes orders at most {settings.ORDER_DAYS_AHEAD} days ahead.",
        )
    if not location.is_open(wanted):
        opening = location.next_opening(wanted)
        closed = f"until {_clock(case, opening)}" if opening else "all week"
        refusal.because(STORE_UNAVAILABLE, f"{location.name} is closed {closed}.")


def _wanted_at(case: Case) -> datetime:
    """The instant the order is for: now, unless it is a future order."""
    order = case.order
    if not order.is_future_order or order.requested_for is None:
        return case.now
    return max(case.now, datetime.fromtimestamp(order.requested_for / 1000, UTC))


def _clock(case: Case, at: datetime) -> str:
    """In the restaurant's own time; with the date when the name of the day could mislead."""
    is_near = at - case.now < timedelta(days=6)
    return case.location.local(at).strftime("%A %H:%M" if is_near else "%A, %d %B %H:%M")


def only_drive_thru_is_unpaid(case: Case, refusal: Refusal) -> None:
    if case.order.unpaid and case.order.fulfillment_type != "drive_thru":
        refusal.because(OTHER, "Only drive-thru orders may come unpaid: this one must be paid.")


def currency_is_ours(case: Case, refusal: Refusal) -> None:
    for entry in case.entries:
        sent = entry.sent.price_currency
        if sent and sent.lower() != case.currency:
            refusal.because(
                INVALID_CART,
                f"{entry.label} is priced in {sent[:10]}, but this restaurant sells in"
                f" {case.currency.upper()}.",
            )


def everything_is_known(case: Case, refusal: Refusal) -> None:
    for entry in case.entries:
        sent_id = entry.sent.provider_id
        if entry.parent is None:
            _check_line(entry, sent_id, refusal)
        elif entry.top.is_open:
            continue  # What hangs below a markup line is the channel's own.
        elif entry.thing is None:
            refusal.because(
                INVALID_CART,
                f"The modifier {entry.label} ({sent_id or 'no id'}) is not on the menu:"
                " publish the menu to the channel again.",
            )
        elif entry.parent.thing is not None and not offering(entry, case.facts):
            refusal.because(
                INVALID_CART,
                f"{entry.label} is not offered with {entry.parent.label}:"
                " publish the menu to the channel again.",
            )


def _check_line(entry: Entry, sent_id: str | None, refusal: Refusal) -> None:
    if entry.is_open:
        return
    if entry.thing is None:
        refusal.because(
            INVALID_CART,
            f"{entry.label} ({sent_id}) is not on the menu: publish the menu to the channel again.",
        )
    elif entry.thing.kind == "item_family" and entry.thing.has_items:
        refusal.because(INVALID_CART, f"{entry.label} comes in sizes: choose one of them.")


def everything_is_available(case: Case, refusal: Refusal) -> None:
    needed: dict[tuple[str, int], int] = {}
    things: dict[tuple[str, int], Thing] = {}
    sent_ids: dict[tuple[str, int], str] = {}
    for entry in case.entries:
        if entry.thing is not None:
            place = (entry.thing.kind, entry.thing.key)
            things[place] = entry.thing
            sent_ids.setdefault(place, entry.sent.provider_id or "")
            needed[place] = needed.get(place, 0) + entry.ordered
    for place, thing in things.items():
        left = _left(thing)
        if left is not None and left < needed[place]:
            kind = "modifier" if thing.kind == "modifier" else "item"
            refusal.out_of_stock(kind, sent_ids[place], left)


def _left(thing: Thing) -> int | None:
    """How many can be had; None means as many as wanted."""
    if not thing.is_active or (thing.family is not None and not thing.family.is_active):
        return 0
    return thing.stock_count


def prices_are_not_below_ours(case: Case, refusal: Refusal) -> None:
    tolerance = settings.ORDER_PRICE_TOLERANCE
    prices = PriceList(case.entries, case.facts)
    too_low = [
        (entry, ours)
        for entry, ours in prices.too_low
        if entry.sent.price_amount < ours - tolerance
    ]
    for entry, ours in too_low:
        refusal.because(
            INVALID_CART,
            f"{entry.label} costs {case.money(ours)} here, but the order says"
            f" {case.money(entry.sent.price_amount)}: publish the menu to the channel again.",
        )
    if too_low or case.order.subtotal < prices.sum - tolerance:
        refusal.total(ours=prices.sum, theirs=case.order.subtotal)


def lines_add_up(case: Case, refusal: Refusal) -> None:
    for entry in case.entries:
        if entry.sent.price_amount < 0:
            refusal.because(INVALID_CART, f"The price of {entry.label} is below zero.")
    own = sum_as_sent(case.entries)
    if case.order.subtotal < own - settings.ORDER_PRICE_TOLERANCE:
        refusal.because(
            INVALID_CART,
            f"The subtotal {case.money(case.order.subtotal)} is less than the order's own lines,"
            f" which come to {case.money(own)}.",
        )


RULES: tuple[Rule, ...] = (
    location_takes_orders,
    only_drive_thru_is_unpaid,
    currency_is_ours,
    everything_is_known,
    everything_is_available,
    prices_are_not_below_ours,
    lines_add_up,
)
