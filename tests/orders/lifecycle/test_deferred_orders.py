"""Orders at a location with manual acceptance: stored, answered at once, decided later."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection as db_connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.models import CatalogMark, Location
from integration.delivery import runner as delivery_runner
from integration.models import OutboundEvent
from orders.lifecycle import acceptance
from orders.models import InboundEvent, Order
from orders.states import State, StreamKnows
from sandbox.checks.order_checks import created_problems
from sandbox.checks.webhook_checks import webhook_problems
from sandbox.wire.transport import Answer
from tests.integration.support.receiver import Receiver
from tests.orders.support.deferred_orders import BUSY, history
from tests.orders.support.stream_orders import (
    at_location,
    line,
    order,
    reasons_in,
    refusal_in,
    stock,
)

pytestmark = pytest.mark.usefixtures("menu")


@pytest.fixture
def manual(location: Location) -> Location:
    Location.objects.filter(pk=location.pk).update(acceptance_mode="manual")
    location.refresh_from_db()
    return location


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    """Stream's webhook endpoint."""
    server = Receiver()
    server.start()
    settings.STREAM_WEBHOOK_URL = server.url
    yield server
    server.stop()


def test_the_answer_announces_a_later_decision(stream, manual):
    answer = stream.order(**order())

    kept = Order.objects.get()
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"
    assert answer.content == (
        b'{"order":{"provider_id":"%s","prep_time_minutes":20,"async_acceptance":true}}'
        % str(kept.pk).encode()
    )
    assert (kept.state, kept.stream_knows) == (State.PENDING, StreamKnows.NOT_ASKED)
    assert history(kept) == [("stream", "Order received, waits for a decision", "pending", {})]
    assert InboundEvent.objects.get().outcome == "deferred"
    assert not OutboundEvent.objects.exists()


def test_the_sandbox_accepts_such_an_answer(stream, manual):
    answer = stream.order(**order())

    heard = Answer(answer.status_code, {}, answer.content, len(answer.content), 1.0)
    assert created_problems(heard) == ()


def test_an_automatic_location_answers_as_before(stream, location):
    answer = stream.order(**order())

    kept = Order.objects.get()
    assert answer.content == (
        b'{"order":{"provider_id":"%s","prep_time_minutes":20}}' % str(kept.pk).encode()
    )
    assert kept.state == State.IN_PROGRESS
    assert history(kept) == [("stream", "Order accepted", "in_progress", {})]
    assert InboundEvent.objects.get().outcome == "accepted"


def test_every_repeat_gets_the_first_answer_whatever_the_decision(stream, manual):
    first = stream.order(**order())
    waiting = stream.order(**order())
    acceptance.accept(Order.objects.get().pk, by=None)
    Location.objects.update(acceptance_mode="automatic")
    decided = stream.order(**order())

    for again in (waiting, decided):
        assert (again.status_code, again.content) == (200, first.content)
    assert Order.objects.count() == 1


def test_an_order_accepted_before_the_change_gets_its_first_answer(stream, location):
    first = stream.order(**order())
    Location.objects.update(acceptance_mode="manual")

    assert stream.order(**order()).content == first.content
    assert Order.objects.get().state == State.IN_PROGRESS


def test_an_invalid_order_is_refused_at_once(stream, manual):
    refused = refusal_in(stream.order(**order(line("fam_burger", 1000), subtotal=1)))

    assert refused
    assert not Order.objects.exists()


def test_a_deferred_order_takes_as_many_queries_as_an_automatic_one(stream, location):
    def count(key: str) -> int:
        with CaptureQueriesContext(db_connection) as caught:
            assert stream.order(**order(idempotency_key=key)).status_code == 200
        return len(caught)

    count("warm")
    automatic = count("one")
    Location.objects.update(acceptance_mode="manual")
    assert count("two") == automatic


def test_the_acceptance_mode_does_not_affect_the_catalog(stream, location):
    before = stream.catalog("loc_downtown")
    marks, listed = CatalogMark.objects.count(), stream.get("/locations").content
    location.acceptance_mode = "manual"
    location.save()

    assert CatalogMark.objects.count() == marks
    assert stream.catalog("loc_downtown").content == before.content
    assert stream.get("/locations").content == listed


def test_stock_is_taken_at_once_and_returned_by_a_rejection(stream, manual, owner):
    at_location("fam_soda", stock_count=3)
    sent = order(line("fam_soda", 250, 2))
    assert stream.order(**sent).status_code == 200
    assert stock("fam_soda") == 1
    refused = refusal_in(stream.order(**sent | {"idempotency_key": "key-2"}))
    assert [entry["quantity"] for entry in refused["stockValidation"]] == [1]

    acceptance.reject(Order.objects.get().pk, BUSY, by=owner)

    assert stock("fam_soda") == 3


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_accepted", [True, False])
def test_stream_gets_the_decision(stream, manual, owner, receiver, is_accepted):
    provider_id = stream.order(**order()).json()["order"]["provider_id"]
    kept = Order.objects.get(pk=provider_id)
    if is_accepted:
        acceptance.accept(kept.pk, by=owner)
    else:
        acceptance.reject(kept.pk, BUSY, by=owner)
    delivery_runner.deliver_due()

    [received] = receiver.received
    body = json.loads(received.body)
    assert webhook_problems(body) == ()
    assert body["object"]["provider_id"] == provider_id
    if is_accepted:
        assert body["type"] == "order.accepted"
        assert body["object"]["prep_time_minutes"] == 20
    else:
        assert body["type"] == "order.rejected"
        reason = ("store_unavailable", "The kitchen is full until 19:00.")
        assert reasons_in(body["object"]["posValidation"]) == [reason]
    kept.refresh_from_db()
    assert kept.stream_knows == StreamKnows.TOLD
    assert (timezone.now() - kept.created_at).total_seconds() < 60


@pytest.mark.parametrize("event", ["order.canceled", "order.updated"])
def test_stream_can_cancel_a_waiting_order(stream, manual, event):
    at_location("fam_soda", stock_count=3)
    provider_id = stream.order(**order(line("fam_soda", 250, 2))).json()["order"]["provider_id"]

    details = {"order_id": provider_id, "cancel_reason": "confirmation_timeout"}
    for _ in range(2):
        assert stream.event(event, **details, status="dsp_canceled").status_code == 200

    kept = Order.objects.get()
    assert kept.state == State.DSP_CANCELED
    assert stock("fam_soda") == 3
    with pytest.raises(acceptance.AlreadyDecided, match="Canceled by the channel"):
        acceptance.accept(kept.pk, by=None)


def test_a_cancelation_after_the_rejection_returns_no_stock_again(stream, manual):
    at_location("fam_soda", stock_count=3)
    provider_id = stream.order(**order(line("fam_soda", 250, 2))).json()["order"]["provider_id"]
    acceptance.reject(Order.objects.get().pk, BUSY, by=None)

    answer = stream.event("order.canceled", provider_id=provider_id)

    assert answer.status_code == 200
    assert Order.objects.get().state == State.REJECTED
    assert stock("fam_soda") == 3
