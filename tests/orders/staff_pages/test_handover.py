"""Who gets an order, where and when, on the pages on which people work."""

from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import pytest
import time_machine

from orders.models import Order
from orders.states import State
from tests.orders.support.board_pages import BOARD, action_url, board_order, text_of
from tests.orders.support.deliveries import DISPATCH, followed

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 5, 4, 17, 0, tzinfo=UTC)  # In Chicago.
PAT = {"id": "c1", "name": "Pat", "phone": "+15550100100", "masked_phone_code": "77"}
PLACE = {"address_line_1": "1 Main St", "address_line_2": "Apt 3", "city": "Austin",
         "postal_code": "78701"}  # fmt: skip
WHERE = "1 Main St, Apt 3, Austin, 78701"
TEXTS = {"fulfillment_instructions": "Gate 4", "special_instructions": "No salt"}


def order_of(location: Any, kind: str, **fields: Any) -> Order:
    details = {"customers": [PAT], "delivery_address": PLACE, **TEXTS}
    defaults = {"fulfillment_type": kind, "customer_name": "Pat", "details": details,
                "customer_phone": PAT["phone"], "unpaid": True, "total": 350}  # fmt: skip
    return board_order(location, **defaults | fields)


def pages_of(order: Order) -> list[str]:
    return [
        BOARD, action_url("ticket", order), f"/admin/orders/order/{order.pk}/change/", DISPATCH,
        f"{DISPATCH}own/{order.pk}/", f"/board/new/{order.pk}/",
        f"/board/orders/{order.pk}/driver/",
    ]  # fmt: skip


def test_our_own_delivery_has_its_address_phone_and_notes_wherever_people_work(board, location):
    order = order_of(location, "merchant_managed_delivery")
    for address in pages_of(order):
        text = text_of(board.get(address))
        for words in ("Pat", "+15550100100", "77", WHERE, "Gate 4", "No salt"):
            assert words in text, (address, words)


def test_the_card_of_our_own_delivery_links_phone_and_map(board, location):
    order_of(location, "merchant_managed_delivery")
    page = board.get(BOARD).content.decode()
    assert 'href="tel:+15550100100,77"' in page
    assert 'href="geo:0,0?q=1%20Main%20St%2C%20Apt%203%2C%20Austin%2C%2078701"' in page


def test_a_sent_position_leads_the_map_and_stands_for_a_missing_address(board, location):
    place = {**PLACE, "lat": 30.2672, "long": -97.7431}
    order = order_of(location, "merchant_managed_delivery", details={"delivery_address": place})
    assert 'href="geo:30.2672,-97.7431?q=1%20Main' in board.get(BOARD).content.decode()
    Order.objects.update(details={"delivery_address": {"lat": 30.2672, "long": -97.7431}})
    assert "30.2672,-97.7431" in text_of(board.get(action_url("ticket", order)))


def test_our_own_delivery_without_an_address_says_so(board, location):
    order = order_of(location, "merchant_managed_delivery", details={})
    for address in (BOARD, action_url("ticket", order), f"/board/orders/{order.pk}/driver/"):
        assert "No address was sent." in text_of(board.get(address)), address


@pytest.mark.parametrize(
    ("kind", "is_phone_printed"),
    [("pickup", False), ("delivery", False), ("dine_in", False), ("curbside", True)],
)
def test_other_kinds_have_name_and_phone_on_the_card_and_no_address_in_the_kitchen(
    board, location, kind, is_phone_printed
):
    order = order_of(location, kind)
    card, ticket = text_of(board.get(BOARD)), text_of(board.get(action_url("ticket", order)))
    assert "Pat +15550100100 Code 77" in card
    assert ("+15550100100" in ticket) == is_phone_printed
    for text in (card, ticket):
        assert "Pat" in text
        assert "Gate 4" in text
        assert WHERE not in text


