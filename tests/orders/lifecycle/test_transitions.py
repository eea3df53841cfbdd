"""Staff moves of an order, and the events to Stream (contract LIFE)."""

import json
import uuid
from typing import Any

import pytest

from catalog.locations import connection
from catalog.models import Location
from integration.models import OutboundEvent
from orders.lifecycle import transitions
from orders.models import Order
from orders.states import State
from tests.orders.support.deferred_orders import history, order
from tests.orders.support.stream_orders import at_location, make_menu, stock, thing

__all__ = ["order"]
READY, OUT, DONE = State.READY_FOR_PICKUP, State.OUT_FOR_DELIVERY, State.COMPLETED
CANCELED = State.MERCHANT_CANCELED
# The moves from each state of an order that the restaurant delivers itself.
TABLE: dict[State, list[State]] = {
    State.PENDING: [CANCELED],
    State.IN_PROGRESS: [READY, OUT, CANCELED],
    READY: [OUT, DONE, CANCELED],
    OUT: [DONE, CANCELED],
    DONE: [],
    State.FAILED: [],
    State.REJECTED: [],
    CANCELED: [],
    State.DSP_CANCELED: [],
}


def sent() -> list[dict[str, Any]]:
    return [json.loads(event.body) for event in OutboundEvent.objects.order_by("pk")]


@pytest.mark.parametrize("before", TABLE)
@pytest.mark.parametrize("to", list(State))
def test_staff_can_make_the_moves_of_the_contract_only(order, owner, before, to):
    Order.objects.update(state=before, fulfillment_type="merchant_managed_delivery")
    moves = to in TABLE[before]

    if moves:
        transitions.move(order.pk, to, by=owner)
    else:
        with pytest.raises(transitions.NotPossible, match=before.label):
            transitions.move(order.pk, to, by=owner)

    order.refresh_from_db()
    assert order.state == (to if moves else before)
    assert [event["object"]["status"] for event in sent()] == ([to] if moves else [])
    assert len(history(order)) == (1 if moves else 0)


def test_a_move_is_reported_to_stream_and_recorded(order, owner):
    Order.objects.update(state=State.IN_PROGRESS)

    transitions.move(order.pk, CANCELED, by=owner, reason="The oven is broken")

    assert sent() == [
        {
            "type": "order.status.updated",
            "object": {
                "location_id": "loc_downtown",
                "provider_id": str(order.pk),
                "status": "merchant_canceled",
            },
        }
    ]
    assert OutboundEvent.objects.get().ordering_key == f"order/{order.pk}"
    assert history(order) == [
        (
            "staff",
            "Moved to Canceled by the restaurant",
            "merchant_canceled",
            {"by": "Pat Owner", "reason": "The oven is broken"},
        )
    ]


@pytest.mark.parametrize("kind", ["delivery", "pickup", "curbside", "", "stream_managed_delivery"])
def test_only_the_restaurants_own_deliveries_go_out(order, owner, kind):
    Order.objects.update(state=READY, fulfillment_type=kind)
    with pytest.raises(transitions.NotPossible):
        transitions.move(order.pk, OUT, by=owner)
    order.refresh_from_db()
    assert order.staff_moves == (DONE, CANCELED)


@pytest.mark.parametrize(
    ("before", "left"), [(State.PENDING, 5), (State.IN_PROGRESS, 5), (READY, 3), (OUT, 3)]
)
def test_an_order_canceled_before_it_is_ready_returns_its_stock(order, owner, before, left):
    make_menu(order.merchant)
    at_location("fam_soda", stock_count=3)
    Order.objects.update(state=before, stock_taken={"item_family": {str(thing("fam_soda").pk): 2}})

    transitions.move(order.pk, CANCELED, by=owner)

    assert stock("fam_soda") == left


def test_nothing_is_sent_for_a_disconnected_location(order, owner):
    Order.objects.update(state=State.IN_PROGRESS)
    connection.disconnect(Location.objects.filter(pk=order.location_id))

    transitions.move(order.pk, READY, by=owner)

    order.refresh_from_db()
    assert order.state == READY
    assert sent() == []


def test_the_second_press_of_a_button_raises_not_possible(order, owner):
    Order.objects.update(state=State.IN_PROGRESS)
    transitions.move(order.pk, READY, by=owner)

    with pytest.raises(transitions.NotPossible, match="already: Ready for pickup"):
        transitions.move(order.pk, READY, by=owner)

    assert len(sent()) == 1


def test_an_unknown_order_raises_does_not_exist(order, owner):
    with pytest.raises(Order.DoesNotExist):
        transitions.move(uuid.uuid4(), READY, by=owner)
