"""Why an order was canceled and by whom, wherever its end is shown."""

import pytest

from orders.lifecycle import transitions
from orders.models import Order
from orders.privacy import erasure
from orders.states import State
from tests.orders.support.board_pages import BOARD, action_url, board_order, text_of
from tests.orders.support.deliveries import DISPATCH, own

pytestmark = pytest.mark.django_db


def pages_of(order: Order) -> list[str]:
    return [
        BOARD, action_url("ticket", order), f"/admin/orders/order/{order.pk}/change/", DISPATCH,
        f"/board/new/{order.pk}/",
    ]  # fmt: skip


def test_reason_and_source_of_the_channel_are_shown_wherever_the_end_is(board, location, stream):
    order = own(location)
    body = {
        "provider_id": str(order.pk),
        "cancel_reason": "Changed plans",
        "cancel_source": "eater",
    }
    assert stream.event("order.canceled", **body).status_code == 200
    for address in pages_of(order):
        text = text_of(board.get(address))
        assert "Changed plans" in text, address
        assert "the customer" in text, address


def test_a_source_without_a_reason_is_shown_and_an_unknown_one_as_it_was_sent(
    board, location, stream
):
    order = board_order(location)
    stream.event("order.canceled", provider_id=str(order.pk), cancel_source="fraud_team")
    assert "Stop preparing it. By fraud team" in text_of(board.get(BOARD))


def test_staffs_own_reason_is_shown_with_the_persons_name(board, location, owner):
    order = own(location)
    transitions.move(order.pk, State.MERCHANT_CANCELED, by=owner, reason="Oven is broken")
    assert f"Oven is broken ( {owner.get_full_name()} )" in text_of(board.get(BOARD))


def test_a_later_cancelation_does_not_replace_the_reason_that_ended_the_order(
    board, location, owner, stream
):
    order = own(location)
    transitions.move(order.pk, State.MERCHANT_CANCELED, by=owner, reason="Oven is broken")
    stream.event("order.canceled", provider_id=str(order.pk), cancel_reason="Customer left")
    text = text_of(board.get(BOARD))
    assert "Oven is broken" in text
    assert "Customer left" not in text


def test_whoever_erases_a_canceled_order_is_not_shown_as_the_one_who_canceled_it(
    board, location, owner, stream
):
    order = own(location)
    stream.event("order.canceled", provider_id=str(order.pk), cancel_reason="Jane is ill")
    erasure.erase_order(order.pk, by=owner)
    text = text_of(board.get(BOARD))
    assert "Jane is ill" not in text
    assert f"By {owner.get_full_name()}" not in text
