"""One driver for several deliveries: stored, in the history, and reported to Stream."""

import json
from pathlib import Path

import pytest
from django.db import connection as db_connection
from django.test.utils import CaptureQueriesContext

from catalog import models
from catalog.locations import connection
from catalog.models import LocationAccess
from integration.models import OutboundEvent
from integration.webhooks import outbox
from orders.dispatch import driver_assignment, drivers, progress
from orders.dispatch.driver_assignment import Outcome
from orders.models import DriverAssignment, FollowedOrder, Order
from orders.states import State
from sandbox.checks.webhook_checks import webhook_problems
from tests.orders.support.board_pages import HTMX, text_of
from tests.orders.support.deliveries import ASSIGN, DISPATCH, chosen, driver, followed, own
from tests.support import factories

pytestmark = pytest.mark.django_db
EXAMPLE = Path(__file__).parents[2] / "examples" / "events_assign_driver.json"


def sent() -> list[dict]:
    return [json.loads(event.body) for event in OutboundEvent.objects.order_by("pk")]


def assigned() -> list[tuple[str, str, bool]]:
    """Return driver, number, and whether somebody took over, of each assignment."""
    return [
        (row.driver.name, (row.order or row.followed).dsp_order_number, row.replaced_at is not None)
        for row in DriverAssignment.objects.select_related("driver", "order", "followed")
    ]


def press(page, person, values, **headers):
    return page.post(ASSIGN, {"driver": person.pk, "delivery": [*values]}, follow=True, **headers)


def test_several_orders_of_both_kinds_go_to_one_driver(desk, token, location, sam):
    factories.connect(location)
    mine, theirs, other = own(location), followed(location), own(location, "A-2")
    values = chosen(desk.get(DISPATCH))

    answer = press(desk, sam, [values["A-1"], values["F-1"]])

    assert "Sam delivers 2 orders." in text_of(answer)
    assert sorted(assigned()) == [("Sam", "A-1", False), ("Sam", "F-1", False)]
    row = DriverAssignment.objects.get(followed=theirs)
    assert (row.merchant, row.location, row.due_at, row.assigned_by.full_name) == (
        location.merchant, location, theirs.due_at, "Pat Owner",
    )  # fmt: skip
    mine.refresh_from_db()
    other.refresh_from_db()
    assert mine.driver == {"name": "Sam", "phone": {"number": "+15125550100", "code": ""}}
    assert other.driver == {}
    details = {"by": "Pat Owner", "driver": "Sam"}
    assert [(e.actor, e.what, e.details) for e in mine.history.all()] == [
        ("staff", "Driver assigned", details)
    ]
    assert [(e.actor, e.what, e.details) for e in theirs.history.all()] == [
        ("staff", "Driver assigned", details)
    ]


def test_stream_hears_its_own_ids_of_a_followed_order_and_ours_of_our_own(
    desk, token, location, sam
):
    factories.connect(location)
    mine, theirs = own(location), followed(location)
    press(desk, sam, chosen(desk.get(DISPATCH)).values())
    person = {"name": "Sam", "phone": {"number": "+15125550100", "code": ""}}
    bodies = {event.ordering_key: json.loads(event.body) for event in OutboundEvent.objects.all()}
    assert bodies == {
        f"order/{mine.pk}": {
            "type": "order.assign.driver",
            "object": {
                "location_id": "loc_downtown", "order_id": str(mine.pk), "driver": person,
            },
        },
        f"followed/{theirs.pk}": {
            "type": "order.assign.driver",
            "object": {
                "location_id": "STREAM_LOCATION_1", "order_id": "STREAM_F-1", "driver": person,
            },
        },
    }  # fmt: skip
    example = json.loads(EXAMPLE.read_text())
    for body in bodies.values():
        assert body.keys() == example.keys()
        assert body["object"].keys() == example["object"].keys()
        assert webhook_problems(body) == ()


