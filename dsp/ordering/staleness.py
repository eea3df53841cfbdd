"""A quote against the live menu at the time of the order (contract DSP-RULES-STALE)."""

from datetime import datetime

from dsp.cart.lines import NOT_NOW, RULES, SOLD_OUT, UNKNOWN, Problem
from dsp.models import Quote

from . import cart_reading, pricing
from .order_items import Item, item_total
from .pricing import Priced
from .refusals import MENU_CHANGED, QUOTE_EXPIRED, Impossible, impossible

_OF_THE_MENU = {UNKNOWN, SOLD_OUT, RULES, NOT_NOW}


def price_again(quote: Quote, now: datetime, *, is_connected: bool) -> Priced:
    """Price the quote's cart by the live menu: as quoted, or for less.

    Raises Impossible when the quote has ended, or with what is dearer or cannot be had any more.
    """
    if quote.valid_until <= now:
        raise impossible(QUOTE_EXPIRED, "The quote has ended: ask for a new one.")
    try:
        cart = cart_reading.from_json(quote.cart)
        priced = pricing.price(quote.store, cart, now, is_connected=is_connected)
    except Impossible as refusal:
        raise _by_the_change(refusal, quote) from refusal
    if priced.total > quote.total or priced.currency != quote.currency:
        raise Impossible([_difference(quote, priced), *_dearer(quote.lines, priced.items)])
    return priced


def _by_the_change(refusal: Impossible, quote: Quote) -> Impossible:
    """Name the changed menu first if the problems are those of a menu that is another one."""
    live = quote.store.live_menu
    is_other = live is not None and live.number != quote.menu_number
    if not is_other or not all(one.code in _OF_THE_MENU for one in refusal.problems):
        return refusal
    changed = Problem(MENU_CHANGED, None, "The menu has changed since the quote.")
    return Impossible([changed, *refusal.problems])


def _difference(quote: Quote, priced: Priced) -> Problem:
    before, after = f"{quote.total} {quote.currency}", f"{priced.total} {priced.currency}"
    return Problem(MENU_CHANGED, None, f"The total was {before} and is {after}: ask for a quote.")


def _dearer(before: list[Item], after: list[Item]) -> list[Problem]:
    return [
        Problem(MENU_CHANGED, index, f"{new['name']} was {item_total(old)}, is {item_total(new)}.")
        for index, (old, new) in enumerate(zip(before, after, strict=True))
        if item_total(new) > item_total(old)
    ]
