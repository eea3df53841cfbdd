"""Sentences for guests, in their language: closings, problems, money and times."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from dsp.cart.lines import NOT_NOW, RULES, SOLD_OUT, UNKNOWN, Problem
from dsp.live import state
from dsp.live.state import StoreState
from dsp.menus.schema import Rules
from dsp.ordering.refusals import FULFILLMENT_TYPE, MENU_CHANGED, QUOTE_EXPIRED
from integration import currency

# Problems of a store, which the notice about it says on every page.
OF_THE_STORE = {
    state.NOT_CONNECTED,
    state.NO_MENU,
    state.STORE_PAUSED,
    state.STORE_CLOSED,
    FULFILLMENT_TYPE,
}


def money(amount: int, code: str) -> str:
    """Return an amount as `$12.50`, or `12.50 EUR`."""
    if code.lower() == "usd":
        return f"${currency.as_decimal(amount, code):,f}"
    return currency.as_text(amount, code)


def instant(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """Return a time of the store's day, with its date unless that is today."""
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    clock = date_format(local, "H:i" if get_language() == "es" else "g:i A")
    if local.date() == today:
        return clock
    if local.date() - today < timedelta(days=7):
        return _("%(day)s, %(time)s") % {"day": date_format(local, "l"), "time": clock}
    return _("%(day)s, %(time)s") % {"day": date_format(local, "j F"), "time": clock}


def not_offered() -> str:
    return _("Online ordering is not available here.")


def too_many() -> str:
    return _("Too many orders within the hour. Please call the restaurant, or try again later.")


def closed(standing: StoreState, now: datetime, zone: ZoneInfo) -> str:
    """Return why a store takes no orders, and until when if that is known."""
    reason, opens = standing.closed_reason, standing.opens_at
    when = instant(opens, now, zone) if opens is not None else ""
    if reason is None:
        return ""
    if reason == state.STORE_PAUSED:
        if when:
            return _("No orders at the moment: ordering is paused until %(when)s.") % {"when": when}
        return _("No orders at the moment: ordering is paused. Please try again later.")
    if reason == state.STORE_CLOSED:
        if when:
            return _("Closed now. Ordering opens %(when)s.") % {"when": when}
        return _("Closed.")
    return _("Online ordering is not available at the moment.")


def problem(one: Problem) -> str:
    """Return what is wrong with a line or a cart; the services' own detail is in English."""
    if one.code in (SOLD_OUT, RULES) and get_language() == "en":
        return one.detail
    return sentence(one.code)


def sentence(code: str) -> str:
    """Return what a code of the API means for a guest."""
    sentences = {
        UNKNOWN: _("This is no longer on the menu. Remove it to go on."),
        SOLD_OUT: _("Sold out. Change it or remove it to go on."),
        RULES: _("These choices do not go together. Change them to go on."),
        NOT_NOW: _("What you chose is not served at this time."),
        QUOTE_EXPIRED: _("Please check the total, then place the order again."),
        MENU_CHANGED: _("The menu has changed. Please check your order, then go on."),
    }
    return sentences.get(code) or _("This order cannot be placed at the moment.")


def rules(group: Rules) -> str:
    """Return a group's rules, such as `Choose 1` or `Up to 3, the first 2 are free`."""
    least, most = group.minimum, group.maximum
    rule = _rule(least, most) % {"least": least, "most": most}
    if not group.free:
        return rule
    free = ngettext("the first one is free", "the first %(count)s are free", group.free)
    return f"{rule}, {free % {'count': group.free}}"


def _rule(least: int, most: int | None) -> str:
    if least and most == least:
        return _("Choose %(least)s")
    if least and most:
        return _("Choose %(least)s to %(most)s")
    if least:
        return _("Choose at least %(least)s")
    return _("Choose up to %(most)s") if most else _("Choose as you like")
