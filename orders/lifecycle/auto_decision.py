"""Automatic decisions on orders that staff have not decided in time (contract LIFE).

Each location sets the outcome. The default is to reject: a kitchen that nobody is watching must
not be made to cook.
"""

import logging
from datetime import datetime

from django.db import Error
from django.db.models import QuerySet

from catalog.models import DefaultDecision
from integration.clocks import heartbeat
from integration.db import database_time, outages
from orders.models import Order
from orders.protocol.responses import STORE_UNAVAILABLE, refusal
from orders.states import State

from . import acceptance

log = logging.getLogger(__name__)

NOT_CONFIRMED = refusal(
    STORE_UNAVAILABLE, "Nobody at the restaurant could confirm the order in time."
)
_MOST_AT_ONCE = 500


def undecided() -> "QuerySet[Order]":
    """Return the orders waiting for a decision, oldest first, with their locations."""
    waiting = Order.objects.filter(state=State.PENDING).select_related("location")
    return waiting.order_by("created_at")


def decide_overdue() -> list[Order]:
    """Decide overdue orders and return those still waiting; one query when nothing waits.

    Runs every second, perhaps concurrently with itself. The order's age counts, not the last run,
    so no order is lost while no worker runs.
    """
    now = database_time.now()  # This machine's clock may be wrong.
    waiting = list(undecided()[:_MOST_AT_ONCE])
    for order in waiting:
        if _is_overdue(order, now):
            heartbeat.step()
            _decide(order, now)
    return [order for order in waiting if not _is_overdue(order, now)]


def _is_overdue(order: Order, now: datetime) -> bool:
    return order.created_at + acceptance.STAFF_HAVE <= now


def _decide(order: Order, now: datetime) -> None:
    try:
        if _is_to_be_accepted(order, now):
            acceptance.accept(order.pk, by=None)
        else:
            acceptance.reject(order.pk, NOT_CONFIRMED, by=None)
    except acceptance.AlreadyDecided:
        return  # A concurrent decision won.
    except Error as error:  # Such as a deadlock, which must not hold up other orders.
        if outages.is_outage(error):
            outages.report(error)
            return
        log.exception("Order %s could not be decided; the next run will retry.", order.pk)


def _is_to_be_accepted(order: Order, now: datetime) -> bool:
    """Return True if the location accepts by default and Stream is still waiting.

    Stream has rejected a later one already, and nobody would pick it up.
    """
    is_in_time = now < order.created_at + acceptance.STREAM_WAITS
    return is_in_time and order.location.default_decision == DefaultDecision.ACCEPT