def test_a_followed_orders_event_needs_no_connected_location(desk, location, sam):
    own(location)
    followed(location)
    press(desk, sam, chosen(desk.get(DISPATCH)).values())
    assert [body["object"]["order_id"] for body in sent()] == ["STREAM_F-1"]
    connection.disconnect(models.Location.objects.all())
    event = OutboundEvent.objects.get()
    assert (event.state, event.location_id) == (OutboundEvent.State.WAITING, "")
    OutboundEvent.objects.update(state=OutboundEvent.State.FAILED, ending="tried_out")
    assert outbox.requeue(OutboundEvent.objects.all()) == 1


def test_a_location_named_as_stream_names_another_keeps_its_events_apart(desk, location, sam):
    """A Stream location id is no provider_id: disconnecting a namesake withdraws nothing."""
    namesake = factories.location(factories.merchant(), provider_id="STREAM_LOCATION_1")
    factories.connect(namesake)
    followed(location)
    press(desk, sam, chosen(desk.get(DISPATCH)).values())
    connection.disconnect(models.Location.objects.filter(pk=namesake.pk))
    assert OutboundEvent.objects.get().state == OutboundEvent.State.WAITING


def test_another_driver_takes_over(desk, location, sam, alex):
    theirs = followed(location)
    press(desk, sam, chosen(desk.get(DISPATCH)).values())
    press(desk, alex, chosen(desk.get(DISPATCH)).values())
    assert assigned() == [("Sam", "F-1", True), ("Alex", "F-1", False)]
    assert [body["object"]["driver"]["name"] for body in sent()] == ["Sam", "Alex"]
    assert theirs.history.count() == 2


def test_the_same_driver_again_changes_and_sends_nothing(desk, location, sam):
    theirs = followed(location)
    values = chosen(desk.get(DISPATCH)).values()
    for _ in range(2):
        answer = press(desk, sam, values)  # The second time with what the first page showed.
        assert "Sam delivers 1 order." in text_of(answer)
    assert assigned() == [("Sam", "F-1", False)]
    assert len(sent()) == 1
    assert theirs.history.count() == 1


def test_a_page_that_is_out_of_date_takes_no_delivery_from_another_driver(
    desk, location, sam, alex
):
    own(location), followed(location)
    old = chosen(desk.get(DISPATCH))
    press(desk, sam, [old["F-1"]])
    answer = press(desk, alex, old.values())
    text = text_of(answer)
    assert "Alex delivers 1 order." in text
    assert "Somebody else was faster and chose another driver: F-1." in text
    assert sorted(assigned()) == [("Alex", "A-1", False), ("Sam", "F-1", False)]


def test_an_order_that_ended_meanwhile_is_named_and_the_others_are_assigned(desk, location, sam):
    mine, theirs, third = own(location), followed(location), followed(location, "F-2")
    values = chosen(desk.get(DISPATCH)).values()
    Order.objects.filter(pk=mine.pk).update(state=State.DSP_CANCELED)
    FollowedOrder.objects.filter(pk=theirs.pk).update(ended_at=theirs.confirmed_at)
    answer = press(desk, sam, values)
    assert "Over, or delivered by someone else: " in text_of(answer)
    assert assigned() == [("Sam", third.dsp_order_number, False)]
    assert len(sent()) == 1


def test_a_driver_deactivated_meanwhile_is_not_assigned(desk, location, sam):
    followed(location)
    values = chosen(desk.get(DISPATCH)).values()
    drivers.set_active(sam, is_active=False)
    assert "Sam was deactivated meanwhile." in text_of(press(desk, sam, values))
    assert (assigned(), sent()) == ([], [])


@pytest.mark.parametrize(
    ("form", "message"),
    [({"delivery": []}, "Choose deliveries first."), ({"driver": ""}, "Choose a driver.")],
)
def test_an_incomplete_choice_says_what_is_missing(desk, location, sam, form, message):
    followed(location)
    values = [*chosen(desk.get(DISPATCH)).values()]
    answer = desk.post(ASSIGN, {"driver": sam.pk, "delivery": values} | form, follow=True)
    assert message in text_of(answer)
    assert assigned() == []


@pytest.mark.parametrize("value", ["x", "own:1:0", "own::", "followed:" + "0" * 32 + ":x"])
def test_a_forged_choice_is_a_400(desk, location, sam, value):
    assert desk.post(ASSIGN, {"driver": sam.pk, "delivery": value}).status_code == 400