@pytest.mark.parametrize("kind", ["pickup", "merchant_managed_delivery"])
def test_an_order_that_is_over_no_longer_shows_phone_and_address_on_the_board(
    board, location, kind
):
    order_of(location, kind, state=State.COMPLETED)
    text = text_of(board.get(BOARD))
    assert "Pat" in text
    assert "+15550100100" not in text
    assert WHERE not in text


@time_machine.travel(NOON, tick=False)
def test_an_order_for_a_chosen_time_is_marked_as_scheduled(board, location):
    later = datetime(2026, 5, 4, 18, 30, tzinfo=UTC)
    order = order_of(location, "pickup", is_future_order=True, requested_for=later)
    assert "13:30 · Scheduled" in text_of(board.get(action_url("ticket", order)))
    assert '<span class="tag">Scheduled</span>' in board.get(BOARD).content.decode()
    assert "13:30 · Scheduled" in text_of(board.get(f"/board/new/{order.pk}/"))
    at_once = order_of(location, "pickup", requested_for=later)
    assert "Scheduled" not in text_of(board.get(action_url("ticket", at_once)))


def test_card_and_ticket_name_the_brand_that_was_ordered_from(board, location):
    order = order_of(location, "pickup", brand="Wing Heaven")
    assert "Pickup · Wing Heaven ·" in text_of(board.get(BOARD))
    assert "Wing Heaven" in text_of(board.get(action_url("ticket", order)))
    Order.objects.update(is_in_store=True)
    assert "Wing Heaven" not in text_of(board.get(action_url("ticket", order)))


def test_another_poss_order_has_customer_notes_and_money_on_the_board(board, location):
    type(location).objects.update(shows_followed_orders=True)
    followed(location, unpaid=True, details={"delivery_address": PLACE, **TEXTS})
    text = text_of(board.get(BOARD))
    for words in ("Rosa Martínez", "+15125550199", "Code 4711", WHERE, "Gate 4", "No salt",
                  "Collect payment: 21.00 USD"):  # fmt: skip
        assert words in text, words


def test_the_admin_page_shows_every_detail_of_discounts_and_driver(board, location):
    order = order_of(
        location, "delivery", source="uber",
        details={
            "discounts": [{"amount": 100, "id": "TENOFF", "item_id": "fam_soda"}, {"amount": 50}],
            "tax_withheld_by_dsp": 33,
        },
        driver={
            "name": "Dee", "source": "doordash", "picture_url": "https://example.com/dee.jpg",
            "vehicle_info": {"make": "Kiwi", "is_autonomous": True},
        },
    )  # fmt: skip
    order.lines.create(name="Soda", position=0, kind="item_family", provider_id="fam_soda",
                       quantity=1, price_amount=250)  # fmt: skip
    text = text_of(board.get(f"/admin/orders/order/{order.pk}/change/"))
    for words in ("Discount TENOFF on Soda -1.00 USD", "Discount -0.50 USD",
                  "Tax withheld by the channel 0.33 USD", "Service DoorDash", "Self-driving Yes",
                  "Picture https://example.com/dee.jpg"):  # fmt: skip
        assert words in text, words
    assert "Kiwi self-driving" in text_of(board.get(BOARD))
    Order.objects.update(wait_seconds=12, kitchen_seconds=600)
    text = text_of(board.get(f"/admin/orders/order/{order.pk}/change/"))
    assert "Decided after 12 seconds Prepared in 10 minutes" in text


class _Loose(HTMLParser):
    """Collects the texts with `name` that no <bdi> keeps apart from the text around them."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name, self.depth, self.seen, self.loose = name, 0, 0, list[str]()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.depth += tag in ("bdi", "title")

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag in ("bdi", "title")

    def handle_data(self, data: str) -> None:
        self.seen += self.name in data
        if self.name in data and not self.depth:
            self.loose.append(data)


def test_names_cannot_turn_the_text_around_them(board, location):
    name = "\u202eשרה"
    order = order_of(location, "merchant_managed_delivery", customer_name=name)
    type(location).objects.update(name=name)
    for address in pages_of(order):
        texts = _Loose(name)
        texts.feed(board.get(address).content.decode())
        assert texts.seen, address
        assert texts.loose == [], address
