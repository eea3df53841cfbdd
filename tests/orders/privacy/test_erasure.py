"""Erasure removes personal data everywhere, and keeps orders, amounts and answers."""

import json
import uuid
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import AcceptanceMode, Location
from integration.clocks import registry
from integration.models import OutboundEvent
from integration.webhooks import outbox
from orders import tasks
from orders.lifecycle import acceptance, transitions
from orders.models import InboundEvent, Order, OrderEvent, OrderLine
from orders.privacy import batches, erasure
from orders.privacy.details import HISTORY_TEXT
from orders.protocol.responses import OTHER, refusal
from orders.states import State
from tests.orders.support import stream_orders
from tests.orders.support.deferred_orders import pending
from tests.orders.support.personal_data import (
    DRIVER,
    LATER,
    NOW,
    SECRETS,
    ended,
    erase_by_the_clock,
    everything,
    now,
    secrets_in,
    sent,
)
from tests.support import factories

__all__ = ["ended", "now"]  # Fixtures.


def test_no_personal_data_is_left_after_the_retention_period(ended, stream):
    refused = {**sent(idempotency_key="bad"), "line_items": [stream_orders.line("fam_none", 1)]}
    assert stream.order(**refused).status_code == 400
    stream.post("/orders", b'{"type": "order.created", "object": {"name": "Annabel"')
    stream.event("order.dreamt", customer="Annabel Leigh")
    stream.event("order.updated", order_id=str(uuid.uuid4()), driver_details=DRIVER)
    before = everything()
    assert secrets_in(before) == SECRETS

    erase_by_the_clock()

    after = everything()
    assert secrets_in(after) == []
    assert "OutboundEvent.body: ''" in after


def test_orders_amounts_and_answers_are_kept(ended):
    fields = [
        "identity", "fingerprint", "answer", "state", "source", "dsp_order_id", "dsp_order_number",
        "subtotal", "tax", "total", "currency", "fulfillment_type", "created_at",
    ]  # fmt: skip
    before = Order.objects.values(*fields).get()
    lines = list(OrderLine.objects.values("name", "provider_id", "quantity", "price_amount"))
    events = list(InboundEvent.objects.values("event_type", "outcome", "status_code", "answer"))
    whats = list(OrderEvent.objects.values_list("what", flat=True))
    sent_events = OutboundEvent.objects.order_by("pk")
    sending = list(sent_events.values("event_type", "state", "finished_at"))

    erase_by_the_clock()

    assert Order.objects.values(*fields).get() == before
    assert (
        list(OrderLine.objects.values("name", "provider_id", "quantity", "price_amount")) == lines
    )
    columns = ("event_type", "outcome", "status_code", "answer")
    assert list(InboundEvent.objects.values(*columns)) == events
    assert list(OrderEvent.objects.values_list("what", flat=True)) == [*whats, HISTORY_TEXT]
    assert list(sent_events.values("event_type", "state", "finished_at")) == sending
    order = Order.objects.get()
    assert order.details == {"store_tip": 200, "discounts": [{"amount": 100}]}
    assert order.erased_at == LATER
    details = [event.details for event in order.history.all()]
    assert {"by": "Pat Owner"} in details
    assert details[-1] == {"why": "kept for 90 days"}
    # What names nobody is still readable.
    status = OutboundEvent.objects.filter(event_type="order.status.updated").first()
    assert status is not None
    assert json.loads(status.body)["object"]["status"] == "ready_for_pickup"


def test_a_repeat_of_an_erased_order_gets_the_same_answer_and_stores_nothing(ended, stream):
    first = bytes(InboundEvent.objects.earliest("pk").answer, "utf-8")
    erase_by_the_clock()

    again = stream.order(**sent())
    other = stream.order(**{**sent(), "subtotal": 1001, "tax": 7})

    assert (again.status_code, again.content) == (200, first)
    assert other.status_code == 400
    assert "An order with this key was accepted before" in other.content.decode()
    assert Order.objects.count() == 1
    assert secrets_in(everything()) == []


def test_a_late_event_about_an_erased_order_stores_nothing_either(ended, stream):
    erase_by_the_clock()
    answer = stream.event(
        "order.updated", order_id=str(ended.pk), status="completed", driver_details=DRIVER
    )
    assert answer.status_code == 200
    stream.event("order.canceled", provider_id=str(ended.pk), cancel_reason="Annabel rang")
    assert secrets_in(everything()) == []
    assert Order.objects.get().driver == {}
    newest = InboundEvent.objects.latest("pk")
    assert (newest.event_type, bytes(newest.body)) == ("order.canceled", b"")
    assert newest.erased_at is not None


# Data that is kept.


