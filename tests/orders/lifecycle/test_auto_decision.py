"""Automatic decisions on orders that staff have not decided."""

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError
from django.db import connection as db_connection
from django.utils import timezone

from catalog.models import AcceptanceMode, Location
from integration.clocks import registry
from integration.delivery import runner as delivery_runner
from integration.models import OutboundEvent
from orders import tasks
from orders.lifecycle import acceptance, auto_decision
from orders.models import Order
from orders.states import State, StreamKnows
from sandbox.checks.webhook_checks import webhook_problems
from tests.integration.support.receiver import Receiver, answer
from tests.orders.support.deferred_orders import history, order, pending
from tests.orders.support.stream_orders import at_location, make_menu, stock, thing
from tests.support import factories
from tests.support.threads import at_once

NOBODY = "Nobody at the restaurant could confirm the order in time."
__all__ = ["order"]


def tick(order: Order, *, after: float) -> None:
    """Run the task that many seconds after the order arrived."""
    with time_machine.travel(order.created_at + timedelta(seconds=after), tick=False):
        tasks.look_after_orders()
    order.refresh_from_db()


@pytest.mark.parametrize(
    ("seconds", "state"), [(0, "pending"), (44.9, "pending"), (45, "rejected"), (59.9, "rejected")]
)
def test_an_order_waiting_for_45_seconds_is_rejected(order, seconds, state):
    tick(order, after=seconds)

    assert order.state == state
    assert OutboundEvent.objects.count() == (state == "rejected")


def test_stream_gets_the_reason_while_it_still_waits(order):
    make_menu(order.merchant)
    at_location("fam_soda", stock_count=3)
    order.stock_taken = {"item_family": {str(thing("fam_soda").pk): 2}}
    order.save()

    tick(order, after=45)

    assert history(order) == [("clock", "Rejected", "rejected", {"reason": NOBODY})]
    assert order.stream_knows == StreamKnows.WAITING
    assert stock("fam_soda") == 5
    event = OutboundEvent.objects.get()
    body = json.loads(event.body)
    assert webhook_problems(body) == ()
    assert body["type"] == "order.rejected"
    assert body["object"]["posValidation"] == {
        "orderValidation": [{"order_error": "store_unavailable", "order_error_reason": NOBODY}]
    }
    assert event.expires_at == order.created_at + timedelta(seconds=60)


def test_a_location_can_accept_by_default(order):
    Location.objects.update(default_decision="accept")
    tick(order, after=44.9)
    assert order.state == State.PENDING

    tick(order, after=45)

    assert history(order) == [("clock", "Accepted", "in_progress", {})]
    event = OutboundEvent.objects.get()
    body = json.loads(event.body)
    assert webhook_problems(body) == ()
    assert (body["type"], body["object"]["prep_time_minutes"]) == ("order.accepted", 15)
    assert event.expires_at == order.created_at + timedelta(seconds=60)


@pytest.mark.parametrize(
    ("seconds", "state", "knows"),
    [(59.9, "in_progress", "waiting"), (60, "rejected", "unknown"), (3600, "rejected", "unknown")],
)
def test_an_order_stream_has_rejected_is_not_accepted(order, seconds, state, knows):
    """The worker was down until then."""
    Location.objects.update(default_decision="accept")
    tick(order, after=seconds)
    assert (order.state, order.stream_knows) == (state, knows)


def test_each_location_has_its_own_default(order, merchant):
    other = factories.location(merchant, default_decision="accept")
    factories.connect(other)
    there = pending(other)
    tick(there, after=46)
    order.refresh_from_db()
    assert (order.state, there.state) == (State.REJECTED, State.IN_PROGRESS)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("decision", ["reject", "accept"])
def test_stream_gets_the_decision_well_within_60_seconds(order, settings, decision):
    """The worker comes back at the 50th second, and Stream fails once."""
    Location.objects.update(default_decision=decision)
    server = Receiver()
    failing = iter([answer(500)])
    server.behave = lambda handler: next(failing, answer(200))(handler)
    server.start()
    settings.STREAM_WEBHOOK_URL = server.url
    with time_machine.travel(order.created_at + timedelta(seconds=50)) as traveller:
        tasks.look_after_orders()
        delivery_runner.deliver_due()
        traveller.shift(timedelta(seconds=3))
        delivery_runner.deliver_due()
        assert timezone.now() < order.created_at + timedelta(seconds=56)
    server.stop()

    order.refresh_from_db()
    assert order.stream_knows == StreamKnows.TOLD
    types = [json.loads(request.body)["type"] for request in server.received]
    assert types == [f"order.{decision}ed"] * 2


def test_the_next_run_changes_nothing(order):
    for seconds in (45, 46, 47):
        tick(order, after=seconds)

    assert len(history(order)) == 1
    assert OutboundEvent.objects.count() == 1


def test_after_an_outage_the_order_is_rejected_and_shown_as_unknown(order):
    tick(order, after=3600)

    assert (order.state, order.stream_knows) == (State.REJECTED, StreamKnows.UNKNOWN)
    assert not OutboundEvent.objects.exists()


@pytest.mark.parametrize("state", [state for state in State if state != State.PENDING])
def test_an_order_not_waiting_for_a_decision_stays_as_it_is(order, state):
    Order.objects.update(state=state)

    tick(order, after=3600)

    assert (order.state, history(order)) == (state, [])


def test_staff_can_decide_before_the_run(order, monkeypatch):
    reject = acceptance.reject

    def late(*args: Any, **kwargs: Any) -> Order:
        acceptance.accept(order.pk, by=None)
        return reject(*args, **kwargs)

    monkeypatch.setattr(acceptance, "reject", late)
    tick(order, after=45)

    assert order.state == State.IN_PROGRESS


def test_a_failing_order_does_not_hold_up_others(order, location, monkeypatch):
    second = pending(location)
    reject = acceptance.reject

    def failing(order_id: Any, *args: Any, **kwargs: Any) -> Order:
        if order_id == order.pk:
            raise DatabaseError
        return reject(order_id, *args, **kwargs)

    monkeypatch.setattr(acceptance, "reject", failing)
    tick(second, after=45)
    assert second.state == State.REJECTED

    monkeypatch.undo()
    tick(order, after=50)
    assert order.state == State.REJECTED


@pytest.mark.django_db(transaction=True)
def test_two_concurrent_runs_and_a_user_decide_once(order, owner, monkeypatch):
    def accept() -> None:
        try:
            acceptance.accept(order.pk, by=owner)
        except acceptance.AlreadyDecided:
            return

    monkeypatch.setattr(acceptance, "STAFF_HAVE", timedelta(0))
    for _ in range(5):
        Order.objects.update(state=State.PENDING)
        order.history.all().delete()
        OutboundEvent.objects.all().delete()
        at_once(auto_decision.decide_overdue, auto_decision.decide_overdue, accept)

        order.refresh_from_db()
        assert [line[2] for line in history(order)] == [order.state]
        assert OutboundEvent.objects.count() == 1


def test_the_run_reads_its_index(order):
    with db_connection.cursor() as cursor:
        if db_connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
    assert "order_undecided" in auto_decision.undecided().explain()


def test_the_task_runs_every_second(order):
    [round_] = registry.woken_by(tasks.look_after_orders.name)
    assert (round_.task, round_.every_seconds) == (tasks.look_after_orders, 1.0)


def test_the_label_names_the_real_deadline():
    seconds = int(acceptance.STAFF_HAVE.total_seconds())
    assert AcceptanceMode.MANUAL.label == f"by staff, within {seconds} seconds"
