"""Moves of open orders that time brings (contract DSP-LIFE, DSP-RULES-TIME)."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import Error, transaction
from django.db.models import F, Q

from dsp.alarm_pages import alarm_place
from dsp.models import ChannelOrder, Store
from dsp.stores import connection, own_pause, turned_away
from integration.clocks import heartbeat
from integration.db import database_time, outages
from integration.models import Alarm
from integration.monitoring import alarms

from . import handover, refunds, settling, transitions
from .transitions import CLOCK

log = logging.getLogger(__name__)

State = ChannelOrder.State

PAYMENT_WAITS = timedelta(minutes=15)
_DONE_AFTER = timedelta(hours=6)
_PUNCTUAL = timedelta(minutes=1)
_MOST_AT_ONCE = 500
_ON_THEIR_WAY = (State.READY, State.OUT_FOR_DELIVERY)


def run() -> int:
    """Move on the open orders whose time has come; return how many.

    Runs every second, perhaps concurrently with itself. An order's own times count, not the last
    run, so none is lost while no worker runs.
    """
    now = database_time.now()
    due = ChannelOrder.objects.filter(_is_due(now), ended_at=None).order_by("state_since")
    moved = 0
    for order_id in list(due.values_list("pk", flat=True)[:_MOST_AT_ONCE]):
        heartbeat.step()
        moved += _move_on(order_id, now)
    return moved


def _is_due(now: datetime) -> Q:
    """Select the orders whose time has come, by the index of open orders."""
    unheard = now - timedelta(seconds=settings.DSP.confirm_seconds)
    given_up = now - timedelta(seconds=settings.DSP.give_up_seconds)
    done = now - _DONE_AFTER
    return (
        Q(state=State.HELD, send_at__lte=now) & _may_send_to_store(now)
        | Q(state=State.AWAITING_PAYMENT, state_since__lte=now - PAYMENT_WAITS)
        # An order that was forwarded ahead of time is answered when it is due.
        | Q(state=State.SENT, state_since__lte=unheard)
        & (Q(send_at=None) | Q(send_at__lte=unheard))
        | Q(state=State.UNCONFIRMED, state_since__lte=given_up)
        | Q(state__in=_ON_THEIR_WAY, state_since__lte=done)
        # Many restaurants never say that an order is ready.
        | Q(state=State.ACCEPTED, state_since__lte=done, ready_at__lte=done)
    )


def _may_send_to_store(now: datetime) -> Q:
    """Select held orders that can go, or whose guest does not know yet that they cannot."""
    is_told = Q(state_since__gte=F("send_at"))
    return ~is_told | ~(
        _holds("paused", now) | _holds("own_paused", now) | _holds("turned_away", now)
    )


def _holds(pause: str, now: datetime) -> Q:
    ends_later = Q(**{f"store__{pause}_until": None}) | Q(**{f"store__{pause}_until__gt": now})
    return Q(**{f"store__{pause}_at__isnull": False}) & ends_later


def _move_on(order_id: int, now: datetime) -> bool:
    """Move the order on, unless something else has done it; return False then."""
    try:
        with transaction.atomic():
            orders = ChannelOrder.objects.select_for_update(of=("self",)).select_related("store")
            order = orders.filter(_is_due(now), pk=order_id, ended_at=None).first()
            if order is None:
                return False
            _STEPS[State(order.state)](order, now)
            return True
    except Error as error:  # Such as a deadlock, which must not hold up other orders.
        if outages.is_outage(error):
            raise
        log.exception("Order %s could not be moved on; the next run will retry.", order_id)
        return False


def _release(order: ChannelOrder, now: datetime) -> None:
    """Hand a held order over, or tell its guest that the pause of the store lasts."""
    store = order.store
    if not connection.is_connected(store):
        settling.fail(order, settling.DISCONNECTED, now)
    elif _is_closed(store, now):
        detail = "The restaurant has paused its orders. Yours follows after the pause; you may"
        order.state_since = now
        order.save(update_fields=["state_since"])
        transitions.note(order, CLOCK, now, detail=f"{detail} cancel it until then.")
    else:
        assert order.send_at is not None
        # After a pause, the food takes as long as it would have.
        late = now - order.send_at
        order.ready_at += late if late > _PUNCTUAL else timedelta(0)
        handover.owe_order(order, now)
        transitions.move(order, State.PLACED, CLOCK, now)


def _is_closed(store: Store, now: datetime) -> bool:
    return (
        store.is_paused(now)
        or own_pause.is_own_paused(store, now)
        or turned_away.is_turned_away(store, now)
    )


def _expire(order: ChannelOrder, now: datetime) -> None:
    transitions.move(order, State.EXPIRED, CLOCK, now, detail="It was not paid in time.")


def _miss_an_answer(order: ChannelOrder, now: datetime) -> None:
    detail = "The restaurant has not answered yet."
    transitions.move(order, State.UNCONFIRMED, CLOCK, now, detail=detail)
    alarms.raise_alarm(
        Alarm.Kind.UNHEARD,
        endpoint=alarm_place(order.store),
        merchant_id=order.merchant_id,
        message=f"{order.store.name} has not answered order {order.number} ({order.provider_id}):"
        " call the restaurant. Without an answer it is canceled and the guest's money is owed.",
    )


def _give_up(order: ChannelOrder, now: datetime) -> None:
    handover.owe_cancelation(order, now, source="dsp", reason="other")
    refunds.owe(order, "given_up")
    detail = "The restaurant did not answer, so the order was canceled."
    transitions.move(order, State.GIVEN_UP, CLOCK, now, detail=detail)


def _complete(order: ChannelOrder, now: datetime) -> None:
    transitions.move(order, State.COMPLETED, CLOCK, now)


_STEPS: dict[ChannelOrder.State, Callable[[ChannelOrder, datetime], None]] = {
    State.HELD: _release,
    State.AWAITING_PAYMENT: _expire,
    State.SENT: _miss_an_answer,
    State.UNCONFIRMED: _give_up,
    State.ACCEPTED: _complete,
    State.READY: _complete,
    State.OUT_FOR_DELIVERY: _complete,
}
