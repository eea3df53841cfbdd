"""Concurrent decisions: by two users, by two workers, and during a disconnect."""

import threading
from typing import Any

import pytest
from django.db import connection as db_connection
from django.db import transaction

from catalog.locations import connection
from catalog.models import Location
from integration.models import OutboundEvent
from orders.lifecycle import acceptance
from orders.models import Order
from orders.states import State, StreamKnows
from tests.orders.support.deferred_orders import BUSY, history, order
from tests.support.threads import at_once

Ending = OutboundEvent.Ending
__all__ = ["order"]


@pytest.mark.django_db(transaction=True)
def test_exactly_one_of_several_concurrent_decisions_wins(order, owner):
    def outcome(decide: Any) -> Any:
        def run() -> str:
            try:
                return str(decide().state)
            except acceptance.AlreadyDecided:
                return "late"

        return run

    for _ in range(5):
        Order.objects.update(state=State.PENDING)
        OutboundEvent.objects.all().delete()
        outcomes = at_once(
            outcome(lambda: acceptance.accept(order.pk, by=owner)),
            outcome(lambda: acceptance.reject(order.pk, BUSY, by=None)),
            outcome(lambda: acceptance.accept(order.pk, by=None)),
        )
        order.refresh_from_db()
        assert sorted(outcomes) == sorted([order.state, "late", "late"])
        kind = "accepted" if order.state == State.IN_PROGRESS else "rejected"
        assert OutboundEvent.objects.get().event_type == f"order.{kind}"


@pytest.mark.django_db(transaction=True)
def test_workers_ending_an_event_concurrently_record_it_once(order):
    acceptance.accept(order.pk, by=None)
    event = OutboundEvent.objects.get()
    event.ending = Ending.EXPIRED

    def note() -> None:
        with transaction.atomic():
            acceptance.record_delivery(event)

    at_once(*[note] * 4)

    assert [line[1] for line in history(order)] == [
        "Accepted",
        "Stream may not have heard the decision",
    ]


@pytest.mark.django_db(transaction=True)
def test_a_concurrent_disconnect_leaves_nothing_to_be_sent(order, monkeypatch):
    """It begins exactly between the check of the connection and the event."""

    def disconnect() -> None:
        connection.disconnect(Location.objects.filter(pk=order.location_id))
        db_connection.close()

    thread = threading.Thread(target=disconnect)

    def is_connected(location: Location) -> bool:
        monkeypatch.undo()
        answer = connection.is_connected(location)
        thread.start()
        thread.join(timeout=0.7)  # It waits for our commit.
        return answer

    monkeypatch.setattr(connection, "is_connected", is_connected)
    acceptance.accept(order.pk, by=None)
    thread.join(timeout=30)

    order.refresh_from_db()
    assert order.stream_knows == StreamKnows.UNKNOWN
    assert OutboundEvent.objects.get().state == OutboundEvent.State.WITHDRAWN
