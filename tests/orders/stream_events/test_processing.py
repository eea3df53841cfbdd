"""What becomes of archived events: followed orders, their states and their history (EV)."""

import itertools

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from orders.models import FollowedEvent, FollowedOrder, StreamEvent
from orders.stream_events import processing
from tests.orders.support.followed_events import (
    confirmation,
    delivery,
    followed,
    history,
    outcomes,
    receive,
    status,
    store,
)
from tests.support.threads import at_once

pytestmark = pytest.mark.django_db
BURGER = {
    "name": "Cheeseburger",
    "quantity": 1,
    "price": 1000,
    "special_instructions": "No bun please",
    "modifiers": [{"name": "Extra Patty", "quantity": 1, "price": 500}],
}


STEPS = [
    confirmation(status="in_progress", total=2100),
    status("1", "ready_for_pickup"),
    delivery("1", "enroute_to_pickup"),
    status("1", "out_for_delivery"),
    status("1", "completed"),
]


@pytest.mark.parametrize("order", list(itertools.permutations(range(5)))[::7])
def test_events_in_any_order_and_twice_end_in_the_same_state(order):
    for place in order:
        receive(STEPS[place], STEPS[place])
    receive(*STEPS)

    one = followed()
    assert (one.status, one.delivery_status, one.total) == ("completed", "enroute_to_pickup", 2100)
    assert one.ended_at is not None
    assert StreamEvent.objects.count() == 5
    assert {outcome for outcome, _ in outcomes()} <= {"applied", "noted"}


@pytest.mark.parametrize("order", [(4, 3, 2, 1, 0), (1, 0, 4, 2, 3)])
def test_events_of_one_batch_may_come_in_any_order(order):
    receive(*(STEPS[place] for place in order))

    one = followed()
    assert (one.status, one.delivery_status, one.total) == ("completed", "enroute_to_pickup", 2100)
    assert "waiting" not in {outcome for outcome, _ in outcomes()}


def test_an_update_waits_for_its_confirmation():
    receive(status("1", "completed"), confirmation("2"), delivery("1", "completed"))

    assert outcomes() == [("waiting", ""), ("applied", ""), ("waiting", "")]
    assert FollowedOrder.objects.count() == 1

    receive(confirmation("1"))

    assert outcomes() == [("applied", "")] * 4
    one = followed("1")
    assert (one.status, one.delivery_status) == ("completed", "completed")
    assert one.events.count() == 3
    assert history() == [
        ("Confirmed", {}),
        ("Status changed", {"status": "completed"}),
        ("Delivery status changed", {"delivery_status": "completed"}),
    ]


def test_an_update_is_never_applied_to_the_order_of_another_location():
    receive(confirmation("1"), status("1", "completed", location_id="elsewhere"))

    assert outcomes() == [("applied", ""), ("waiting", "")]
    assert followed().status == ""


def test_another_confirmation_replaces_the_content_and_never_moves_the_order_back():
    receive(
        confirmation(total=2100, status="in_progress", items=[BURGER]), status("1", "completed")
    )
    ended_at = followed().ended_at

    receive(confirmation(total=1000, status="in_progress", customer={"name": "Ada"}))

    one = followed()
    assert (one.total, one.status, one.customer_name) == (1000, "completed", "Ada")
    assert (one.details, one.ended_at) == ({"items": []}, ended_at)
    assert history()[-1] == ("Confirmed again with changes", {"status": "in_progress"})


def test_a_confirmation_that_says_nothing_new_is_only_noted():
    receive(confirmation(total=2100), confirmation(total=2100, unknown_field=1))

    assert outcomes() == [("applied", ""), ("noted", "")]
    assert history() == [("Confirmed", {}), ("Update without a change", {})]


@pytest.mark.parametrize("sent", ["merchant_canceled", "dsp_canceled"])
def test_a_cancelation_ends_the_order(sent):
    receive(confirmation(status="in_progress"), status("1", sent, "order.canceled"))

    one = followed()
    assert (one.status, one.ended_at is not None) == (sent, True)
    assert history()[-1] == ("Canceled", {"status": sent})


def test_a_cancelation_with_an_unknown_status_ends_the_order_too():
    receive(confirmation(), status("1", "customer_canceled", "order.canceled"))

    assert (followed().status, followed().ended_at is not None) == ("dsp_canceled", True)
    assert history()[-1] == ("Canceled", {"status": "customer_canceled"})


