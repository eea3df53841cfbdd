"""Why an order was canceled or rejected, and by whom, as far as anybody said."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy

from orders.models import Order, OrderEvent
from orders.states import ENDS, State

# What channels are known to send as `cancel_source`; others are shown as they were sent.
_SOURCES = {
    "customer": gettext_lazy("the customer"),
    "consumer": gettext_lazy("the customer"),
    "eater": gettext_lazy("the customer"),
    "guest": gettext_lazy("the customer"),
    "dsp": gettext_lazy("the channel"),
    "channel": gettext_lazy("the channel"),
    "merchant": gettext_lazy("the restaurant"),
    "restaurant": gettext_lazy("the restaurant"),
    "store": gettext_lazy("the restaurant"),
    "driver": gettext_lazy("the driver"),
    "courier": gettext_lazy("the driver"),
    "stream": "Stream",
}
_BADLY = ENDS - {State.COMPLETED}


def endings(orders: Iterable[Order]) -> dict[UUID, dict[str, str]]:
    """Return `reason` and `source` of each order that ended badly, in one query or none.

    The entry of the history that ended it counts, or else the first later one with a reason.
    """
    keys = [order.pk for order in orders if order.state in _BADLY]
    if not keys:
        return {}
    events = OrderEvent.objects.filter(order__in=keys, state__in=sorted(_BADLY)).order_by("pk")
    said: dict[UUID, dict[str, str]] = {}
    for order_id, details in events.values_list("order_id", "details"):
        ending = _ending(details)
        if order_id not in said or (ending["reason"] and not said[order_id]["reason"]):
            said[order_id] = ending
    return {key: ending for key, ending in said.items() if any(ending.values())}


def source_in_words(source: str) -> str:
    """Return who canceled; an unknown one is shown as it was sent."""
    return str(_SOURCES.get(source.lower(), source.replace("_", " ")))


def _ending(details: dict[str, Any]) -> dict[str, str]:
    sent, person = details.get("source"), details.get("by")
    by = source_in_words(str(sent)) if sent else str(person or "")
    return {"reason": str(details.get("reason") or ""), "source": by}
