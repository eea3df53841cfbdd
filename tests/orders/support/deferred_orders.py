"""Orders that wait for a decision, and what the tests look at afterwards."""

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
    """An order that waits for a decision; its location is connected."""
    factories.connect(location)
    return pending(location)


def pending(at: Location, **fields: Any) -> Order:
    usual = {
        "state": State.PENDING, "source": "uber", "identity": str(uuid.uuid4()),
        "dsp_order_number": "A-1", "prep_time_minutes": 15, "subtotal": 1000, "total": 1000,
        "fingerprint": "x", "answer": "{}", "currency": at.merchant.currency,
    }  # fmt: skip
    return Order.objects.create(merchant=at.merchant, location=at, **usual | fields)


def end(order: Order, ending: OutboundEvent.Ending) -> None:
    """The engine's word that the order's event is over."""
    event = OutboundEvent.objects.get(ordering_key=f"order/{order.pk}")
    event.ending = ending
    listeners.tell([event])
    order.refresh_from_db()


def history(order: Order) -> list[tuple[str, str, str, dict[str, Any]]]:
    return [(one.actor, one.what, one.state, one.details) for one in order.history.all()]
