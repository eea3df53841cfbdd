"""The times at which our driver left with an order, delivered it or was released from it."""

from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone

from orders.models import DriverAssignment, Order
from orders.states import ENDS, OWN_DELIVERY, State


def under_way() -> "QuerySet[DriverAssignment]":
    """Select the assignments whose driver has yet to deliver."""
    return DriverAssignment.objects.filter(replaced_at=None, delivered_at=None)


def record_out(assignments: "QuerySet[DriverAssignment]", at: datetime) -> None:
    """Record that the drivers have left; the first time counts."""
    assignments.filter(out_at=None).update(out_at=at)


def follow(order: Order) -> None:
    """Record on our driver's assignment what the order's new state says of it.

    For whoever changed the state, in the same transaction.
    """
    if order.fulfillment_type != OWN_DELIVERY:
        return
    now, state = timezone.now(), State(order.state)
    assignments = under_way().filter(order=order)
    if state == State.OUT_FOR_DELIVERY:
        record_out(assignments, now)
    elif state == State.COMPLETED:
        assignments.update(delivered_at=now)
    elif state in ENDS:
        assignments.update(replaced_at=now)


def release(order: Order) -> None:
    """End our driver's assignment, because somebody else delivers the order from now on."""
    under_way().filter(order=order).update(replaced_at=timezone.now())
