"""Placing of orders: numbered, saved and owed to Stream in one transaction (contract DSP-LIFE)."""

import secrets
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, transaction

from dsp.models import ChannelOrder, Store
from integration.db import database_time

from . import handover, transitions

State = ChannelOrder.State

_AHEAD = timedelta(minutes=5)  # For the restaurant to take an order before its preparation begins.
_USUAL_PREP_MINUTES = 20
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"  # Neither I nor O, which are read as digits.
_DIGITS = (2, 2, 3, 4, 6)  # Numbers are short while the store's day is young.
_DRAWS = 5


def place(order: ChannelOrder) -> ChannelOrder:
    """Number and save a new order, and owe it to Stream or hold it; in the caller's transaction.

    `order` is unsaved and complete but for its number, day, state and event. Raises IntegrityError
    if an order with the same idempotency key was placed meanwhile.
    """
    now = database_time.now()
    order.placed_at = order.state_since = now
    order.business_day = now.astimezone(ZoneInfo(order.store.timezone)).date()
    order.send_at = send_at(order)
    for draw in range(1, _DRAWS + 1):
        order.number = _free_number(order.store, order.business_day)
        try:
            with transaction.atomic():
                _owe_or_hold(order, now)
                order.save(force_insert=True)
            break
        except IntegrityError as error:
            if draw == _DRAWS or "number" not in str(error):
                raise
            order.pk = None  # Another order took the number between the look-up and the insert.
    transitions.note(order, transitions.GUEST, now, detail=_what_follows(order))
    return order


def send_at(order: ChannelOrder) -> datetime | None:
    """Return when an order for a later time is due at the restaurant; None: as soon as possible."""
    if order.requested_for is None:
        return None
    menu = order.store.live_menu
    minutes = menu.prep_time_minutes if menu is not None else None
    prep = timedelta(minutes=_USUAL_PREP_MINUTES if minutes is None else minutes)
    return order.requested_for - prep - _AHEAD


def _owe_or_hold(order: ChannelOrder, now: datetime) -> None:
    is_for_later = order.send_at is not None and order.send_at > now
    if is_for_later and settings.DSP.holds_future_orders:
        order.state = State.HELD
        return
    order.state = State.PLACED
    handover.owe_order(order, now, is_scheduled=is_for_later)


def _what_follows(order: ChannelOrder) -> str:
    return "Ordered for later." if order.send_at is not None else "Ordered."


def _free_number(store: Store, day: date) -> str:
    """Draw a number that no order of the store has that day, such as A17."""
    drawn = [_draw(digits) for digits in _DIGITS]
    taken = set(
        ChannelOrder.objects.filter(store=store, business_day=day, number__in=drawn).values_list(
            "number", flat=True
        )
    )
    return next((number for number in drawn if number not in taken), drawn[-1])


def _draw(digits: int) -> str:
    lowest = 10 ** (digits - 1)
    return f"{secrets.choice(_LETTERS)}{lowest + secrets.randbelow(9 * lowest)}"
