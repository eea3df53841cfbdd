"""Orders waiting for a decision, and their history."""

import uuid
from typing import Any

import pytest

from catalog.models import Location
from integration.models import OutboundEvent
from integration.webhooks import listeners
from orders.models import Order
from orders.protocol.responses import STORE_UNAVAILABLE, refusal
from orders.states import State
from tests.support import factories

BUSY = refusal(STORE_UNAVAILABLE, "The kitchen is full until 19:00.")


@pytest.fixture
def order(location: Location, token: Any) -> Order:
    """An order waiting for a decision at a connected location."""
    factories.connect(location)
    return pending(location)


def pending(at: Location, **fields: Any) -> Order:
    defaults = {
        "state": State.PENDING, "source": "uber", "identity": str(uuid.uuid4()),
        "dsp_order_number": "A-1", "prep_time_minutes": 15, "subtotal": 1000, "total": 1000,
        "fingerprint": "x", "answer": "{}", "currency": at.merchant.currency,
    }  # fmt: skip
    return Order.objects.create(merchant=at.merchant, location=at, **defaults | fields)


def end(order: Order, ending: OutboundEvent.Ending) -> None:
    """End the order's event as the delivery engine does."""
    event = OutboundEvent.objects.get(ordering_key=f"order/{order.pk}")
    event.ending = ending
    listeners.notify_ended([event])
    order.refresh_from_db()


def history(order: Order) -> list[tuple[str, str, str, dict[str, Any]]]:
    return [(entry.actor, entry.what, entry.state, entry.details) for entry in order.history.all()]
