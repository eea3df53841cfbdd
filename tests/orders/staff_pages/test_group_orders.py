"""Whose line is whose, on every page with an order's lines."""

import pytest

from orders.models import Order
from orders.privacy import erasure
from orders.staff_pages.shares import by_customer
from orders.states import State
from tests.orders.support.board_pages import BOARD, action_url, board_order, line, text_of
from tests.orders.support.deliveries import DISPATCH
from tests.orders.support.stream_orders import line as sent_line
from tests.orders.support.stream_orders import order as sent_order

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("menu")]
ANN, BOB = {"id": "c1", "name": "Ann"}, {"id": "c2", "name": "Bob"}
PEOPLE = {"customers": [ANN, BOB]}
SHARED = "Ann 1 × Burger 1 × Cheese 1 × Soda Bob 1 × Burger no nuts"


def rows(*lines: tuple[str, int, str]) -> list[dict[str, object]]:
    return [{"name": name, "depth": depth, "customer_id": whose} for name, depth, whose in lines]


def shown(lines: list[dict[str, object]], **details: object) -> str:
    """Return the lines in one text, each customer's name with a colon before them."""
    found = by_customer(lines, details)
    return " ".join((f"{one['whose']}: " if one["whose"] else "") + one["name"] for one in found)


@pytest.fixture
def group_order(stream, location) -> Order:
    """An order of two people as Stream sends it: the first one's lines are not side by side."""
    cheese = sent_line("mod_cheese", 100, modifier_group_id="grp_extras", name="Cheese")
    burger = {"name": "Burger"}
    body = sent_order(
        sent_line("fam_burger", 1000, 1, cheese, customer_id="c1", **burger),
        sent_line("fam_burger", 1000, customer_id="c2", special_instructions="no nuts", **burger),
        sent_line("fam_soda", 250, customer_id="c1", name="Soda"),
        fulfillment_type="merchant_managed_delivery", **PEOPLE,
    )  # fmt: skip
    assert stream.order(**body).status_code == 200
    return Order.objects.get()


def pages_of(order: Order) -> dict[str, str]:
    return {
        "board": BOARD,
        "ticket": action_url("ticket", order),
        "admin": f"/admin/orders/order/{order.pk}/change/",
        "dispatch": DISPATCH,
        "details": f"{DISPATCH}own/{order.pk}/",
        "placed": f"/board/new/{order.pk}/",
    }


@pytest.mark.parametrize("page", ["board", "ticket", "admin", "dispatch", "details", "placed"])
def test_each_line_stands_below_its_customer(browser_client, owner, group_order, page):
    answer = browser_client(owner).get(pages_of(group_order)[page])
    text = text_of(answer).replace("⊘", "")
    prices = (" 10.00 USD", " 1.00 USD", " 2.50 USD")
    for price in prices:
        text = text.replace(price, "")
    assert SHARED in " ".join(text.split())


def test_an_erased_group_order_names_nobody(browser_client, owner, group_order):
    Order.objects.update(state=State.COMPLETED)
    erasure.erase_order(group_order.pk, by=None)
    for address in pages_of(group_order).values():
        text = text_of(browser_client(owner).get(address))
        assert "Ann" not in text, address
        assert "Bob" not in text, address
        assert "No customer named" not in text, address


def test_the_order_of_one_customer_has_no_names_above_its_lines(board, location):
    order = board_order(location, customer_name="Ann", details={"customers": [ANN]})
    line(order, "Burger", 0, customer_id="c1")
    line(order, "Soda", 1, customer_id="c1")
    assert "lines__whose" not in board.get(BOARD).content.decode()
    nobody = board_order(location, details=PEOPLE)
    line(nobody, "Burger", 0)
    assert "lines__whose" not in board.get(BOARD).content.decode()


def test_lines_of_one_out_of_several_customers_name_that_one():
    lines = rows(("Burger", 0, "c2"), ("Soda", 0, "c2"))
    assert shown(lines, **PEOPLE) == "Bob: Burger Soda"


def test_a_customer_who_is_not_in_the_list_is_named_by_the_id():
    assert shown(rows(("Burger", 0, "c9")), customers=[ANN]) == "c9: Burger"
    assert shown(rows(("Burger", 0, "c9"), ("Soda", 0, "c8"))) == "c9: Burger c8: Soda"


def test_lines_without_a_customer_come_last_with_what_is_below_them():
    lines = rows(("Fries", 0, ""), ("Salt", 1, ""), ("Burger", 0, "c2"), ("Patty", 1, ""))
    assert shown(lines, **PEOPLE) == "Bob: Burger Patty No customer named: Fries Salt"


def test_two_customers_of_one_name_keep_their_own_lines_and_a_nameless_one_has_a_number():
    twins = [ANN, {"id": "c2", "name": "Ann"}, {"id": "c3"}]
    lines = rows(("Soda", 0, "c3"), ("Burger", 0, "c2"), ("Fries", 0, "c1"))
    assert shown(lines, customers=twins) == "Ann: Fries Ann: Burger Customer 3: Soda"


def test_an_id_that_two_customers_share_shows_both_names():
    same = [ANN, {"id": "c1", "name": "Bob"}]
    assert shown(rows(("Soda", 0, "c1"), ("Tea", 0, "")), customers=same) == (
        "Ann, Bob: Soda No customer named: Tea"
    )
