"""What becomes of archived events: followed orders, their states and their history (EV)."""

import itertools
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from orders.models import FollowedEvent, FollowedOrder, StreamEvent
from orders.stream_events import archive, content, processing
from orders.stream_events import confirmation as content_of_orders
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
EXAMPLES = Path(__file__).parents[2] / "examples"
PUBLISHED = [path.name for path in sorted(EXAMPLES.glob("events_order_confirmed*"))]
DUE = datetime(2024, 1, 24, 19, 23, 34, 619_000, UTC)
BURGER = {
    "name": "Cheeseburger",
    "quantity": 1,
    "price": 1000,
    "special_instructions": "No bun please",
    "modifiers": [{"name": "Extra Patty", "quantity": 1, "price": 500}],
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_confirmation_is_followed_with_every_field_that_it_has(name):
    event = json.loads((EXAMPLES / name).read_bytes())
    sent = event["order"]

    receive(event)

    order = FollowedOrder.objects.get()
    assert outcomes() == [("applied", "")]
    assert StreamEvent.objects.get().followed == order
    assert order.stream_location_id == event["location_id"]
    assert order.reference_id == event["reference_id"]
    assert order.stream_order_id == sent["id"]
    texts = ("source", "dsp_order_id", "dsp_order_number", "fulfillment_type", "currency")
    for name in (*texts, "subtotal", "tax", "total"):
        assert getattr(order, name) == sent[name]
    for name in ("pos_order_id", "status"):
        assert getattr(order, name) == sent.get(name, "")
    assert order.unpaid == sent.get("unpaid", False)
    customer = sent["customer"]
    assert (order.customer_name, order.customer_phone, order.customer_phone_code) == (
        customer["name"],
        customer["phone"],
        customer["masked_phone_code"],
    )
    assert order.due_at.timestamp() * 1000 == sent["estimated_fulfillment_time"]
    for name in ("delivery_fee", "driver_tip", "delivery_fee_tax", "special_instructions"):
        assert order.details.get(name) == sent.get(name)
    for name in ("delivery_address", "fulfillment_instructions", "items"):
        assert order.details.get(name) == sent.get(name)
    assert (order.delivery_status, order.ended_at, order.erased_at) == ("", None, None)


def test_the_published_nested_modifiers_are_kept_as_they_were_sent():
    item = json.loads((EXAMPLES / "events_nested_modifiers.json").read_bytes())

    receive(confirmation(items=[item]))

    assert followed().details["items"] == [item]


def _names(modifiers, depth=1):
    for one in modifiers:
        yield depth, one["name"]
        yield from _names(one.get("modifiers", []), depth + 1)


def test_modifiers_nested_very_deeply_are_all_kept_on_a_bounded_number_of_levels():
    nested = []
    for number in range(300, 0, -1):
        nested = [{"name": f"m{number}", "quantity": 1, "price": 1, "modifiers": nested}]

    receive(confirmation(items=[{"name": "Pizza", "modifiers": nested}]))

    [item] = followed().details["items"]
    kept = list(_names(item["modifiers"]))
    assert [name for _, name in kept] == [f"m{number}" for number in range(1, 301)]
    assert max(depth for depth, _ in kept) == content_of_orders._DEEPEST - 1
    assert outcomes() == [("applied", "")]


def test_an_order_nested_deeper_than_a_parser_goes_is_followed_without_the_deepest():
    levels = 15_000
    nested = '{"name":"m","modifiers":[' * levels + "]}" * levels
    text = json.dumps(confirmation(total=2100, items=[{"name": "Pizza", "modifiers": ["X"]}]))
    body = text.replace('"X"', nested).encode()
    archive.store(body, content.examine(body))

    processing.process_due()

    order = followed()
    assert (order.total, order.details["items"][0]["name"]) == (2100, "Pizza")
    assert len(list(_names(order.details["items"][0]["modifiers"]))) == 48
    assert outcomes() == [("applied", "What is nested more than 100 deep was left out.")]


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


def test_a_field_that_cannot_be_read_costs_only_itself():
    receive(confirmation(total="a lot", subtotal=5))

    assert (followed().total, followed().subtotal) == (None, 5)
    assert outcomes() == [("applied", "order.total must be a whole number or null, not a text.")]


def test_text_that_databases_refuse_is_cleaned():
    receive(confirmation(customer={"name": "A\0da \ud83c"}, items=[{"name": "\0Soup"}]))

    assert followed().customer_name == "Ada \N{REPLACEMENT CHARACTER}"
    assert followed().details["items"] == [{"name": "Soup"}]


def test_amounts_are_kept_as_sent_whatever_they_are():
    receive(confirmation(subtotal=-5, tax=2**53, total=0, delivery_fee=-1))

    one = followed()
    assert (one.subtotal, one.tax, one.total) == (-5, 2**53, 0)
    assert one.details["delivery_fee"] == -1


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
