"""The same order, and orders for the last one, at the same instant (contract ORD-NEW, LIFE)."""

import pytest

from orders.inbound import create as order_intake
from orders.models import Order, OrderEvent, OrderLine
from tests.orders.support.stream_orders import at_location, line, order, refusal_in, stock
from tests.support.stream import Stream
from tests.support.threads import at_once

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("stream", "menu"),
]


def _sending(token, sent):
    return lambda: Stream(token.raw).order(**sent)


def test_sixteen_copies_of_one_order_are_one_order_with_one_answer(token):
    answers = at_once(*[_sending(token, order(line("fam_burger", 1000, 2)))] * 16)

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert Order.objects.count() == OrderLine.objects.count() == OrderEvent.objects.count() == 1


def test_copies_of_an_order_for_the_last_one_are_one_order_with_one_answer(token):
    at_location("fam_soda", stock_count=1)

    answers = at_once(*[_sending(token, order(line("fam_soda", 250)))] * 8)

    assert [answer.status_code for answer in answers] == [200] * 8
    assert len({answer.content for answer in answers}) == 1
    assert stock("fam_soda") == 0


def test_a_copy_that_finds_the_stock_taken_by_its_own_first_one_repeats_its_answer(
    token, monkeypatch
):
    """Accept the first between the copy's look-up and the copy's validation."""
    at_location("fam_soda", stock_count=1)
    sent = order(line("fam_soda", 250))
    first = []

    def load_late(*args):
        monkeypatch.undo()
        first.append(_sending(token, sent)())
        return order_intake.load_facts(*args)

    monkeypatch.setattr(order_intake, "load_facts", load_late)
    copy = _sending(token, sent)()

    assert (copy.status_code, copy.content) == (200, first[0].content)


def test_of_two_orders_for_the_last_one_one_is_accepted(token):
    at_location("fam_soda", stock_count=1)
    at_location("item_large", stock_count=100)
    lines = [line("item_large", 1500), line("fam_soda", 250)]

    answers = at_once(
        *[_sending(token, order(*lines, idempotency_key=f"key-{n}")) for n in range(6)]
    )

    refused = [answer for answer in answers if answer.status_code != 200]
    assert len(refused) == 5
    for answer in refused:
        assert refusal_in(answer) == {
            "stockValidation": [{"type": "item", "provider_id": "fam_soda", "quantity": 0}]
        }
    assert (stock("fam_soda"), stock("item_large")) == (0, 99)
    assert Order.objects.count() == 1


def test_stock_taken_between_the_judgement_and_the_writing_refuses_and_leaves_nothing(
    token, monkeypatch
):
    at_location("fam_soda", stock_count=1)
    at_location("item_large", stock_count=5)
    real = order_intake._accept

    def accept_late(*args):
        monkeypatch.undo()
        sent = order(line("fam_soda", 250), idempotency_key="quicker")
        assert _sending(token, sent)().status_code == 200
        return real(*args)

    monkeypatch.setattr(order_intake, "_accept", accept_late)
    lines = [line("item_large", 1500), line("fam_soda", 250)]
    refused = refusal_in(_sending(token, order(*lines))())

    assert refused == {
        "stockValidation": [{"type": "item", "provider_id": "fam_soda", "quantity": 0}]
    }
    assert stock("item_large") == 5
    assert Order.objects.count() == OrderLine.objects.count() == 1


def test_canceled_at_once_in_several_ways_the_stock_comes_back_once(token):
    at_location("fam_soda", stock_count=5)
    _sending(token, order(line("fam_soda", 250, 3)))()
    key = str(Order.objects.get().pk)

    def cancel(**said):
        return lambda: Stream(token.raw).event(**said)

    answers = at_once(
        *[cancel(event_type="order.canceled", order_id=key)] * 4,
        *[cancel(event_type="order.updated", order_id=key, status="dsp_canceled")] * 4,
    )

    assert [answer.status_code for answer in answers] == [200] * 8
    assert stock("fam_soda") == 5


def test_orders_that_take_the_same_things_crosswise_are_all_accepted(token):
    for one in ("fam_soda", "fam_burger", "item_large", "item_small"):
        at_location(one, stock_count=100)
    lines = [
        line("fam_soda", 250),
        line("fam_burger", 1000),
        line("item_large", 1500),
        line("item_small", 900),
    ]
    orders = [
        order(*(lines if n % 2 else reversed(lines)), idempotency_key=f"key-{n}") for n in range(12)
    ]
    sent = [one | {"subtotal": 3650} for one in orders]

    answers = at_once(*[_sending(token, one) for one in sent])

    assert [answer.status_code for answer in answers] == [200] * 12
    assert stock("fam_soda") == stock("item_small") == 88