def test_a_cancelation_after_the_end_changes_nothing():
    receive(confirmation(), status("1", "completed"), status("1", "dsp_canceled", "order.canceled"))

    assert followed().status == "completed"
    assert outcomes()[-1] == ("noted", "")
    assert history()[-1] == ("Update without a change", {"status": "dsp_canceled"})


def test_an_unknown_status_is_in_the_history_and_hides_no_known_one():
    receive(confirmation(status="in_progress"), status("1", "being_plated"))

    assert followed().status == "in_progress"
    assert history()[-1] == ("Update without a change", {"status": "being_plated"})


def test_an_unknown_status_is_shown_until_a_known_one_comes():
    receive(confirmation(), status("1", "being_plated"), delivery("1", "hovering"))
    assert (followed().status, followed().delivery_status) == ("being_plated", "hovering")

    receive(status("1", "in_progress"), delivery("1", "enroute_to_pickup"))
    assert (followed().status, followed().delivery_status) == ("in_progress", "enroute_to_pickup")


def test_a_delivered_order_has_ended():
    receive(confirmation(status="in_progress"), delivery("1", "completed"))

    one = followed()
    assert one.ended_at == StreamEvent.objects.order_by("pk").last().received_at


def test_an_unknown_type_is_kept_with_the_location_that_it_names():
    receive({"type": "order.paid", "location_id": "l", "order": {"id": "1"}})

    [event] = StreamEvent.objects.all()
    assert (event.outcome, event.stream_location_id) == ("unknown_type", "l")
    assert not FollowedOrder.objects.exists()


def test_an_unreadable_event_is_kept_with_the_reason():
    receive({"type": "order.confirmed", "location_id": "l", "order": {"total": 5}})

    assert outcomes() == [("unreadable", "order.id is missing.")]


def test_an_event_that_breaks_the_software_holds_up_none_of_the_others(monkeypatch, caplog):
    apply = processing.application.apply

    def broken(tracked, record, event, place):
        if event.order.id == "3":
            raise ZeroDivisionError
        return apply(tracked, record, event, place)

    monkeypatch.setattr(processing.application, "apply", broken)
    receive(*(confirmation(str(number)) for number in range(5)))

    assert FollowedOrder.objects.count() == 4
    assert outcomes()[3] == (
        "unreadable",
        "It could not be applied because of an error in this software; see its log.",
    )
    assert "could not be applied" in caplog.text


def test_a_failure_that_passes_costs_no_event(monkeypatch):
    failures = iter([True])
    follow = processing._follow

    def once_broken(items, now):
        if next(failures, False):
            raise ZeroDivisionError
        follow(items, now)

    monkeypatch.setattr(processing, "_follow", once_broken)
    receive(confirmation())

    assert outcomes() == [("applied", "")]


def test_late_events_of_an_erased_order_bring_no_personal_data_back():
    receive(confirmation(customer={"name": "Ada"}, total=1))
    FollowedOrder.objects.update(erased_at=timezone.now(), customer_name="", details={})

    receive(
        confirmation(customer={"name": "Ada", "phone": "+1"}, total=2), status("1", "completed")
    )

    one = followed()
    assert (one.customer_name, one.details, one.total) == ("", {}, 1)
    assert one.status == "completed"
    late = StreamEvent.objects.order_by("pk")[1:]
    assert [(bytes(event.body), event.erased_at is not None) for event in late] == [(b"", True)] * 2


def _queries(count):
    events = [confirmation(f"{count}-{number}", status="in_progress") for number in range(count)]
    for event in events:
        store(event)
    processing.process_due()
    for number in range(count):
        store(delivery(f"{count}-{number}", "enroute_to_pickup"))
    with CaptureQueriesContext(connection) as captured:
        processing.process_due()
    return len(captured)


def test_a_batch_takes_as_many_statements_as_a_single_event():
    assert _queries(1) == _queries(200)


def test_without_events_a_run_is_one_query():
    with CaptureQueriesContext(connection) as captured:
        processing.process_due()
    assert len(captured) == 1


@pytest.mark.django_db(transaction=True)
def test_concurrent_runs_apply_every_event_once():
    for number in range(300):
        store(delivery(str(number), "enroute_to_pickup"))
        store(confirmation(str(number)))

    at_once(*[processing.process_due] * 4)
    processing.process_due()

    assert set(outcomes()) == {("applied", "")}
    assert FollowedOrder.objects.filter(delivery_status="enroute_to_pickup").count() == 300
    assert FollowedEvent.objects.count() == 600
