"""The same form twice, the last one in stock, and entering while others cancel."""

from functools import partial
from typing import Any

import pytest
from django.test import Client

from catalog.models import FamilyAtLocation
from orders.instore import place_order
from orders.lifecycle import transitions
from orders.models import Order, OrderEvent
from orders.states import State
from tests.orders.support.instore_pages import ADDRESS, FINISH, PERSON, Counter
from tests.orders.support.stream_orders import at_location, stock
from tests.support import factories
from tests.support.threads import at_once


def test_sent_again_later_it_is_the_same_order(counter):
    counter.add("fam_soda")
    form = counter.form()
    first = counter.client.post(FINISH, form)
    counter.add("fam_burger")
    second = counter.client.post(FINISH, form, follow=True)
    assert second.redirect_chain == [(first["Location"], 302)]
    assert "This order was placed already" in second.content.decode()
    assert Order.objects.count() == 1
    # What was put together meanwhile is another order.
    assert counter.placed().subtotal == 1000


@pytest.mark.parametrize("left", [None, 1])
def test_placed_by_its_own_copy_after_it_was_looked_for_it_is_one_order(counter, monkeypatch, left):
    """The copy comes exactly between the look for the order and its judgement."""
    if left is not None:
        at_location("fam_soda", stock_count=left)
    counter.add("fam_soda")
    form, real, first = counter.form(), place_order._judged, []

    def judge_late(*args: Any) -> Any:
        monkeypatch.undo()
        first.append(counter.client.post(FINISH, form))
        return real(*args)

    monkeypatch.setattr(place_order, "_judged", judge_late)
    second = counter.client.post(FINISH, form)

    assert (second.status_code, second["Location"]) == (302, first[0]["Location"])
    assert Order.objects.count() == OrderEvent.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("left", [None, 1])
def test_sent_twice_at_once_it_is_one_order(counter, left):
    """And the last one in stock is not missing for the second."""
    if left is not None:
        at_location("fam_soda", stock_count=left)
    counter.add("fam_soda")
    form = counter.form()
    cookies = counter.client.cookies

    def send() -> Any:
        client = Client(SERVER_NAME="127.0.0.1")
        client.cookies = cookies
        return client.post(FINISH, form)

    answers = at_once(*[send] * 4)

    assert [answer.status_code for answer in answers] == [302] * 4
    assert len({answer["Location"] for answer in answers}) == 1
    assert Order.objects.count() == OrderEvent.objects.count() == 1
    assert left is None or stock("fam_soda") == 0


def _ready_to_place(count: int, browser_client: Any, merchant: Any) -> list[Any]:
    """So many people who have only to press the button."""
    calls = []
    for _ in range(count):
        one = Counter(browser_client(factories.user(merchant)))
        one.add("fam_soda")
        calls.append(partial(one.client.post, FINISH, one.form()))
    return calls


@pytest.mark.django_db(transaction=True)
def test_two_who_sell_the_last_one_at_once_sell_it_once(browser_client, merchant, shop):
    at_location("fam_soda", stock_count=1)
    counters = [Counter(browser_client(factories.user(merchant))) for _ in range(3)]
    forms = []
    for one in counters:
        one.add("fam_soda")
        forms.append(one.form())
    pairs = zip(counters, forms, strict=True)

    answers = at_once(
        *[lambda one=one, form=form: one.client.post(FINISH, form) for one, form in pairs]
    )

    assert sorted(answer.status_code for answer in answers) == [302, 400, 400]
    assert stock("fam_soda") == 0


@pytest.mark.django_db(transaction=True)
def test_orders_entered_at_once_have_numbers_of_their_own(browser_client, merchant, shop):
    at_once(*_ready_to_place(4, browser_client, merchant))

    numbers = Order.objects.values_list("dsp_order_number", flat=True)
    assert sorted(numbers) == ["S1", "S2", "S3", "S4"]


def test_stock_sold_between_the_judgement_and_the_writing_leaves_nothing(counter, monkeypatch):
    at_location("fam_soda", stock_count=1)
    counter.add("fam_soda")
    real = place_order._order

    def order_late(*args: Any) -> Order:
        monkeypatch.undo()
        FamilyAtLocation.objects.update(stock_count=0)
        return real(*args)

    monkeypatch.setattr(place_order, "_order", order_late)
    answer = counter.place()
    assert answer.status_code == 400
    assert "Soda is sold out" in answer.content.decode()
    assert not Order.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_entering_and_canceling_at_once_do_not_wait_for_each_other(
    browser_client, merchant, owner, shop
):
    """Both lock the stock and the location, in the same order."""
    at_location("fam_soda", stock_count=50)
    counter = Counter(browser_client(owner))
    orders = []
    for _ in range(3):
        counter.add("fam_soda")
        orders.append(counter.placed(how="delivery", **ADDRESS, **PERSON))
    cancel = [
        partial(transitions.move, one.pk, State.MERCHANT_CANCELED, by=owner) for one in orders
    ]

    at_once(*_ready_to_place(3, browser_client, merchant), *cancel)

    assert stock("fam_soda") == 47
    numbers = Order.objects.values_list("dsp_order_number", flat=True)
    assert sorted(numbers) == ["S1", "S2", "S3", "S4", "S5", "S6"]
