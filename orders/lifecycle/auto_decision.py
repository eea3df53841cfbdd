"""Decides in time on orders that nobody has decided on (contract LIFE).

Each location says what becomes of them. Unless it says otherwise they are rejected: a kitchen in
which nobody looks must not be made to cook.
"""

import logging
from datetime import datetime

from django.db import DatabaseError
from django.db.models import QuerySet
from django.utils import timezone

from catalog.models import DefaultDecision
from orders.models import Order
from orders.protocol.responses import STORE_UNAVAILABLE, refusal
from orders.states import State

from . import acceptance

log = logging.getLogger(__name__)

NOBODY = refusal(STORE_UNAVAILABLE, "Nobody at the restaurant could confirm the order in time.")
_MOST_AT_ONCE = 500


def undecided() -> "QuerySet[Order]":
    """What waits for a decision, the oldest first, with its location."""
    waiting = Order.objects.filter(state=State.PENDING).select_related("location")
    return waiting.order_by("created_at")


def look_after_undecided() -> list[Order]:
    """Decides what is overdue; returns what goes on waiting. One query when nothing waits.

    Run every second, and perhaps at the same time as itself. When the order came decides, not when
    the clock last ran: nothing is lost while it stands still.
    """
    now = timezone.now()
    waiting = list(undecided()[:_MOST_AT_ONCE])
    for order in waiting:
        if _is_overdue(order, now):
            _decide(order, now)
    return [order for order in waiting if not _is_overdue(order, now)]


def _is_overdue(order: Order, now: datetime) -> bool:
    return order.created_at + acceptance.STAFF_HAVE <= now


def _decide(order: Order, now: datetime) -> None:
    try:
        if _is_to_be_accepted(order, now):
            acceptance.accept(order.pk, by=None)
        else:
            acceptance.reject(order.pk, NOBODY, by=None)
    except acceptance.AlreadyDecided:
        return  # Somebody was quicker.
    except DatabaseError:  # Such as a deadlock over stock: the others must not wait for it.
        log.exception("Order %s could not be decided on; the next tick tries again.", order.pk)


def _is_to_be_accepted(order: Order, now: datetime) -> bool:
    """Not what comes too late: Stream has rejected it by then, and nobody would fetch it."""
    is_in_time = now < order.created_at + acceptance.STREAM_WAITS
    return is_in_time and order.location.default_decision == DefaultDecision.ACCEPT
