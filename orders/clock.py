"""Decides in time on orders that nobody has decided on (contract LIFE).

The default decision is to reject: a kitchen in which nobody looks must not be made to cook.
"""

import logging

from django.db import DatabaseError
from django.db.models import QuerySet
from django.utils import timezone

from . import decisions
from .answers import STORE_UNAVAILABLE, refusal
from .life import State
from .models import Order

log = logging.getLogger(__name__)

NOBODY = refusal(STORE_UNAVAILABLE, "Nobody at the restaurant could confirm the order in time.")
_MOST_AT_ONCE = 500


def overdue() -> "QuerySet[Order]":
    """What has waited for staff as long as it may, the oldest first."""
    since = timezone.now() - decisions.STAFF_HAVE
    waiting = Order.objects.filter(state=State.PENDING, created_at__lte=since)
    return waiting.order_by("created_at")


def decide_overdue() -> None:
    """Rejects what is overdue; run every second, and perhaps at the same time as itself.

    When the order came decides, not when the clock last ran: nothing is lost while it stands still.
    """
    for order_id in overdue().values_list("pk", flat=True)[:_MOST_AT_ONCE]:
        try:
            decisions.reject(order_id, NOBODY, by=None)
        except decisions.AlreadyDecided:
            continue  # Somebody was quicker.
        except DatabaseError:  # Such as a deadlock over stock: the others must not wait for it.
            log.exception("Order %s could not be rejected; the next tick tries again.", order_id)
