"""The dispatch page: what it shows, to whom, and what an update costs."""

from datetime import timedelta

import pytest

from orders.dispatch import driver_assignment, progress
from orders.models import FollowedOrder
from orders.states import State
from tests.orders.support.board_pages import columns, line, text_of
from tests.orders.support.deliveries import DISPATCH, NOON, PART, card, followed, own
from tests.support import factories

pytestmark = pytest.mark.django_db


def test_deliveries_are_in_the_column_of_their_progress(desk, owner, location, sam):
    made = {}
    for make, mark in ((own, "A"), (followed, "F")):
        made |= {f"{mark}-{n}": make(location, f"{mark}-{n}") for n in range(4)}
    for number, order in made.items():
        step = int(number[-1])
        if step:
            driver_assignment.assign([order], sam, by=owner)
        if step > 1:
            progress.mark_out(order, by=owner)
        if step > 2:
            progress.mark_delivered(order, by=owner)
    shown = {name: sorted(numbers) for name, numbers in columns(desk.get(DISPATCH)).items()}
    assert shown == {
        "unassigned": ["A-0", "F-0"],
        "assigned": ["A-1", "F-1"],
        "out": ["A-2", "F-2"],
        "delivered": ["A-3", "F-3"],
    }


def test_only_what_we_deliver_is_shown_and_no_order_twice(desk, location):
    mine = own(location, "A-1")
    own(location, "A-2", fulfillment_type="delivery")
    own(location, "A-3", state=State.PENDING)
    own(location, "A-4", state=State.REJECTED)
    followed(location, "F-1")
    followed(location, "F-2", own_order=mine)
    followed(location, "F-3", fulfillment_type="pickup")
    followed(None, "F-4")
    shown = columns(desk.get(DISPATCH))
    assert sorted(shown["unassigned"]) == ["A-1", "F-1"]
    assert sum(map(len, shown.values())) == 2


def test_ended_deliveries_stay_for_two_hours(desk, location, clock):
    own(location, "A-1", state=State.COMPLETED)
    own(location, "A-2", state=State.DSP_CANCELED)
    ended = {"ended_at": NOON, "confirmed_at": NOON}
    followed(location, "F-1", delivery_status="completed", **ended)
    followed(location, "F-2", status="dsp_canceled", **ended)
    followed(location, "F-3", status="completed", **ended)
    clock.shift(timedelta(hours=2))
    shown = {name: sorted(numbers) for name, numbers in columns(desk.get(DISPATCH)).items()}
    assert (shown["delivered"], shown["canceled"]) == (["A-1", "F-1", "F-3"], ["A-2", "F-2"])
    clock.shift(timedelta(seconds=1))
    assert sum(map(len, columns(desk.get(DISPATCH)).values())) == 0


def test_a_followed_delivery_shows_all_that_a_driver_needs(desk, owner, location, clock, sam):
    order = followed(
        location,
        due_at=NOON + timedelta(minutes=25),
        unpaid=True,
        details={
            "delivery_address": {
                "address_line_1": "9 Barton & Co", "address_line_2": "Apt 11", "city": "Austin",
                "state": "TX", "postal_code": "78701", "country": "USA",
            },
            "fulfillment_instructions": "Gate code <1234>",
            "special_instructions": "Extra napkins",
            "items": [
                {"name": "Burger", "quantity": 2, "special_instructions": "No bun",
                 "modifiers": [{"name": "Patty", "quantity": 1,
                                "modifiers": [{"name": "Well done", "quantity": 3}]}]},
                {"name": "Soda", "quantity": 1},
            ],
        },
    )  # fmt: skip
    driver_assignment.assign([order], sam, by=owner)
    answer = desk.get(DISPATCH)
    assert card(answer, "F-1") == (
        "Choose F-1 F-1 Due 12:25 DoorDash · In progress Rosa Martínez +15125550199 Code 4711"
        " 9 Barton &amp; Co, Apt 11, Austin, TX, 78701, USA Map F-1 Gate code &lt;1234&gt;"
        " Extra napkins Collect payment: 21.00 USD 2 × Burger No bun 1 × Patty 3 × Well done"
        " 1 × Soda Driver: Sam · +15125550100 Assigned 12:00 Out for delivery F-1"
    )
    page = answer.content.decode()
    where = "9%20Barton%20%26%20Co%2C%20Apt%2011%2C%20Austin%2C%20TX%2C%2078701%2C%20USA"
    assert f'href="geo:0,0?q={where}"' in page
    assert f'href="https://maps.google.com/?q={where}"' in page
    assert 'href="tel:+15125550199,4711"' in page
    assert 'href="tel:+15125550100"' in page
    assert [f"lines__one--{depth}" in page for depth in (0, 1, 2)] == [True] * 3


