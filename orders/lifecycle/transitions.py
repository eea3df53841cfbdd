"""Staff moves of an accepted order: ready, out for delivery, complete, cancel (contract LIFE)."""

import uuid

from django.db import transaction

from integration.models import User
from orders.models import Order
from orders.states import GIVES_STOCK_BACK, State

from . import delivery_times, stock
from .history import record
from .stream_notifier import report_change

STATUS_UPDATED = "order.status.updated"


class NotPossible(Exception):
    """The order cannot make this move; the message names its state."""


@transaction.atomic
def move(order_id: uuid.UUID, to: State, *, by: User, reason: str = "") -> Order:
    """Move the order, and report it to Stream if the location is connected.

    A cancelation before the order is ready returns its stock. Raises NotPossible and
    Order.DoesNotExist. The caller checks permissions.
    """
    order = Order.objects.select_for_update().get(pk=order_id)
    before = State(order.state)
    if to not in order.staff_moves:
        raise NotPossible(_why_not(before, to))
    order.state = to
    order.save(update_fields=["state", "updated_at"])
    if to == State.MERCHANT_CANCELED and before in GIVES_STOCK_BACK:
        stock.give_back(order)
    delivery_times.follow(order)
    record(order, f"Moved to {to.label}", by=by, details={"reason": reason} if reason else {})
    data = {"provider_id": order.provider_id, "status": str(order.state)}
    report_change(order, STATUS_UPDATED, data)
    return order


def _why_not(before: State, to: State) -> str:
    if before == to:
        return f"Somebody else was faster. The order is already: {before.label}."
    return f"This order cannot become “{to.label}” any more. It is: {before.label}."
