"""Placing of orders: numbered, saved and owed to Stream in one transaction (contract DSP-LIFE)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError

from dsp.models import ChannelOrder, ChannelOrderEvent, Store
from dsp.new_orders import numbers, rows
from integration.db import database_time
from integration.models import OutboundEvent

from . import handover, transitions

State = ChannelOrder.State
AnswerOf = Callable[[ChannelOrder, ChannelOrderEvent], str]

_AHEAD = timedelta(minutes=5)  # For the restaurant to take an order before its preparation begins.
_USUAL_PREP_MINUTES = 20


def place(order: ChannelOrder, answer_of: AnswerOf | None = None) -> ChannelOrder:
    """Number and save a new order, and owe it to Stream, in one exchange.

    An order for later is held, and one without a payment waits for it. Joins the caller's
    transaction, if there is one. `order` is unsaved and complete but for its
    number, day, state, event and `answer`, which `answer_of` makes of it and its first step. Raises
    IntegrityError if an order with the same idempotency key was placed meanwhile.
    """
    now = database_time.now()
    order.placed_at = order.state_since = now
    order.business_day = now.astimezone(ZoneInfo(order.store.timezone)).date()
    order.send_at = send_at(order)
    for draws in range(1, numbers.MOST_DRAWS + 1):
        order.number = numbers.draw(order.store_id, order.business_day)
        event = _begin(order, now)
        step = _first_step(order, now)
        if answer_of is not None:
            order.answer = answer_of(order, step)
        try:
            rows.insert(order, step, event)
            break
        except IntegrityError as error:
            taken = numbers.was_taken(error, order.store_id, order.business_day)
            if not taken or draws == numbers.MOST_DRAWS:
                raise
    return order


def send_at(order: ChannelOrder) -> datetime | None:
    """Return when an order for a later time is due at the restaurant; None: as soon as possible."""
    if order.requested_for is None:
        return None
    return order.requested_for - preparation(order.store) - _AHEAD


def preparation(store: Store) -> timedelta:
    """Return how long the restaurant takes for an order, as its menu says."""
    menu = store.live_menu
    minutes = menu.prep_time_minutes if menu is not None else None
    return timedelta(minutes=_USUAL_PREP_MINUTES if minutes is None else minutes)


def is_for_later(order: ChannelOrder, now: datetime) -> bool:
    """Return True if the order is not due at the restaurant yet."""
    return order.send_at is not None and order.send_at > now


def is_held(order: ChannelOrder, now: datetime) -> bool:
    """Return True if we keep the order until it is due."""
    return is_for_later(order, now) and settings.DSP.holds_future_orders


def _begin(order: ChannelOrder, now: datetime) -> OutboundEvent | None:
    """Set the order's state; return the event to be owed with it, if it can leave now."""
    if not order.is_unpaid and order.payment_amount is None:
        order.state = State.AWAITING_PAYMENT
    elif is_held(order, now):
        order.state = State.HELD
    else:
        order.state = State.PLACED
        return handover.first_event(order, now, is_scheduled=is_for_later(order, now))
    return None


def _first_step(order: ChannelOrder, now: datetime) -> ChannelOrderEvent:
    detail = "Ordered for later." if order.send_at is not None else "Ordered."
    texts = {"detail": detail, "staff_detail": "", "digest": ""}
    return transitions.step(order, transitions.GUEST, now, **texts)