def test_an_order_of_our_own_shows_the_same(desk, location, clock):
    order = own(
        location, unpaid=True, total=2585, delivery_status="arrived_at_pickup",
        details={
            "delivery_address": {"street": "5 Main St, Apt 4", "city": "Austin", "zip": "78701"},
            "customers": [{"masked_phone_code": "33"}],
            "fulfillment_instructions": "Ring twice",
        },
    )  # fmt: skip
    line(order, "Burger", 0, special_instructions="No onions")
    line(order, "Cheese", 1, depth=1, quantity=2)
    assert card(desk.get(DISPATCH), "A-1") == (
        "Choose A-1 A-1 Due 12:15 Uber Eats · Ready · Driver is here Jane Doe +15125550142"
        " Code 33 5 Main St, Apt 4, Austin, 78701 Map A-1 Ring twice Collect payment: 25.85 USD"
        " 1 × Burger No onions 2 × Cheese Out for delivery A-1"
    )


@pytest.mark.parametrize(
    "details",
    [
        {}, {"items": None, "delivery_address": []}, {"items": "x", "delivery_address": "x"},
        {"items": [1, {"modifiers": [None, {"modifiers": {}}]}], "special_instructions": 7},
        {"items": [{"name": None, "quantity": "many"}], "delivery_address": {"city": 5}},
    ],
)  # fmt: skip
def test_whatever_stream_sent_is_shown(desk, location, details):
    followed(
        location, details=details, due_at=None, total=None, unpaid=True, currency="",
        source="", status="", delivery_status="by_balloon",
    )  # fmt: skip
    assert "By balloon" in card(desk.get(DISPATCH), "F-1")
    order = FollowedOrder.objects.get()
    assert desk.get(f"/dispatch/followed/{order.pk}/").status_code == 200


def test_a_delivery_past_its_due_time_is_late_until_it_is_delivered(desk, owner, location, clock):
    order = followed(location, due_at=NOON)
    assert "Late" not in card(desk.get(PART), "F-1")
    clock.shift(timedelta(minutes=1))
    late = desk.get(PART)
    assert "Late" in card(late, "F-1")
    assert "1 late" in text_of(late)
    assert 'data-waiting="1"' in late.content.decode()
    progress.mark_delivered(order, by=owner)
    assert "Late" not in card(desk.get(PART), "F-1")


def test_due_times_are_in_the_locations_time_zone(desk, merchant, location, clock):
    paris = factories.location(merchant, name="Paris", timezone="Europe/Paris")
    followed(paris, due_at=NOON + timedelta(hours=6))
    followed(location, "F-2", due_at=NOON + timedelta(hours=6))
    answer = desk.get(DISPATCH)
    assert "Due Tue 5 May, 01:00" in card(answer, "F-1")
    assert "Due 18:00" in card(answer, "F-2")
    assert "· Paris" in card(answer, "F-1")


def test_the_most_urgent_is_on_top(desk, location, clock):
    for number, minutes in (("F-2", 20), ("F-1", 5), ("F-3", 60)):
        followed(location, number, due_at=NOON + timedelta(minutes=minutes))
    followed(location, "F-4", due_at=None)
    own(location, "A-1")  # Due in 15 minutes.
    assert columns(desk.get(DISPATCH))["unassigned"] == ["F-1", "A-1", "F-2", "F-3", "F-4"]


def test_a_driver_that_stream_named_counts_as_assigned(desk, location):
    own(location, driver={"name": "Kim", "phone": {"number": "+1 555", "code": "9"}})
    answer = desk.get(DISPATCH)
    assert columns(answer)["assigned"] == ["A-1"]
    assert "Driver: Kim · +1 555 (9)" in card(answer, "A-1")


def test_an_empty_page_says_so(desk):
    assert "Nothing to deliver." in text_of(desk.get(DISPATCH))
