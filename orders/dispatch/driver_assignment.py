"""Our drivers for orders that we deliver, our own and followed ones (order.assign.driver)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import Enum, auto
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from integration.models import User
from orders.lifecycle.history import record, record_followed
from orders.lifecycle.stream_notifier import notify_followed, report_change
from orders.models import Driver, DriverAssignment, FollowedOrder, Order
from orders.states import OWN_DELIVERY

from .delivery_status import is_out, is_over

EVENT = "order.assign.driver"
MOST_AT_ONCE = 100
Deliverable = Order | FollowedOrder


class Deactivated(Exception):
    """The driver takes no more deliveries."""


class Outcome(Enum):
    """The result for one of the orders; all but the first changed nothing."""

    ASSIGNED = auto()
    ALREADY = auto()  # It is this driver's.
    TAKEN = auto()  # Somebody else assigned a driver since the page was shown.
    OVER = auto()
    NOT_OURS = auto()  # Somebody else delivers it.


class Result(NamedTuple):
    order: Deliverable
    outcome: Outcome


def takes_driver(order: Deliverable) -> bool:
    """Return True if staff can assign a driver to the order."""
    return _why_not(order, None) is None


@transaction.atomic
def assign(
    orders: Iterable[Deliverable],
    driver: Driver,
    *,
    by: User,
    seen: Mapping[UUID, int] | None = None,
) -> Sequence[Result]:
    """Assign the driver, and report it to Stream for each order that Stream knows.

    `seen` has the assignment that the person saw of each order, 0 for none; an order that has
    another one by now stays as it is. The caller checks permissions, and that driver and orders
    belong to one merchant. Raises Deactivated, and DoesNotExist for an order or driver that is
    gone.
    """
    # Locked, so that a concurrent deactivation is either seen here or comes after it.
    driver = Driver.objects.select_for_update(no_key=True).get(pk=driver.pk)
    if not driver.is_active:
        raise Deactivated(driver.name)
    locked = _locked(list(orders))
    current = _current(locked)
    return [_assign(order, driver, current.get(order.pk), by, seen or {}) for order in locked]


def _locked(orders: Sequence[Deliverable]) -> list[Deliverable]:
    """Lock all orders before their locations, always in one order, so that nobody deadlocks."""
    own = {order.pk for order in orders if isinstance(order, Order)}
    followed = {order.pk for order in orders if isinstance(order, FollowedOrder)}
    locked: list[Deliverable] = []
    if own:
        locked += Order.objects.select_for_update().filter(pk__in=own).order_by("pk")
        if len(locked) < len(own):
            raise Order.DoesNotExist
    if followed:
        locked += FollowedOrder.objects.select_for_update().filter(pk__in=followed).order_by("pk")
        if len(locked) < len(own) + len(followed):
            raise FollowedOrder.DoesNotExist
    return sorted(locked, key=lambda order: (order.location_id or 0, order.pk))


def _current(orders: Sequence[Deliverable]) -> dict[UUID, DriverAssignment]:
    keys = [order.pk for order in orders]
    found = DriverAssignment.objects.filter(replaced_at=None)
    rows = [*found.filter(order__in=keys), *found.filter(followed__in=keys)]
    return {row.order_id or row.followed_id: row for row in rows}  # type: ignore[misc]  # One of them is set.


def _assign(
    order: Deliverable,
    driver: Driver,
    current: DriverAssignment | None,
    by: User,
    seen: Mapping[UUID, int],
) -> Result:
    problem = _why_not(order, current)
    if problem is not None:
        return Result(order, problem)
    is_theirs = current is not None and current.driver_id == driver.pk
    if not is_theirs:
        if seen.get(order.pk) not in (None, current.pk if current else 0):
            return Result(order, Outcome.TAKEN)
        _replace(current, order, driver, by, timezone.now())
    details = {"name": driver.name, "phone": {"number": driver.phone, "code": driver.code}}
    if isinstance(order, Order):
        is_news = _tell_of_own(order, details, by)
    elif is_news := not is_theirs:
        _tell_of_followed(order, details, by)
    return Result(order, Outcome.ALREADY if is_theirs and not is_news else Outcome.ASSIGNED)


def _why_not(order: Deliverable, current: DriverAssignment | None) -> Outcome | None:
    is_delivered = current is not None and current.delivered_at is not None
    if is_over(order) or is_delivered:
        return Outcome.OVER
    is_ours = order.fulfillment_type == OWN_DELIVERY
    if isinstance(order, FollowedOrder):
        is_ours = is_ours and order.location_id is not None and order.own_order_id is None
    return None if is_ours else Outcome.NOT_OURS


def _replace(
    current: DriverAssignment | None, order: Deliverable, driver: Driver, by: User, now: datetime
) -> None:
    if current is not None:
        current.replaced_at = now
        current.save(update_fields=["replaced_at"])
    assert order.location_id is not None
    is_own = isinstance(order, Order)
    DriverAssignment.objects.create(
        merchant_id=driver.merchant_id,
        location_id=order.location_id,
        driver=driver,
        order_id=order.pk if is_own else None,
        followed_id=None if is_own else order.pk,
        due_at=order.due_at,
        assigned_at=now,
        assigned_by=by,
        out_at=now if is_out(order) else None,
    )


def _tell_of_own(order: Order, driver: dict[str, Any], by: User) -> bool:
    """Store, record and report the driver; return False when the order has them already."""
    is_news: bool = order.driver != driver
    order.driver = driver
    order.save(update_fields=["driver", "updated_at"])  # Its time of change, for the pages.
    if is_news:
        record(order, "Driver assigned", by=by, details={"driver": driver["name"]})
        report_change(order, EVENT, {"order_id": order.provider_id, "driver": driver})
    return is_news


def _tell_of_followed(order: FollowedOrder, driver: dict[str, Any], by: User) -> None:
    order.save(update_fields=["updated_at"])
    record_followed(order, "Driver assigned", by=by, details={"driver": driver["name"]})
    notify_followed(order, EVENT, {"driver": driver})
