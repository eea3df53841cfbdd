"""Labels for Stream's values on the staff pages, in both languages."""

from datetime import datetime

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import Location
from orders.states import State

STATES = {
    State.PENDING: gettext_lazy("Waiting for a decision"),
    State.IN_PROGRESS: gettext_lazy("In progress"),
    State.READY_FOR_PICKUP: gettext_lazy("Ready"),
    State.OUT_FOR_DELIVERY: gettext_lazy("Out for delivery"),
    State.COMPLETED: gettext_lazy("Completed"),
    State.FAILED: gettext_lazy("Failed"),
    State.REJECTED: gettext_lazy("Rejected"),
    State.MERCHANT_CANCELED: gettext_lazy("Canceled by the restaurant"),
    State.DSP_CANCELED: gettext_lazy("Canceled by the channel"),
}

_KINDS = {
    "pickup": gettext_lazy("Pickup"),
    "delivery": gettext_lazy("Delivery"),
    "stream_managed_delivery": gettext_lazy("Delivery by Stream"),
    "kiosk": gettext_lazy("Kiosk"),
    "merchant_managed_delivery": gettext_lazy("Our own delivery"),
    "drive_thru": gettext_lazy("Drive-thru"),
    "curbside": gettext_lazy("Curbside"),
    "dine_in": gettext_lazy("Dine in"),
}

_DELIVERY = {
    "pending": gettext_lazy("Looking for a driver"),
    "pending_driver_confirmation": gettext_lazy("Looking for a driver"),
    "enroute_to_pickup": gettext_lazy("Driver on the way here"),
    "arrived_at_pickup": gettext_lazy("Driver is here"),
    "enroute_to_dropoff": gettext_lazy("On the way to the customer"),
    "arrived_at_dropoff": gettext_lazy("At the customer's"),
    "completed": gettext_lazy("Delivered"),
    "failed_to_assign_driver": gettext_lazy("No driver found"),
    "failed_to_deliver": gettext_lazy("Could not be delivered"),
    "failed_to_pickup": gettext_lazy("The driver could not pick it up"),
    "failed": gettext_lazy("Delivery failed"),
    "merchant_canceled": gettext_lazy("Delivery canceled by the restaurant"),
    "enroute_to_return": gettext_lazy("The driver is bringing it back"),
    "arrived_at_return": gettext_lazy("The driver is back with the order"),
    "returned": gettext_lazy("Returned"),
}

# Channels whose spelling is not simply a capital for each word.
_CHANNELS = {
    "uber": "Uber Eats",
    "ubereats": "Uber Eats",
    "doordash": "DoorDash",
    "in store": gettext_lazy("In store"),
}


def state(value: str) -> str:
    return str(STATES[State(value)])


def any_state(status: str) -> str:
    """Return the label of another POS's status; an unknown one is shown as Stream sent it."""
    known = status.lower()
    return state(known) if known in State else status.replace("_", " ").capitalize()


def kind(fulfillment_type: str) -> str:
    """Return the label of a fulfillment type; an unknown one is shown as Stream sent it."""
    known = _KINDS.get(fulfillment_type.lower())
    return str(known or fulfillment_type.replace("_", " ").capitalize())


def delivery(status: str) -> str:
    known = _DELIVERY.get(status.lower())
    return str(known or status.replace("_", " ").capitalize())


def channel(source: str) -> str:
    known = _CHANNELS.get(source.lower())
    return str(known or source.replace("_", " ").title() or _("No channel"))


def local_time(location: Location, at: datetime, now: datetime | None = None) -> str:
    """Return an instant in the restaurant's own time, with the day unless that is today."""
    there = location.local(at)
    clock = f"{there:%H:%M}"
    if there.date() == location.local(now).date():
        return clock
    return f"{formats.date_format(there.date(), 'D j M')}, {clock}"
