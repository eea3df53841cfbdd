"""Carts priced by the live menu of a store: the contract's sums, and reasons against it."""

from datetime import timedelta
from decimal import Decimal

import pytest

from dsp.cart.lines import Choice
from dsp.models import AvailabilityChange
from dsp.ordering.cart_request import CartRequest, RequestedDiscount, RequestedLine
from dsp.ordering.order_items import item_total
from dsp.ordering.pricing import price
from dsp.ordering.refusals import Impossible
from tests.dsp.menus.files import example
from tests.dsp.support.menus import NOON, go_live

pytestmark = pytest.mark.django_db
CHEESE = Choice("s-mod-cheese", 1, "s-mg-extras", (Choice("s-mod-cheddar"),))
LARGE = RequestedLine("s-var-burger-l", 2, (CHEESE,), special_instructions="No pickles")


def cart(*lines, kind="pickup", **fields):
    return CartRequest(kind, lines or (LARGE,), **fields)


def problems(store, request, now=NOON):
    with pytest.raises(Impossible) as refusal:
        price(store, request, now)
    return [(one.code, one.line) for one in refusal.value.problems]


def test_the_contracts_order_has_its_items_and_sums(selling):
    priced = price(selling, cart(tip=300), NOON)
    assert priced.items == [
        {
            "id": "s-var-burger-l",
            "item_id": "s-fam-burger",
            "category_id": "s-cat-burgers",
            "name": "Burger, Large",
            "quantity": 2,
            "price": 1000,
            "currency": "usd",
            "customer_id": "g1",
            "special_instructions": "No pickles",
            "modifiers": [
                {
                    "id": "s-mod-cheese",
                    "modifier_group_id": "s-mg-extras",
                    "name": "Cheese",
                    "quantity": 1,
                    "price": 100,
                    "currency": "usd",
                    "modifiers": [
                        {
                            "id": "s-mod-cheddar",
                            "modifier_group_id": "s-mg-kind",
                            "name": "Cheddar",
                            "quantity": 1,
                            "price": 0,
                            "currency": "usd",
                            "modifiers": [],
                        }
                    ],
                }
            ],
        }
    ]
    assert item_total(priced.items[0]) == 2200
    assert (priced.amounts["subtotal"], priced.amounts["tax"], priced.total) == (2200, 187, 2687)
    assert (priced.amounts["store_tip"], priced.amounts["driver_tip"]) == (300, 0)
    assert (priced.ready_at, priced.menu_number) == (NOON + timedelta(minutes=15), 1)


def test_a_delivery_has_discounts_fees_and_a_charge_as_in_the_contract(selling):
    selling.delivery_fee, selling.delivery_fee_tax_rate = 399, Decimal("8.5")
    selling.service_charge = 40
    both = RequestedLine("s-var-burger-l"), RequestedLine("s-var-burger-r")
    off = RequestedDiscount("WELCOME", 200), RequestedDiscount("LARGE-OFF", 100, line=0)
    request = cart(*both, kind="merchant_managed_delivery", tip=250, discounts=off)
    priced = price(selling, request, NOON)
    assert priced.amounts == {
        "subtotal": 1800,
        "discounts": [
            {"id": "WELCOME", "amount": 200},
            {"id": "LARGE-OFF", "amount": 100, "item_id": "s-var-burger-l"},
        ],
        "tax": 128,
        "taxes": [{"id": "s-tax-sales", "name": "Sales tax", "amount": 128}],
        "tax_withheld": 0,
        "service_charge": 40,
        "store_tip": 0,
        "driver_tip": 250,
        "delivery_fee": 399,
        "delivery_fee_taxes": 34,
    }
    assert priced.total == 1800 - 300 + 128 + 40 + 250 + 399 + 34


