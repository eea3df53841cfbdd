"""Quotes against a menu or store that changed before the order (contract DSP-RULES-STALE)."""

from datetime import timedelta

import pytest
import time_machine

from dsp.models import AvailabilityChange, ChannelOrder, Store
from tests.dsp.menus.files import example
from tests.dsp.support.front_end import ANN, PAID
from tests.dsp.support.menus import NOON, go_live

pytestmark = pytest.mark.django_db


def refused(answer):
    assert answer.status_code == 422
    assert not ChannelOrder.objects.exists()
    return [(one["code"], one["line"]) for one in answer.json()["problems"]]


def repriced(store, price):
    file = example(1)
    file["menus"][0]["categories"][0]["items"][0]["variations"][1]["price"] = price
    go_live(store, file)


def placed_after(front_end, selling, change, **times):
    quote = front_end.quote(selling, **times).json()
    change()
    body = {"quote_id": quote["quote_id"], "customer": ANN, "payment": PAID}
    return front_end.post("/orders", body, "key-1")


def test_at_the_same_or_a_lower_price_of_a_later_menu_it_is_placed(front_end, selling):
    answer = placed_after(front_end, selling, lambda: repriced(selling, 900))
    assert (answer.status_code, answer.json()["total"]) == (201, 2687 - 200 - 17)
    order = ChannelOrder.objects.get()
    assert (order.menu_number, order.subtotal, order.payment_amount) == (2, 2000, 2687)


def test_a_dearer_menu_is_refused_with_the_lines_that_are_dearer(front_end, selling):
    answer = placed_after(front_end, selling, lambda: repriced(selling, 1001))
    assert refused(answer) == [("menu_changed", None), ("menu_changed", 0)]
    assert answer.json()["problems"][1]["detail"] == "Burger, Large was 2200, is 2202."


def test_what_a_later_menu_or_update_has_taken_away_is_refused(front_end, selling):
    def without_large():
        file = example(1)
        file["menus"][0]["categories"][0]["items"][0]["variations"].pop()
        go_live(selling, file)

    answer = placed_after(front_end, selling, without_large)
    assert refused(answer) == [("menu_changed", None), ("unknown_item", 0)]

    def sell_out():
        go_live(selling, example(1), arrival=5)
        AvailabilityChange.objects.create(
            store=selling, kind="modifiers", stream_id="s-mod-cheese", is_active=False, arrival=6
        )

    sell_out()
    answer = front_end.quote(selling)
    assert (answer.status_code, answer.json()["code"]) == (422, "sold_out")


def test_a_store_that_closed_meanwhile_or_a_quote_that_ended_is_refused(front_end, selling):
    paused = placed_after(front_end, selling, lambda: Store.objects.update(own_paused_at=NOON))
    assert refused(paused) == [("store_paused", None)]
    Store.objects.update(own_paused_at=None)
    quote = front_end.quote(selling).json()
    body = {"quote_id": quote["quote_id"], "customer": ANN, "payment": PAID}
    with time_machine.travel(NOON + timedelta(seconds=600), tick=False):
        assert refused(front_end.post("/orders", body, "key-1")) == [("quote_expired", None)]