@pytest.mark.parametrize("state", [State.PENDING, State.IN_PROGRESS, State.OUT_FOR_DELIVERY])
def test_an_open_order_is_never_erased_automatically(location, state):
    order = pending(location, state=state, customer_name="Ann")
    event = InboundEvent.objects.create(
        merchant=location.merchant, body=b"Ann", outcome="accepted", status_code=200, order=order
    )
    erase_by_the_clock(NOW + timedelta(days=900))
    order.refresh_from_db()
    event.refresh_from_db()
    assert (order.customer_name, bytes(event.body)) == ("Ann", b"Ann")


def test_an_orders_retention_starts_at_its_end(location, settings):
    settings.PERSONAL_DATA_DAYS = 10
    order = pending(location, state=State.IN_PROGRESS, customer_name="Ann")
    with time_machine.travel(NOW + timedelta(days=8), tick=False):
        transitions.move(
            order.pk, State.MERCHANT_CANCELED, by=factories.user(location.merchant, "owner")
        )
    erase_by_the_clock(NOW + timedelta(days=18))
    order.refresh_from_db()
    assert order.erased_at is None
    erase_by_the_clock(NOW + timedelta(days=18, seconds=1))
    order.refresh_from_db()
    assert order.customer_name == ""


def test_a_refused_events_retention_starts_at_its_receipt(merchant, settings):
    settings.PERSONAL_DATA_DAYS = 10
    InboundEvent.objects.create(merchant=merchant, body=b"Ann", outcome="refused", status_code=400)
    erase_by_the_clock(NOW + timedelta(days=10))
    assert bytes(InboundEvent.objects.get().body) == b"Ann"
    erase_by_the_clock(NOW + timedelta(days=10, seconds=1))
    assert bytes(InboundEvent.objects.get().body) == b""


@pytest.mark.parametrize(("days", "name"), [(0, "Ann"), (2_000_000_000, "Ann"), (1, "")])
def test_the_retention_setting_is_respected(location, settings, days, name):
    settings.PERSONAL_DATA_DAYS = days
    pending(location, state=State.COMPLETED, customer_name="Ann")
    erase_by_the_clock(NOW + timedelta(days=2))
    assert Order.objects.get().customer_name == name


def test_a_run_is_bounded_and_the_next_one_continues(location, settings, monkeypatch):
    monkeypatch.setattr(batches, "BATCH_SIZE", 2)
    monkeypatch.setattr(batches, "MAX_PER_RUN", 4)
    for _ in range(5):
        pending(location, state=State.COMPLETED, customer_name="Ann")
        InboundEvent.objects.create(
            merchant=location.merchant, body=b"Ann", outcome="refused", status_code=400
        )

    def left() -> tuple[int, int]:
        return (
            Order.objects.filter(customer_name="Ann").count(),
            InboundEvent.objects.exclude(body=b"").count(),
        )

    erase_by_the_clock()
    assert left() == (1, 1)
    erase_by_the_clock()
    assert left() == (0, 0)
    erase_by_the_clock()
    assert OrderEvent.objects.filter(what=HISTORY_TEXT).count() == 5


def test_many_orders_need_no_more_queries(location):
    counts = []
    for many in (2, 30):
        for _ in range(many):
            order = pending(location, state=State.COMPLETED, customer_name="Ann")
            OrderEvent.objects.create(
                order=order, actor="staff", what="x", state="completed", details={"reason": "Ann"}
            )
        with time_machine.travel(LATER, tick=False), CaptureQueriesContext(connection) as queries:
            erasure.erase_due(LATER - timedelta(days=90), "test")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_waiting_event_about_an_old_order_is_given_up(ended):
    OutboundEvent.objects.filter(event_type="order.created").update(
        state="waiting", finished_at=None
    )
    erase_by_the_clock()
    event = OutboundEvent.objects.get(event_type="order.created")
    assert (event.state, event.ending, event.body) == ("failed", "stopped", "")


def test_an_erased_event_is_never_resent(ended, location):
    erase_by_the_clock()
    about = OutboundEvent.objects.filter(event_type="order.created")
    assert outbox.requeue(about) == 0
    assert about.get().state == "delivered"


def test_a_rejection_text_is_erased_too(stream, menu, owner, location):
    Location.objects.filter(pk=location.pk).update(acceptance_mode=AcceptanceMode.MANUAL)
    assert stream.order(**sent()).status_code == 200
    order = Order.objects.get()
    acceptance.reject(order.pk, refusal(OTHER, "Annabel Leigh ordered twice"), by=owner)
    erase_by_the_clock()
    assert secrets_in(everything()) == []


def test_erasure_runs_every_hour():
    [entry] = registry.woken_by(tasks.erase_personal_data.name)
    assert entry.every_seconds == 3600.0
