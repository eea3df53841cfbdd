"""Orders that Stream is asked to deliver: order.created, its result and resending (contract WH)."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from catalog import models
from catalog.locations import connection
from integration.models import OutboundEvent
from integration.webhooks import listeners
from orders.instore import delivery_request
from orders.lifecycle import transitions
from orders.models import Order
from orders.states import SentToStream, State
from sandbox.checks.webhook_checks import webhook_problems
from tests.orders.support.deferred_orders import history
from tests.orders.support.instore_pages import ADDRESS, PERSON
from tests.support import factories
from tests.support.stream import Stream

NOON = datetime(2026, 5, 4, 17, 0, tzinfo=UTC)
TO_STREAM = {"how": "delivery", **PERSON, **ADDRESS}
OWN = {**TO_STREAM, "how": "merchant_managed_delivery"}


def bodies(event_type: str = "order.created") -> list[dict]:
    events = OutboundEvent.objects.filter(event_type=event_type).order_by("pk")
    return [json.loads(event.body) for event in events]


def end(ending: str) -> None:
    """Report the end of the newest event, as the delivery engine does."""
    event = OutboundEvent.objects.filter(event_type="order.created").latest("pk")
    event.ending = ending
    event.save()
    listeners.notify_ended([event])


def page(counter, order) -> str:
    return counter.client.get(f"/board/new/{order.pk}/").content.decode()


def again(counter, order):
    return counter.client.post(f"/board/new/{order.pk}/", follow=True).content.decode()


@pytest.fixture
def sent(counter) -> Order:
    counter.add("fam_soda")
    return counter.placed(**TO_STREAM)


def test_the_event_matches_the_contract_exactly(counter, merchant):
    factories.tax(merchant, rate="10", is_default=True)
    with time_machine.travel(NOON, tick=False):
        counter.add("fam_pizza", size="item_large", quantity="2", note="Well done", **{
            "pick/grp_toppings": "mod_ham",
        })  # fmt: skip
        order = counter.placed(
            **TO_STREAM, notes="No nuts", utensils="on", wanted_for="2026-05-04T14:00"
        )
    assert bodies() == [
        {
            "type": "order.created",
            "object": {
                "location_id": "loc_downtown",
                "idempotency_key": str(order.pk),
                "source_order_id": str(order.pk),
                "source": "in_store",
                "brand": "Harbor Kitchen",
                "fulfillment_type": "delivery",
                "placed_at": 1777914000000,
                "is_future_order": True,
                "should_include_utensils": True,
                "customers": [{"name": "Ann", "phone": "+15125550100"}],
                "delivery_address": {
                    "street": "5 Main St, Apt 4",
                    "city": "Austin",
                    "state": "TX",
                    "postal_code": "78701",
                    "country": "USA",
                },
                "line_items": [
                    {
                        "provider_id": "item_large",
                        "name": "Pizza, Large",
                        "quantity": 2,
                        "price_amount": 1500,
                        "price_currency": "usd",
                        "special_instructions": "Well done",
                        "modifiers": [
                            {
                                "provider_id": "mod_ham",
                                "name": "Ham",
                                "quantity": 1,
                                "price_amount": 200,
                                "price_currency": "usd",
                                "modifier_group_id": "grp_toppings",
                                "modifiers": [],
                            }
                        ],
                    }
                ],
                "subtotal": 3400,
                "tax": 340,
                "tax_withheld_by_dsp": 0,
                "requested_for": 1777921200000,
                "special_instructions": "No nuts",
            },
        }
    ]
    assert webhook_problems(bodies()[0]) == ()


def test_unset_fields_are_left_out(sent):
    body = bodies()[0]["object"]
    assert "requested_for" not in body
    assert "special_instructions" not in body
    assert (body["is_future_order"], body["should_include_utensils"]) == (False, False)


def test_the_event_is_queued_with_the_order_and_expires_after_an_hour(sent):
    event = OutboundEvent.objects.get()
    assert event.ordering_key == f"order/{sent.pk}"
    assert event.expires_at - event.created_at == pytest.approx(
        timedelta(hours=1), abs=timedelta(seconds=5)
    )
    assert sent.sent_to_stream == SentToStream.WAITING
    assert [event[1] for event in history(sent)] == [
        "Order entered",
        "Stream is asked to deliver it",
    ]


def test_the_page_refreshes_until_stream_has_the_order(counter, sent):
    waiting = counter.client.get(f"/board/new/{sent.pk}/")
    assert waiting["Refresh"] == "3"
    assert "On its way to Stream" in waiting.content.decode()
    assert "is sent as soon as a worker is free" in waiting.content.decode()

    end("arrived")
    sent.refresh_from_db()
    assert sent.sent_to_stream == SentToStream.HAS_IT
    assert history(sent)[-1][:2] == ("stream", "Stream has the order")
    arrived = counter.client.get(f"/board/new/{sent.pk}/")
    assert "Refresh" not in arrived
    assert "Stream has it" in arrived.content.decode()
    assert "Send" not in arrived.content.decode()


@pytest.mark.parametrize("ending", ["refused", "tried_out", "expired", "stopped", "disconnected"])
def test_a_failed_delivery_is_explained_and_resent_under_the_same_key(counter, sent, ending):
    OutboundEvent.objects.update(state="failed")
    end(ending)
    sent.refresh_from_db()
    assert sent.sent_to_stream == SentToStream.FAILED
    assert history(sent)[-1][1] == "Stream does not have the order"
    shown = page(counter, sent)
    assert "Could not be sent" in shown
    assert "Send again" in shown

    assert "Stream has been asked to deliver it." in again(counter, sent)
    first, second = bodies()
    assert first == second
    end("arrived")
    sent.refresh_from_db()
    assert sent.sent_to_stream == SentToStream.HAS_IT


def test_an_event_may_arrive_after_it_was_given_up(sent):
    for ending, expected in (("stopped", "failed"), ("arrived", "has_it"), ("stopped", "has_it")):
        end(ending)
        sent.refresh_from_db()
        assert sent.sent_to_stream == expected


@pytest.mark.parametrize("key", ["order/x", "order/", "x", f"order/{'0' * 32}"])
def test_an_event_without_an_order_is_ignored(sent, key):
    delivery_request.record_delivery(
        OutboundEvent(merchant=sent.merchant, ordering_key=key, ending="arrived")
    )


# --- Orders that cannot be sent.
def test_no_order_for_stream_is_placed_at_a_disconnected_location(counter, shop):
    counter.add("fam_soda")
    connection.disconnect(models.Location.objects.all())
    answer = counter.place(**TO_STREAM)
    assert answer.status_code == 400
    assert "Downtown is not connected to Stream" in answer.content.decode()
    assert not Order.objects.exists()
    assert not OutboundEvent.objects.exists()


def test_an_own_delivery_order_can_be_sent_to_stream_later(counter):
    counter.add("fam_soda")
    order = counter.placed(**OWN)
    assert not OutboundEvent.objects.exists()
    assert "Send to Stream" in page(counter, order)
    again(counter, order)
    order.refresh_from_db()
    assert (order.fulfillment_type, order.sent_to_stream) == ("delivery", "waiting")
    assert bodies()[0]["object"]["fulfillment_type"] == "delivery"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"state": State.COMPLETED}, "This order is over: Completed."),
        ({"fulfillment_type": "pickup"}, "Only a delivery order"),
        ({"is_in_store": False}, "entered here"),
        ({"unpaid": True}, "Stream delivers only paid orders"),
        ({"sent_to_stream": "waiting"}, "Nothing to send: On its way to Stream."),
        ({"sent_to_stream": "has_it"}, "Nothing to send: Stream has it."),
    ],
)
def test_an_order_that_cannot_be_sent_says_why(counter, fields, expected):
    counter.add("fam_soda")
    order = counter.placed(**OWN)
    Order.objects.update(**fields)
    assert expected in again(counter, order)
    assert not OutboundEvent.objects.exists()


# --- Updates to and from Stream.
def test_stream_is_not_told_about_orders_it_was_never_sent(counter, owner):
    counter.add("fam_soda")
    order = counter.placed()
    transitions.move(order.pk, State.READY_FOR_PICKUP, by=owner)
    transitions.move(order.pk, State.COMPLETED, by=owner)
    assert not OutboundEvent.objects.exists()
    assert Order.objects.get().state == State.COMPLETED


@pytest.mark.parametrize(
    ("sent_to_stream", "is_told"),
    [("waiting", True), ("has_it", True), ("failed", False), ("", False)],
)
def test_stream_is_told_about_transitions_of_orders_it_was_sent(
    sent, owner, sent_to_stream, is_told
):
    Order.objects.update(sent_to_stream=sent_to_stream)
    transitions.move(sent.pk, State.READY_FOR_PICKUP, by=owner)
    statuses = [body["object"]["status"] for body in bodies("order.status.updated")]
    assert statuses == (["ready_for_pickup"] if is_told else [])


def test_stream_drivers_and_statuses_work_as_for_any_order(counter, sent, token):
    stream, key = Stream(token.raw), str(sent.pk)
    stream.event(
        "order.updated",
        order_id=key,
        delivery_status="enroute_to_pickup",
        driver_details={"name": "Sam"},
    )
    end("arrived")
    shown = page(counter, sent)
    assert "Driver on the way here" in shown
    assert "Sam" in shown
    assert stream.event("order.canceled", order_id=key).status_code == 200
    sent.refresh_from_db()
    assert sent.state == State.DSP_CANCELED
