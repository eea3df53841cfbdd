"""Order events, cancelations and answers that meet in the same instant."""

import json
from functools import partial

import pytest

from dsp.models import ChannelOrder, Refund
from dsp.new_orders import numbers
from dsp.orders import cancelation, clock, placing, settling
from integration import tasks
from integration.models import OutboundEvent
from tests.dsp.events import examples
from tests.dsp.support.channel import Channel
from tests.dsp.support.orders import bodies_owed, in_state, owed, place, unplaced
from tests.integration.support.receiver import Receiver, answer
from tests.support.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def _channel(channel):
    """Return another client with the same token, for another thread."""
    other = Channel("")
    other.headers = channel.headers
    return other


def _fresh(order):
    return ChannelOrder.objects.get(pk=order.pk)


def test_two_events_at_once_are_both_applied_and_a_refund_is_owed_once(channel, store):
    order = in_state(store, "sent")
    told = (examples.FAIL, examples.CANCEL, examples.FAIL)
    answers = at_once(*[partial(_channel(channel).event, event) for event in told])
    assert [one.status_code for one in answers] == [200, 200, 200]
    assert Refund.objects.count() == 1
    assert _fresh(order).state in ("failed", "canceled")
    assert order.history.exclude(digest="").count() == 2


def test_a_guest_and_the_restaurant_at_once_end_it_once(channel, store):
    store.guests_may_cancel_late = True
    store.save()
    order = in_state(store, "sent")

    def cancel():
        try:
            return cancelation.cancel(order.pk, "guest", True)
        except cancelation.TooLate:
            return None

    at_once(cancel, lambda: _channel(channel).event(examples.CANCEL))
    after = _fresh(order)
    assert after.state in ("guest_canceled", "canceled")
    assert Refund.objects.count() == 1
    told = [body["type"] for body in bodies_owed(order)].count("cancel_order")
    assert told == (after.state == "guest_canceled")


def test_an_event_while_our_request_is_under_way_and_after_its_answer(channel, store, settings):
    """Stream speaks of the order before it has answered our own request."""
    server = Receiver()

    def behave(handler):
        body = {**examples.ACCEPT, "order_id": "ord_01"}
        (told,) = at_once(lambda: _channel(channel).event(body))
        assert told.status_code == 200
        answer(503)(handler)

    server.behave = behave
    server.start()
    try:
        settings.DSP = settings.DSP._replace(webhook_url=server.url, webhook_secrets=("s" * 16,))
        order = place(store)
        tasks.deliver_due()
        assert settling.settle() == 0
        tasks.deliver_due()
    finally:
        server.stop()
    assert _fresh(order).state == "accepted"
    assert len(server.received) == 1
    assert [event.state for event in owed(order)] == ["delivered"]


def test_a_cancelation_while_our_request_is_under_way_follows_it(channel, store, settings):
    server, order = Receiver(), place(store)

    def behave(handler):
        if json.loads(server.received[-1].body)["type"] == "new_order":
            at_once(lambda: cancelation.cancel(order.pk, "guest", True))
        answer(200)(handler)

    server.behave = behave
    server.start()
    try:
        settings.DSP = settings.DSP._replace(webhook_url=server.url, webhook_secrets=("s" * 16,))
        tasks.deliver_due()
    finally:
        server.stop()
    types = [json.loads(request.body)["type"] for request in server.received]
    assert types == ["new_order", "cancel_order"]
    assert _fresh(order).state == "guest_canceled"
    assert settling.settle() == 0


def test_two_workers_end_an_order_once(store):
    silent = in_state(store, "unconfirmed")
    ChannelOrder.objects.update(state_since="2026-01-01T00:00:00Z")
    refused = place(store, provider_id="ord_02")
    OutboundEvent.objects.filter(pk=refused.outbound_event_id).update(
        state="failed", ending="refused"
    )
    assert sum(at_once(clock.run, settling.settle, clock.run, settling.settle)) == 2
    assert (_fresh(silent).state, _fresh(refused).state) == ("given_up", "failed")
    assert Refund.objects.count() == 2
    assert [body["type"] for body in bodies_owed(silent)] == ["new_order", "cancel_order"]
    assert refused.history.count() == 2


def test_a_number_that_is_taken_is_drawn_again_and_nothing_of_the_first_try_stays(
    store, monkeypatch
):
    drawn = iter(["A17", "A17", "B20"])
    monkeypatch.setattr(numbers, "draw", lambda store_id, day: next(drawn))
    first = placing.place(unplaced(store))  # Each in its own transaction, as a request does.
    second = placing.place(unplaced(store, provider_id="ord_02"))
    assert (first.number, second.number) == ("A17", "B20")
    events = OutboundEvent.objects.order_by("pk").values_list("pk", flat=True)
    assert [order.outbound_event_id for order in (first, second)] == list(events)
    assert [order.history.count() for order in (first, second)] == [1, 1]