def test_more_than_a_hundred_at_once_are_refused(desk, location, sam):
    value = f"followed:{followed(location).pk}:0"
    answer = desk.post(ASSIGN, {"driver": sam.pk, "delivery": [value] * 101})
    assert answer.status_code == 400


def test_orders_and_drivers_of_another_merchant_do_not_exist(desk, location, sam):
    elsewhere = factories.location(factories.merchant())
    foreign = driver(elsewhere.merchant, "Eve")
    mine = f"followed:{followed(location).pk}:0"
    cases = [
        (sam, f"own:{own(elsewhere).pk}:0"),
        (sam, f"followed:{followed(elsewhere, 'F-9').pk}:0"),
        (sam, f"followed:{followed(None, 'F-8').pk}:0"),
        (sam, f"nothing:{'0' * 32}:0"),
        (foreign, mine),
    ]
    for person, value in cases:
        answer = desk.post(ASSIGN, {"driver": person.pk, "delivery": value})
        assert answer.status_code == 404, value
    both = [mine, cases[0][1]]
    assert desk.post(ASSIGN, {"driver": sam.pk, "delivery": both}).status_code == 404
    assert (assigned(), sent()) == ([], [])


def test_a_limited_person_assigns_at_their_own_locations_only(
    browser_client, merchant, location, sam
):
    person = factories.user(merchant, "kitchen")
    uptown = factories.location(merchant, provider_id="loc_uptown", name="Uptown")
    LocationAccess.objects.create(user=person, location=uptown)
    page = browser_client(person)
    hidden, open_one = followed(location), followed(uptown, "F-2")
    refused = page.post(ASSIGN, {"driver": sam.pk, "delivery": f"followed:{hidden.pk}:0"})
    assert refused.status_code == 404
    page.post(ASSIGN, {"driver": sam.pk, "delivery": f"followed:{open_one.pk}:0"})
    assert assigned() == [("Sam", "F-2", False)]


def test_our_own_staff_cannot_mix_merchants(browser_client, location, sam):
    admin = browser_client(factories.user(None, "", is_superuser=True))
    elsewhere = factories.location(factories.merchant())
    values = [f"followed:{followed(location).pk}:0", f"own:{own(elsewhere).pk}:0"]
    assert admin.post(ASSIGN, {"driver": sam.pk, "delivery": values}).status_code == 404
    admin.post(ASSIGN, {"driver": sam.pk, "delivery": values[:1]})
    assert assigned() == [("Sam", "F-1", False)]


def test_an_order_that_others_deliver_takes_no_driver(owner, location, sam):
    cases = [
        own(location, fulfillment_type="delivery"),
        followed(location, "F-2", fulfillment_type="delivery"),
        followed(location, "F-3", own_order=own(location, "A-3")),
    ]
    results = driver_assignment.assign(cases, sam, by=owner)
    assert [result.outcome for result in results] == [Outcome.NOT_OURS] * 3
    assert assigned() == []


def test_the_script_gets_the_note_alone(desk, location, sam):
    followed(location)
    answer = press(desk, sam, chosen(desk.get(DISPATCH)).values(), **HTMX)
    assert answer.redirect_chain == []
    assert text_of(answer) == "Sam delivers 1 order."
    assert "data-done" in answer.content.decode()


def test_a_driver_assigned_to_an_order_on_its_way_has_left(desk, owner, location, sam, alex):
    mine, theirs = own(location), followed(location)
    for order in (mine, theirs):
        progress.mark_out(order, by=owner)
    driver_assignment.assign([mine, theirs], sam, by=owner)
    assert DriverAssignment.objects.exclude(out_at=None).count() == 2


def test_each_further_order_costs_the_same_statements(desk, owner, location, sam):
    def queries(numbers):
        orders = [followed(location, number) for number in numbers]
        with CaptureQueriesContext(db_connection) as caught:
            driver_assignment.assign(orders, sam, by=owner)
        return len(caught)

    one, two, three = queries(["a"]), queries(["b", "c"]), queries(["d", "e", "f"])
    assert three - two == two - one
