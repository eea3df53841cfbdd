"""The kitchen's printed ticket."""

import uuid
from datetime import UTC, datetime

import pytest
import time_machine

from catalog.models import LocationAccess
from tests.orders.support.board_pages import BOARD, action_url, board_order, line, text_of
from tests.support import factories

pytestmark = pytest.mark.django_db


@time_machine.travel(datetime(2026, 5, 4, 17, 0, tzinfo=UTC), tick=False)
def test_the_ticket_has_everything_the_kitchen_needs(kitchen, location):
    order = board_order(
        location, dsp_order_number="A-77", source="doordash", fulfillment_type="pickup",
        customer_name="Jane", unpaid=True, total=2585,
        details={"special_instructions": "Ring twice", "should_include_utensils": True},
    )  # fmt: skip
    burger = line(
        order, "Burger", 0, quantity=2, special_instructions="No onions", price_amount=777
    )
    line(order, "Patty", 1, depth=1, parent=burger)
    assert f'href="{action_url("ticket", order)}"' in kitchen.get(BOARD).content.decode()

    answer = kitchen.get(action_url("ticket", order))

    assert text_of(answer) == (
        "Ticket A-77 · Stream POS A-77 DoorDash · Pickup Due 12:15 Downtown · received 12:00"
        " Jane Ring twice 2 × Burger No onions 1 × Patty With utensils Total 25.85 USD"
        " Collect payment Print"
    )
    assert 'class="depth-1"' in answer.content.decode()
    assert "Paid" in text_of(kitchen.get(action_url("ticket", board_order(location))))


def test_a_long_order_is_cut_on_the_card_but_not_on_the_ticket(board, location):
    order = board_order(location)
    for position in range(152):
        line(order, f"Dish {position}.", position)
    card = text_of(board.get(BOARD))
    assert "Dish 149." in card
    assert "Dish 150." not in card
    assert "And 2 more lines: see the ticket." in card
    assert "Dish 151." in text_of(board.get(action_url("ticket", order)))


def test_other_merchants_tickets_are_not_found(browser_client, merchant, location, client):
    person = factories.user(merchant, "kitchen")
    uptown = factories.location(merchant, provider_id="loc_uptown")
    LocationAccess.objects.create(user=person, location=uptown)
    browser = browser_client(person)
    foreign = board_order(factories.location(factories.merchant()))
    for order in (foreign, board_order(location)):
        assert browser.get(action_url("ticket", order)).status_code == 404
    assert browser.get(action_url("ticket", uuid.uuid4())).status_code == 404
    assert browser.get(action_url("ticket", board_order(uptown))).status_code == 200
    assert client.get(action_url("ticket", foreign)).status_code == 302
