"""Repeated and concurrent submissions, the last item in stock, and concurrent cancelations."""

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


def test_a_form_submitted_again_later_is_the_same_order(counter):
    counter.add("fam_soda")
    form = counter.form()
    first = counter.client.post(FINISH, form)
    counter.add("fam_burger")
    second = counter.client.post(FINISH, form, follow=True)
    assert second.redirect_chain == [(first["Location"], 302)]
    assert "This order was already placed" in second.content.decode()
    assert Order.objects.count() == 1
    # The cart filled meanwhile is another order.
    assert counter.placed().subtotal == 1000


@pytest.mark.parametrize("left", [None, 1])
def test_a_copy_placed_between_lookup_and_validation_is_one_order(counter, monkeypatch, left):
    """The copy is placed exactly between the lookup and the validation."""
    if left is not None:
        at_location("fam_soda", stock_count=left)
    counter.add("fam_soda")
    form, real, first = counter.form(), place_order._refusal, []

    def judge_late(*args: Any) -> Any:
        monkeypatch.undo()
        first.append(counter.client.post(FINISH, form))
        return real(*args)

    monkeypatch.setattr(place_order, "_refusal", judge_late)
    second = counter.client.post(FINISH, form)

    assert (second.status_code, second["Location"]) == (302, first[0]["Location"])
    assert Order.objects.count() == OrderEvent.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("left", [None, 1])
def test_a_form_submitted_concurrently_is_one_order(counter, left):
    """And the last item in stock is not missing for the second one."""
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
    """Return the final requests of `count` people with a full cart."""
    calls = []
    for _ in range(count):
        counter = Counter(browser_client(factories.user(merchant)))
        counter.add("fam_soda")
        calls.append(partial(counter.client.post, FINISH, counter.form()))
    return calls


@pytest.mark.django_db(transaction=True)
def test_the_last_item_is_sold_once_under_concurrency(browser_client, merchant, shop):
    at_location("fam_soda", stock_count=1)
    counters = [Counter(browser_client(factories.user(merchant))) for _ in range(3)]
    forms = []
    for counter in counters:
        counter.add("fam_soda")
        forms.append(counter.form())
    pairs = zip(counters, forms, strict=True)

    answers = at_once(
        *[
            lambda counter=counter, form=form: counter.client.post(FINISH, form)
            for counter, form in pairs
        ]
    )

    assert sorted(answer.status_code for answer in answers) == [302, 400, 400]
    assert stock("fam_soda") == 0


@pytest.mark.django_db(transaction=True)
def test_concurrent_orders_get_distinct_numbers(browser_client, merchant, shop):
    at_once(*_ready_to_place(4, browser_client, merchant))

    numbers = Order.objects.values_list("dsp_order_number", flat=True)
    assert sorted(numbers) == ["S1", "S2", "S3", "S4"]


def test_stock_sold_between_validation_and_writing_leaves_no_order(counter, monkeypatch):
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
def test_concurrent_entry_and_cancelation_do_not_deadlock(browser_client, merchant, owner, shop):
    """Both lock the stock and the location in the same sequence."""
    at_location("fam_soda", stock_count=50)
    counter = Counter(browser_client(owner))
    orders = []
    for _ in range(3):
        counter.add("fam_soda")
        orders.append(counter.placed(how="delivery", **ADDRESS, **PERSON))
    cancel = [
        partial(transitions.move, order.pk, State.MERCHANT_CANCELED, by=owner) for order in orders
    ]

    at_once(*_ready_to_place(3, browser_client, merchant), *cancel)

    assert stock("fam_soda") == 47
    numbers = Order.objects.values_list("dsp_order_number", flat=True)
    assert sorted(numbers) == ["S1", "S2", "S3", "S4", "S5", "S6"]
