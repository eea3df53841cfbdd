"""Deliveries by the channel's own drivers, reported to Stream (contract DSP-WH-DLV)."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from dsp.models import ChannelOrder, FulfillmentType
from integration.db import database_time

from . import handover, transitions

State = ChannelOrder.State

STATUSES = (
    "pending",
    "pending_driver_confirmation",
    "enroute_to_pickup",
    "arrived_at_pickup",
    "enroute_to_dropoff",
    "arrived_at_dropoff",
    "completed",
    "failed_to_assign_driver",
    "failed_to_deliver",
    "failed_to_pickup",
    "failed",
    "merchant_canceled",
    "enroute_to_return",
    "arrived_at_return",
    "returned",
)
_REPORTED_IN = frozenset(
    {State.SENT, State.UNCONFIRMED, State.ACCEPTED, State.READY, State.OUT_FOR_DELIVERY}
)
_STATES = {"enroute_to_dropoff": State.OUT_FOR_DELIVERY, "completed": State.COMPLETED}
_DETAILS = {State.OUT_FOR_DELIVERY: "The order is on its way.", State.COMPLETED: "Delivered."}


class NotOurs(Exception):
    """The order's delivery is not ours to report; the message says why."""


class TooEarly(NotOurs):
    """The restaurant does not have the order yet."""


class Ended(NotOurs):
    """The order has ended."""


@dataclass(frozen=True)
class Driver:
    """A driver of the channel; unknown texts are empty. `vehicle` has the contract's fields."""

    name: str
    phone_number: str = ""
    phone_code: str = ""
    vehicle: dict[str, Any] = field(default_factory=dict)
    picture_url: str = ""
    passcode: str = ""
    handoff_instructions: str = ""

    def details(self, source: str) -> dict[str, Any]:
        """Return driver_details; `source` is the channel's name for its drivers."""
        phone = {"number": self.phone_number, "code": self.phone_code}
        texts = {
            "picture_url": self.picture_url,
            "passcode": self.passcode,
            "handoff_instructions": self.handoff_instructions,
        }
        return {
            "name": self.name,
            "source": source,
            "phone": {name: value for name, value in phone.items() if value},
            "vehicle_info": self.vehicle,
            **{name: value for name, value in texts.items() if value},
        }


@transaction.atomic
def report(
    order_id: int, status: str, driver: Driver | None = None, actor: str = "driver"
) -> ChannelOrder:
    """Owe Stream the status of a delivery by our own driver, and move the order with it.

    A repeat of the latest report changes nothing. Raises NotOurs and ChannelOrder.DoesNotExist.
    """
    if status not in STATUSES:
        raise NotOurs(f"There is no delivery status {status}.")
    order = transitions.lock(order_id)
    if order.fulfillment_type != FulfillmentType.DELIVERY:
        raise NotOurs("This order is not delivered by us.")
    digest = hashlib.sha256(repr((status, driver)).encode()).hexdigest()
    if _latest_digest(order) == digest:
        return order
    _check_state(order)
    now = database_time.now()
    source = order.brand or "channel"
    handover.owe_delivery_status(order, now, status, driver.details(source) if driver else None)
    state = _STATES.get(status)
    if state is None or state == order.state:
        transitions.note(order, actor, now, staff_detail=f"Delivery: {status}.", digest=digest)
    else:
        transitions.move(order, state, actor, now, detail=_DETAILS[state], digest=digest)
    return order


def _latest_digest(order: ChannelOrder) -> str:
    """Return the digest of our latest report; Stream's events have digests of their own."""
    ours = order.history.exclude(digest="").exclude(actor=transitions.STREAM)
    latest: str | None = ours.order_by("-pk").values_list("digest", flat=True).first()
    return latest or ""


def _check_state(order: ChannelOrder) -> None:
    if order.state in transitions.ENDS:
        raise Ended("The order has ended.")
    if order.state not in _REPORTED_IN:
        raise TooEarly("The restaurant does not have this order yet.")
