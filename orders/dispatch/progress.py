"""The progress of a delivery: marked by staff, and reported by Stream."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from integration.models import User
from orders.lifecycle import delivery_times, transitions
from orders.lifecycle.history import record_followed
from orders.models import DriverAssignment, FollowedOrder, Order
from orders.states import OWN_DELIVERY, State

from .delivery_status import DELIVERED, LEAVING, OUT, is_out
from .driver_assignment import Deliverable


class NotPossible(Exception):
    """The order is over, or on its way already."""


def record_status(delivery_status: str, followed_ids: Collection[UUID], at: datetime) -> None:
    """Record on our drivers' assignments what Stream reports of these followed orders.

    `at` is when the event came. Whatever says nothing of leaving or arriving changes nothing;
    repeats and late reports change nothing either. At most two statements, however many orders.
    """
    if not followed_ids or delivery_status not in {*OUT, DELIVERED}:
        return
    assignments = _of(followed_ids)
    if delivery_status == DELIVERED:
        assignments.update(delivered_at=at)
    else:
        delivery_times.record_out(assignments, at)
    # The pages see by it that something changed.
    Order.objects.filter(followed__in=followed_ids).update(updated_at=timezone.now())


def record_end(followed_ids: Collection[UUID], at: datetime) -> None:
    """Record that these followed orders ended undelivered, such as by a cancelation."""
    if followed_ids:
        _of(followed_ids).update(replaced_at=at)


def _of(followed_ids: Collection[UUID]) -> "QuerySet[DriverAssignment]":
    """Select the assignments under way of followed orders, also of our own behind them."""
    theirs = Q(followed__in=followed_ids) | Q(order__followed__in=followed_ids)
    return delivery_times.under_way().filter(theirs)


def mark_out(order: Deliverable, *, by: User) -> None:
    """Record that the order is on its way to the customer; see `mark_delivered`."""
    if isinstance(order, Order):
        transitions.move(order.pk, State.OUT_FOR_DELIVERY, by=by)
    else:
        _mark_followed(order.pk, LEAVING, by)


def mark_delivered(order: Deliverable, *, by: User) -> None:
    """Record that the customer has the order. Stream hears of our own orders only.

    Raises NotPossible, and transitions.NotPossible for an order of ours. The caller checks
    permissions.
    """
    if isinstance(order, Order):
        transitions.move(order.pk, State.COMPLETED, by=by)
    else:
        _mark_followed(order.pk, DELIVERED, by)


@transaction.atomic
def _mark_followed(followed_id: UUID, delivery_status: str, by: User) -> None:
    order = FollowedOrder.objects.select_for_update().get(pk=followed_id)
    is_repeat = delivery_status == LEAVING and is_out(order)
    if order.ended_at is not None or order.fulfillment_type != OWN_DELIVERY or is_repeat:
        raise NotPossible(order.delivery_status)
    now = timezone.now()
    order.delivery_status = delivery_status
    if delivery_status == DELIVERED:
        order.ended_at = now
    order.save(update_fields=["delivery_status", "ended_at", "updated_at"])
    record_status(delivery_status, [order.pk], now)
    what = "Delivered" if delivery_status == DELIVERED else "Out for delivery"
    record_followed(order, what, by=by)
