"""Orders that do not fit the menu are refused with the contract's codes (ORD-NEW, table)."""

import pytest
import time_machine

from orders.models import InboundEvent, Order
from tests.orders.support.stream_orders import (
    NOW,
    base,
    burger,
    gives_reasons,
    line,
    order,
    refusal_in,
)
from tests.support import factories

pytestmark = pytest.mark.usefixtures("menu")


def nothing():
    pass


# What was prepared, what is ordered, what stands in the refusal: for `order`, code and words.
UNKNOWN = [
    ("unknown item", nothing, order(line("fam_x", 1)), [("invalid_cart", "not on the menu")]),
    (
        "unknown modifier",
        nothing,
        order(burger(line("mod_x", 1))),
        [("invalid_cart", "not on the menu")],
    ),
    (
        "modifier without id",
        nothing,
        order(burger(line(None, 1, name="Bun"))),
        [("invalid_cart", "Bun (no id) is not on the menu")],
    ),
    (
        "a modifier's id as a line",
        nothing,
        order(line("mod_ham", 200)),
        [("invalid_cart", "not on the menu")],
    ),
    (
        "modifier of another family",
        nothing,
        order(burger(line("mod_ham", 200))),
        [("invalid_cart", "Ham is not offered with Cheeseburger")],
    ),
    (
        "nested modifier one level too high",
        nothing,
        order(burger(line("mod_rare", 50))),
        [("invalid_cart", "Rare is not offered with Cheeseburger")],
    ),
    (
        "nested modifier below another",
        nothing,
        order(burger(line("mod_cheese", 100, 1, line("mod_rare", 50)))),
        [("invalid_cart", "Rare is not offered with Cheese")],
    ),
    (
        "modifier_group_id of another group",
        nothing,
        order(burger(line("mod_patty", 500, modifier_group_id="grp_toppings"))),
        [("invalid_cart", "Extra patty is not offered with Cheeseburger")],
    ),
    (
        "archived group",
        base("grp_extras", archived_at=NOW),
        order(burger(line("mod_patty", 500))),
        [("invalid_cart", "not offered")],
    ),
    (
        "archived family",
        base("fam_soda", archived_at=NOW),
        order(line("fam_soda", 250)),
        [("invalid_cart", "not on the menu")],
    ),
    (
        "archived size",
        base("item_large", archived_at=NOW),
        order(line("item_large", 1500)),
        [("invalid_cart", "not on the menu")],
    ),
    (
        "family without its size",
        nothing,
        order(line("fam_pizza", 900)),
        [("invalid_cart", "Pizza comes in sizes")],
    ),
    (
        "twin of a family with sizes",
        nothing,
        order(line("fam_pizza_item", 900)),
        [("invalid_cart", "Pizza comes in sizes")],
    ),
    ("empty cart", nothing, order(line_items=[]), [("invalid_cart", "has no items")]),
    (
        "quantity 0",
        nothing,
        order(line("fam_soda", 250, 0)),
        [("invalid_cart", "The quantity of fam_soda must be from 1 to 10000.")],
    ),
    ("quantity 10,001", nothing, order(line("fam_soda", 250, 10_001)), [("invalid_cart", "10000")]),
    (
        "modifier quantity 0",
        nothing,
        order(burger(line("mod_patty", 500, 0, name="Patty"))),
        [("invalid_cart", "The quantity of Patty must")],
    ),
    (
        "more than any order can come to",
        nothing,
        order(line("fam_soda", 2**53, 2, name="Soda"), subtotal=2**53),
        [("invalid_cart", "come to more than any order can")],
    ),
    (
        "other currency",
        nothing,
        order(line("fam_soda", 250, price_currency="EUR")),
        [("invalid_cart", "Soda is priced in EUR, but this restaurant sells in USD.")],
    ),
    (
        "price below zero",
        nothing,
        order(burger(), line(None, -100, name="Discount")),
        [("invalid_cart", "The price of Discount is below zero.")],
    ),
    (
        "unpaid delivery",
        nothing,
        order(unpaid=True, fulfillment_type="delivery"),
        [("other", "Only drive-thru orders may come unpaid")],
    ),
    ("unpaid, no type", nothing, order(unpaid=True), [("other", "unpaid")]),
]


@pytest.mark.parametrize(
    ("prepare", "sent", "expected"), [case[1:] for case in UNKNOWN], ids=[c[0] for c in UNKNOWN]
)
@time_machine.travel(NOW, tick=False)
def test_an_order_that_does_not_fit_the_menu_is_refused(stream, prepare, sent, expected):
    prepare()

    sections = refusal_in(stream.order(**sent))

    assert list(sections) == ["orderValidation"]
    assert gives_reasons(sections, expected), sections
    assert not Order.objects.exists()
    assert InboundEvent.objects.get().outcome == "refused"


def test_menu_schedules_do_not_refuse(stream, merchant):
    factories.menu(merchant, schedule={"monday": []})

    assert stream.order(**order()).status_code == 200