def test_every_reason_is_given_at_once(selling):
    selling.own_paused_at = NOON
    bacon = RequestedLine("s-var-burger-r", 2000, (Choice("s-mod-bacon"),))
    request = cart(RequestedLine("s-var-pizza"), bacon, kind="kiosk", tip=1)
    assert problems(selling, request) == [
        ("store_paused", None),
        ("fulfillment_type", None),
        ("fulfillment_type", None),
        ("unknown_item", 0),
        ("rules", 1),
        ("sold_out", 1),
        ("sold_out", 1),
    ]


def test_a_closed_store_takes_orders_for_its_hours_of_the_next_seven_days(selling):
    night = NOON + timedelta(hours=11)
    morning = night + timedelta(hours=10)
    assert problems(selling, cart(), night) == [("store_closed", None)]
    gone = RequestedLine("s-var-burger-r", 41)
    assert problems(selling, cart(gone), night) == [("store_closed", None), ("sold_out", 0)]
    assert price(selling, cart(requested_for=morning), night).ready_at == morning
    assert problems(selling, cart(requested_for=night), night) == [("not_now", None)]
    week = NOON + timedelta(days=7)
    assert price(selling, cart(requested_for=week), NOON).ready_at == week
    later = week + timedelta(seconds=1)
    assert problems(selling, cart(requested_for=later)) == [("not_now", None)]
    past = NOON - timedelta(seconds=1)
    assert problems(selling, cart(requested_for=past)) == [("not_now", None)]
    soon = NOON + timedelta(minutes=5)
    ready_at = price(selling, cart(requested_for=soon), NOON).ready_at
    assert ready_at == NOON + timedelta(minutes=15)


def test_updates_after_the_menu_count(selling):
    AvailabilityChange.objects.create(
        store=selling, kind="items", stream_id="s-fam-burger", is_active=False, arrival=2
    )
    assert problems(selling, cart()) == [("sold_out", 0)]


def test_a_discount_is_at_most_what_it_is_off_and_on_the_first_line_of_its_id(selling):
    one = RequestedLine("s-var-burger-l")

    def of(*discounts):
        return cart(one, one, discounts=discounts)

    assert price(selling, of(RequestedDiscount("A", 1000, 0)), NOON).amounts["tax"] == 85
    assert price(selling, of(RequestedDiscount("A", 2000)), NOON).total == 0
    for discounts, line in (
        ([RequestedDiscount("A", 1001, 0)], 0),
        ([RequestedDiscount("A", 600, 0), RequestedDiscount("B", 600, 0)], 0),
        ([RequestedDiscount("A", 1500), RequestedDiscount("B", 600, 0)], None),
        ([RequestedDiscount("A", 1200), RequestedDiscount("B", 1200)], None),
        ([RequestedDiscount("A", 1, 1)], 1),
    ):
        assert problems(selling, of(*discounts)) == [("amount_differs", line)]


def test_free_units_that_repeat_what_is_below_them_are_bounded(selling):
    file = example(1)
    family = file["menus"][0]["categories"][0]["items"][0]
    rules = {"amount_of_modifiers_free": 1, "selection_type": "multiple"}
    group = {"stream_id": "g", "name": "More", "rules": rules, "modifiers": []}
    option = {"stream_id": "m", "name": "More", "price": 1, "currency": "usd"}
    choice = ()
    for _ in range(13):
        below = [group] if group["modifiers"] else []
        group = {**group, "modifiers": [{**option, "nested_modifier_groups": below}]}
        choice = (Choice("m", 2, None, choice),)
    family["modifier_groups"] = [group]
    go_live(selling, file)
    assert problems(selling, cart(RequestedLine("s-var-burger-l", 1, choice))) == [("rules", None)]


def test_an_amount_beyond_reason_is_refused(selling):
    file = example(1)
    file["menus"][0]["categories"][0]["items"][0]["variations"][1]["price"] = 10**10
    go_live(selling, file)
    assert problems(selling, cart(RequestedLine("s-var-burger-l", 101))) == [("rules", None)]
