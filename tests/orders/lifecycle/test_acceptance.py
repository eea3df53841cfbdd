"""Deferred decisions: stored, sent to Stream in time, and shown if Stream may not know."""

import json
import re
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from catalog.locations import connection
from catalog.models import Location
from integration.delivery import runner as delivery_runner
from integration.models import Alarm, OutboundEvent
from integration.webhooks import expiry, outbox
from orders.lifecycle import acceptance
from orders.models import Order
from orders.protocol.responses import Refusal
from orders.states import State, StreamKnows
from tests.integration.support.receiver import Receiver, answer
from tests.orders.support.deferred_orders import BUSY, end, history, order, pending
from tests.orders.support.stream_orders import at_location, make_menu, stock, thing
from tests.support import factories
from tests.support.admin_forms import names

LIST = "/admin/orders/order/"
Ending = OutboundEvent.Ending
__all__ = ["order"]


def test_accepting_moves_the_order_and_notifies_stream_until_the_60th_second(order, owner, woken):
    acceptance.accept(order.pk, by=owner)

    order.refresh_from_db()
    assert (order.state, order.stream_knows) == (State.IN_PROGRESS, StreamKnows.WAITING)
    assert history(order) == [("staff", "Accepted", "in_progress", {"by": "Pat Owner"})]
    event = OutboundEvent.objects.get()
    assert json.loads(event.body) == {
        "type": "order.accepted",
        "object": {
            "location_id": "loc_downtown",
            "provider_id": str(order.pk),
            "prep_time_minutes": 15,
        },
    }
    assert event.ordering_key == f"order/{order.pk}"
    assert event.merchant_id == order.merchant_id
    assert event.expires_at == order.created_at + timedelta(seconds=60)
    assert event.is_urgent


def test_a_rejection_gives_its_reason_and_returns_the_stock(order):
    make_menu(order.merchant)
    at_location("fam_soda", stock_count=3)
    order.stock_taken = {"item_family": {str(thing("fam_soda").pk): 2}}
    order.save()

    acceptance.reject(order.pk, BUSY, by=None)

    order.refresh_from_db()
    assert (order.state, order.stream_knows) == (State.REJECTED, StreamKnows.WAITING)
    assert stock("fam_soda") == 5
    reason = "The kitchen is full until 19:00."
    assert history(order) == [("clock", "Rejected", "rejected", {"reason": reason})]
    event = OutboundEvent.objects.get()
    assert json.loads(event.body) == {
        "type": "order.rejected",
        "object": {
            "location_id": "loc_downtown",
            "provider_id": str(order.pk),
            "posValidation": {
                "orderValidation": [
                    {"order_error": "store_unavailable", "order_error_reason": reason}
                ]
            },
        },
    }
    assert event.expires_at == order.created_at + timedelta(seconds=60)
    assert event.is_urgent


def test_a_rejection_needs_a_reason(order):
    with pytest.raises(ValueError, match="give one"):
        acceptance.reject(order.pk, Refusal(), by=None)
    order.refresh_from_db()
    assert order.state == State.PENDING


@pytest.mark.parametrize("state", [state for state in State if state != State.PENDING])
def test_a_decided_order_stays_decided(order, state):
    Order.objects.update(state=state)
    for decide in (
        lambda: acceptance.accept(order.pk, by=None),
        lambda: acceptance.reject(order.pk, BUSY, by=None),
    ):
        with pytest.raises(acceptance.AlreadyDecided, match=state.label):
            decide()
    order.refresh_from_db()
    assert (order.state, order.stream_knows) == (state, StreamKnows.NOT_ASKED)
    assert history(order) == []
    assert not OutboundEvent.objects.exists()


def test_an_unknown_order_raises_does_not_exist(order):
    with pytest.raises(Order.DoesNotExist):
        acceptance.accept(uuid.uuid4(), by=None)


@pytest.mark.parametrize(("seconds", "events"), [(59.9, 1), (60, 0), (75, 0)])
def test_nothing_is_sent_from_the_60th_second_on(order, owner, seconds, events):
    with time_machine.travel(order.created_at + timedelta(seconds=seconds), tick=False):
        acceptance.accept(order.pk, by=owner)

    order.refresh_from_db()
    assert order.state == State.IN_PROGRESS
    assert OutboundEvent.objects.count() == events
    if not events:
        assert order.stream_knows == StreamKnows.UNKNOWN
        why = {"why": "It came more than 60 seconds after the order."}
        assert history(order)[-1] == (
            "clock", "Stream may not have heard the decision", "in_progress", why,
        )  # fmt: skip


def test_nothing_is_sent_for_a_disconnected_location(order, owner):
    connection.disconnect(Location.objects.filter(pk=order.location_id))

    acceptance.accept(order.pk, by=owner)

    order.refresh_from_db()
    assert (order.state, order.stream_knows) == (State.IN_PROGRESS, StreamKnows.UNKNOWN)
    assert history(order)[-1][3] == {"why": "The location is not connected to Stream."}
    assert not OutboundEvent.objects.exists()


