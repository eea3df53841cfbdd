"""Placing an in-store order: lines, prices, taxes, customer and validation."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog import models
from orders.models import InboundEvent, Order, OrderLine
from orders.states import State
from tests.orders.support.deferred_orders import history
from tests.orders.support.instore_pages import ADDRESS, FINISH, HERE, NEW, PERSON
from tests.orders.support.stream_orders import at_location, stock, thing
from tests.support import factories

NOON = datetime(2026, 5, 4, 17, 0, tzinfo=UTC)  # In Chicago.


def test_a_walk_in_order_is_entered_in_progress(counter, owner):
    counter.add("fam_soda", quantity="2", note="No  ice")
    order = counter.placed()

    assert (order.state, order.is_in_store, order.entered_by) == ("in_progress", True, owner)
    assert (order.source, order.brand, order.dsp_order_number) == (
        "in_store",
        "Harbor Kitchen",
        "S1",
    )
    assert (order.subtotal, order.tax, order.total, order.unpaid) == (500, 0, 500, False)
    assert (order.fulfillment_type, order.sent_to_stream) == ("pickup", "")
    line = order.lines.get()
    assert (line.provider_id, line.name, line.quantity) == ("fam_soda", "Soda", 2)
    assert (line.price_amount, line.special_instructions) == (250, "No ice")
    assert history(order) == [("staff", "Order entered", "in_progress", {"by": "Pat Owner"})]
    assert not InboundEvent.objects.exists()


def test_sizes_modifiers_and_nested_ones_become_lines_at_our_prices(counter):
    counter.add("fam_pizza", size="item_large", **{"pick/grp_toppings": "mod_ham"})
    counter.add(
        "fam_burger",
        **{
            "pick/grp_extras": ["mod_patty", "mod_cheese"],
            "pick/grp_extras/mod_patty/grp_cooking": "mod_rare",
        },
    )
    order = counter.placed()

    lines = order.lines.values_list("provider_id", "group_id", "depth", "quantity", "price_amount")
    assert list(lines) == [
        ("item_large", "", 0, 1, 1500),
        ("mod_ham", "grp_toppings", 1, 1, 200),
        ("fam_burger", "", 0, 1, 1000),
        ("mod_patty", "grp_extras", 1, 1, 500),
        ("mod_rare", "grp_cooking", 2, 1, 50),
        ("mod_cheese", "grp_extras", 1, 1, 100),
    ]
    assert order.subtotal == order.total == 3350


def test_a_multiple_group_takes_one_option_several_times(counter):
    models.ModifierGroup.objects.filter(provider_id="grp_extras").update(selection_type="multiple")
    counter.add(
        "fam_burger", **{"pick/grp_extras": "mod_cheese", "many/grp_extras/mod_cheese": "3"}
    )
    assert counter.placed().total == 1300


@pytest.mark.parametrize(("free", "expected"), [(1, 1200), (2, 1100), (5, 1000)])
def test_a_groups_free_modifiers_cost_nothing(counter, free, expected):
    models.ModifierGroup.objects.filter(provider_id="grp_extras").update(
        selection_type="multiple", free_modifiers=free
    )
    counter.add(
        "fam_burger", **{"pick/grp_extras": "mod_cheese", "many/grp_extras/mod_cheese": "3"}
    )
    assert counter.placed().total == expected


def test_a_size_has_its_own_price_for_a_modifier(counter, merchant):
    models.ItemModifierPrice.objects.create(
        item=thing("item_large"), modifier=thing("mod_ham"), price_amount=350
    )
    counter.add("fam_pizza", size="item_large", **{"pick/grp_toppings": "mod_ham"})
    assert counter.placed().total == 1850


def test_prices_and_availability_are_those_of_the_location(counter):
    at_location("fam_soda", price_amount=300)
    at_location("fam_burger", is_active=False)
    shown = counter.menu().content.decode()
    assert "Sold out" in shown
    counter.add("fam_soda")
    assert counter.placed().total == 300


# --- Tax.
@pytest.mark.parametrize(
    ("rate", "is_inclusive", "tax", "total", "included"),
    [
        ("8.25", False, 83, 1083, None),  # 82.5
        ("8.2499", False, 82, 1082, None),
        ("0.05", False, 1, 1001, None),  # 0.5
        ("20", True, 0, 1000, 167),  # 166.67
        ("0", False, 0, 1000, None),
    ],
)
def test_the_default_tax_applies_to_families_without_their_own(
    counter, merchant, rate, is_inclusive, tax, total, included
):
    factories.tax(merchant, rate=rate, is_inclusive=is_inclusive, is_default=True)
    counter.add("fam_burger")
    order = counter.placed()
    assert (order.subtotal, order.tax, order.total) == (1000, tax, total)
    assert order.details.get("tax_included") == included


def test_a_familys_own_taxes_replace_the_default_one(counter, merchant):
    factories.tax(merchant, rate="10", is_default=True)
    sugar = factories.tax(merchant, name="Sugar", rate="1.5")
    models.FamilyTax.objects.create(family=thing("fam_soda"), tax=sugar)
    counter.add("fam_soda", quantity="3")  # 750 at 1.5 % are 11.25.
    counter.add("fam_burger")  # 1000 at 10 %.
    shown = counter.finish().content.decode()
    assert "<bdi>Sugar</bdi> (1.5 %)" in shown
    assert counter.placed().tax == 111


# --- The customer.
def test_customer_details_are_stored_with_the_order(counter):
    counter.add("fam_soda")
    order = counter.placed(
        how="merchant_managed_delivery", **PERSON, **ADDRESS, notes="Ring twice", utensils="on",
        paid="unpaid",
    )  # fmt: skip
    assert (order.customer_name, order.customer_phone) == ("Ann", "+15125550100")
    assert order.fulfillment_type == "merchant_managed_delivery"
    assert order.unpaid is True
    assert order.details == {
        "customers": [{"name": "Ann", "phone": "+15125550100"}],
        "delivery_address": {
            "street": "5 Main St, Apt 4", "city": "Austin", "state": "TX",
            "postal_code": "78701", "country": "USA",
        },
        "special_instructions": "Ring twice",
        "should_include_utensils": True,
    }  # fmt: skip


def test_a_future_order_is_for_the_restaurants_local_time(counter):
    with time_machine.travel(NOON, tick=False):
        counter.add("fam_soda")
        order = counter.placed(wanted_for="2026-05-04T19:30")
    assert order.is_future_order
    assert order.requested_for == datetime(2026, 5, 5, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"how": "drone"}, "not one of the available choices"),
        ({"how": ""}, "This field is required"),
        ({"paid": "maybe"}, "not one of the available choices"),
        ({"phone": "12"}, "with its country code"),
        ({"phone": "١٢٣٤٥٦٧٨٩٠"}, "with its country code"),
        ({"name": "x" * 101}, "at most 100 characters"),
        ({"name": "A\0"}, "Null characters are not allowed"),
        ({"wanted_for": "2020-01-01T10:00"}, "This time has passed"),
        ({"wanted_for": "9999-12-31T23:59"}, "too far ahead"),
        ({"wanted_for": "0001-01-01T00:00"}, "This time has passed"),
        ({"wanted_for": "soon"}, "Choose a day and a time."),
        ({"how": "delivery"}, "Enter the street."),
        ({"how": "delivery", "paid": "unpaid"}, "delivers only paid orders"),
        ({"how": "merchant_managed_delivery"}, "The driver needs the customer&#x27;s phone."),
    ],
)
def test_invalid_fields_are_explained_and_nothing_is_placed(counter, fields, expected):
    counter.add("fam_soda")
    answer = counter.place(**fields)
    assert answer.status_code == 400
    assert expected in answer.content.decode()
    assert not Order.objects.exists()


def test_entered_details_survive_adding_more_dishes(counter):
    counter.add("fam_soda")
    answer = counter.place(do="more", name="Ann")
    assert answer["Location"].startswith(NEW)
    assert 'value="Ann"' in counter.finish().content.decode()
    assert not Order.objects.exists()


# --- Validation.
def test_an_in_store_order_is_validated_like_any_other(counter, shop):
    counter.add("fam_soda")
    form = counter.form()
    models.Location.objects.update(fulfillment_types_off=["pickup"])
    answer = counter.client.post(FINISH, form)
    assert answer.status_code == 400
    assert "Downtown does not offer pickup" in answer.content.decode()
    assert not Order.objects.exists()


def test_a_pause_and_closed_hours_stop_only_channel_orders(counter, shop):
    counter.add("fam_soda")
    form = counter.form()
    closed = {day: [] for day in ("tuesday", "wednesday", "thursday", "friday", "saturday")}
    hours = {"monday": ["01:00-02:00"], "sunday": [], **closed}
    models.Location.objects.update(paused_at=NOON, hours=hours)
    assert counter.client.post(FINISH, form).status_code == 302
    assert Order.objects.get().state == State.IN_PROGRESS


def test_the_prep_time_follows_the_kitchen_load(counter, shop):
    models.Location.objects.update(prep_time_minutes=20, prep_minutes_per_order=7)
    for minutes in (20, 27):
        counter.add("fam_soda")
        counter.client.post(FINISH, counter.form())
        assert Order.objects.order_by("-created_at")[0].prep_time_minutes == minutes


def test_an_item_sold_out_meanwhile_is_named(counter):
    at_location("fam_soda", stock_count=2)
    counter.add("fam_soda", quantity="2")
    form = counter.form()
    models.FamilyAtLocation.objects.update(stock_count=1)
    answer = counter.client.post(FINISH, form)
    assert "Soda: only 1 left." in answer.content.decode()
    assert stock("fam_soda") == 1
    assert not OrderLine.objects.exists()


def test_stock_is_taken_and_returned_on_cancelation(counter, owner):
    from orders.lifecycle import transitions
    from orders.states import State

    at_location("fam_soda", stock_count=5)
    counter.add("fam_soda", quantity="2")
    order = counter.placed()
    assert stock("fam_soda") == 3
    transitions.move(order.pk, State.MERCHANT_CANCELED, by=owner)
    assert stock("fam_soda") == 5


def test_a_changed_total_is_shown_before_placing(counter):
    counter.add("fam_soda")
    form = counter.form()
    models.ItemFamily.objects.filter(provider_id="fam_soda").update(price_amount=275)
    answer = counter.client.post(FINISH, form)
    assert "have changed: check the total" in answer.content.decode()
    assert "2.75 USD" in answer.content.decode()
    assert not Order.objects.exists()
    assert counter.placed().total == 275


def test_a_dish_that_left_the_menu_is_named(counter):
    counter.add("fam_soda")
    models.ItemFamily.objects.filter(provider_id="fam_soda").update(archived_at=NOON)
    answer = counter.place()
    assert "Soda (fam_soda) is not on the menu" in answer.content.decode()


@pytest.mark.parametrize("address", [NEW, FINISH])
def test_a_large_menu_and_a_long_cart_need_no_more_queries(counter, merchant, address):
    counts = []
    for batch in range(2):
        counter.client.get(address, HERE)  # The catalog is built.
        counter.add("fam_pizza", size="item_large", **{"pick/grp_toppings": "mod_ham"})
        with CaptureQueriesContext(connection) as queries:
            assert counter.client.get(address, HERE).status_code == 200
        counts.append([query["sql"] for query in queries])
        groups = [thing("grp_toppings")]
        for number in range(20):
            factories.family(merchant, *groups, name=f"Dish {batch} {number}")
            counter.add("fam_pizza", size="item_small", note=str(number))
    assert len(counts[0]) == len(counts[1]) <= 14, "\n".join(counts[1])
