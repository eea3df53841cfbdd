"""The restaurant's own driver for an order it delivers itself (order.assign.driver)."""

import uuid

from django.db import transaction

from integration.models import User
from orders.lifecycle.history import record
from orders.lifecycle.stream_notifier import report_change
from orders.models import Order
from orders.states import ENDS, OWN_DELIVERY, State

EVENT = "order.assign.driver"


class NotPossible(Exception):
    """The order cannot have a driver of ours; the message says why."""


def takes_driver(order: Order) -> bool:
    """Return True if staff can assign a driver to the order."""
    return order.fulfillment_type == OWN_DELIVERY and State(order.state) not in ENDS


@transaction.atomic
def assign(order_id: uuid.UUID, *, name: str, phone: str, code: str = "", by: User) -> bool:
    """Store the driver, and report it to Stream if it knows the order; False if nothing changed.

    `phone` is in E.164, `code` its extension. Raises NotPossible and Order.DoesNotExist. The
    caller checks permissions.
    """
    order = Order.objects.select_for_update().get(pk=order_id)
    if not takes_driver(order):
        raise NotPossible(_why_not(order))
    driver = {"name": name, "phone": {"number": phone, "code": code}}
    if order.driver == driver:
        return False
    order.driver = driver
    order.save(update_fields=["driver", "updated_at"])
    record(order, "Driver assigned", by=by, details={"driver": name})
    report_change(order, EVENT, {"order_id": order.provider_id, "driver": order.driver})
    return True


def _why_not(order: Order) -> str:
    if State(order.state) in ENDS:
        return f"This order is over: {order.get_state_display()}."
    return "Only an order that the restaurant delivers itself can have a driver of its own."