def test_a_delivered_decision_is_known_to_stream(order):
    acceptance.accept(order.pk, by=None)

    for _ in range(2):
        end(order, Ending.ARRIVED)

    assert order.stream_knows == StreamKnows.TOLD
    assert [line[:2] for line in history(order)] == [
        ("clock", "Accepted"),
        ("stream", "Stream heard the decision"),
    ]


@pytest.mark.parametrize("ending", [ending for ending in Ending if ending != Ending.ARRIVED])
def test_every_other_ending_leaves_it_unknown(order, ending):
    acceptance.accept(order.pk, by=None)

    for _ in range(2):
        end(order, ending)

    assert order.stream_knows == StreamKnows.UNKNOWN
    assert history(order)[1:] == [
        (
            "clock", "Stream may not have heard the decision", "in_progress",
            {"why": ending.label},
        )
    ]  # fmt: skip


def test_a_decision_that_arrives_after_being_given_up_is_known(order):
    acceptance.accept(order.pk, by=None)
    end(order, Ending.EXPIRED)
    end(order, Ending.ARRIVED)
    assert order.stream_knows == StreamKnows.TOLD
    end(order, Ending.EXPIRED)
    assert order.stream_knows == StreamKnows.TOLD


def test_disconnecting_leaves_a_waiting_decision_unknown(order):
    acceptance.accept(order.pk, by=None)

    connection.disconnect(Location.objects.filter(pk=order.location_id))

    order.refresh_from_db()
    assert order.stream_knows == StreamKnows.UNKNOWN


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    """Stream's webhook endpoint."""
    server = Receiver()
    server.start()
    settings.STREAM_WEBHOOK_URL = server.url
    yield server
    server.stop()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("status", "knows"), [(200, StreamKnows.TOLD), (400, StreamKnows.UNKNOWN)])
def test_the_order_shows_the_outcome_of_the_delivery(order, receiver, status, knows):
    receiver.behave = answer(status)
    acceptance.accept(order.pk, by=None)

    delivery_runner.deliver_due()

    assert len(receiver.received) == 1
    order.refresh_from_db()
    assert order.stream_knows == knows


@pytest.mark.django_db(transaction=True)
def test_an_expired_decision_is_never_sent(order, receiver):
    acceptance.accept(order.pk, by=None)

    with time_machine.travel(order.created_at + timedelta(seconds=60), tick=False):
        delivery_runner.deliver_due()
        expiry.expire_due()

    assert receiver.received == []
    order.refresh_from_db()
    assert order.stream_knows == StreamKnows.UNKNOWN
    assert Alarm.objects.get().kind == Alarm.Kind.EXPIRED


@pytest.mark.parametrize(
    "key", ["order/x", "order/", "k", "order", "order/5d7f16e7-dce2-4229-96f0-a669321902f8"]
)
def test_an_event_without_an_order_is_ignored(order, key):
    event = outbox.emit(
        merchant_id=order.merchant_id, location_id="loc_1", event_type="order.accepted",
        ordering_key=key,
    )  # fmt: skip
    event.ending = Ending.EXPIRED
    acceptance.record_delivery(event)


def test_another_merchants_event_does_not_change_the_order(order):
    acceptance.accept(order.pk, by=None)
    foreign = factories.merchant(name="Casa Verde")
    OutboundEvent.objects.update(merchant=foreign)
    end(order, Ending.ARRIVED)
    assert order.stream_knows == StreamKnows.WAITING


def test_staff_see_the_orders_stream_may_not_know(order, location, browser_client, owner):
    client = browser_client(owner)
    decided = pending(location, dsp_order_number="B-2", stream_knows=StreamKnows.UNKNOWN)
    red = re.findall(r"<span[^>]*bg-red-100[^>]*>([^<]*)<", client.get(LIST).content.decode())
    assert [text.strip() for text in red] == ["Unknown at Stream"]
    assert names(client.get(LIST, {"stream_knows__exact": "unknown"})) == {str(decided)}
    assert names(client.get(LIST, {"stream_knows__exact": ""})) == {str(order)}

    shown = client.get(f"{LIST}{decided.pk}/change/").content.decode()
    assert "Check with the channel (uber)" in shown
    assert "Check with the channel" not in client.get(f"{LIST}{order.pk}/change/").content.decode()


@pytest.mark.parametrize("minutes", [-1, 1441, 10**9])
def test_an_impossible_prep_time_is_refused(order, owner, minutes):
    with pytest.raises(ValueError, match="0 to 1440"):
        acceptance.accept(order.pk, by=owner, prep_time_minutes=minutes)
    order.refresh_from_db()
    assert order.state == State.PENDING
