"""The cache of the board's cards, and the duration of an update."""

import re
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.template import Template
from django.test.utils import CaptureQueriesContext

from integration import roles
from orders.board import card_cache
from orders.models import Order
from orders.privacy import erasure
from orders.states import State
from tests.orders.support.board_pages import (
    PART,
    START,
    board_order,
    buttons,
    columns,
    crowd,
    line,
    poll,
    text_of,
)
from tests.support import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.mark.parametrize("is_cached", [True, False])
def test_an_update_with_200_open_orders_takes_under_300_ms(live, location, monkeypatch, is_cached):
    """The best of ten runs, scaled to an idle current machine.

    A busy machine takes several times as long, so the time is compared with fixed work.
    """
    # Tests keep every template's context; the product does not.
    monkeypatch.setattr(Template, "_render", lambda self, context: self.nodelist.render(context))
    first, *_ = crowd(location, 200)
    poll(live)
    seconds = []
    for number in range(10):
        Order.objects.filter(pk=first.pk).update(
            customer_name=f"{number}", updated_at=START + timedelta(milliseconds=number + 1)
        )
        if not is_cached:
            card_cache._cards.clear()
            card_cache._lines.clear()
        slowness = _seconds_of(_fixed_work) / _FIXED_SECONDS
        started = time.process_time()
        answer = poll(live)
        seconds.append((time.process_time() - started) / slowness)
        assert len(columns(answer)["progress"]) == 200
        assert f'order__customer"><bdi>{number}<' in answer.content.decode()
    # The higher limit is for the first poll of a process, which takes half of it when idle.
    assert min(seconds) < (0.3 if is_cached else 0.6), seconds


_FIXED_SECONDS = 0.0133  # Measured on two idle cores.


def _fixed_work() -> None:
    """Do work like that of a template: calls and string building."""
    parts = []
    for number in range(100_000):
        parts.append(f"<p>{number}</p>")
    "".join(parts)


def _seconds_of(work: Callable[[], None]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def test_a_cached_card_is_shown_only_with_the_same_permissions(
    live, browser_client, merchant, location, monkeypatch
):
    factories.location(merchant, name="Uptown")
    order = board_order(location, customer_name="Jane")
    line(order, "Burger", provider_id="x")
    assert "Switch off: Burger" in poll(live).content.decode()
    monkeypatch.setitem(roles._GRANTED, roles.Role.KITCHEN, {"orders.view"})
    other = browser_client(factories.user(merchant, "kitchen"))
    assert "Switch off" not in poll(other).content.decode()
    assert buttons(poll(other)) == []
    assert "Listo" in text_of(live.get(PART, HTTP_ACCEPT_LANGUAGE="es"))
    assert "· Downtown" in text_of(poll(live))
    assert "· Downtown" not in text_of(poll(live, address=f"{PART}?location=loc_downtown"))


def test_lines_are_read_once_while_the_rest_of_the_card_changes(live, location, clock):
    order = board_order(location, state=State.PENDING)
    line(order, "Burger", provider_id="x", special_instructions="No <onions>")
    first = poll(live).content.decode()
    clock.shift(timedelta(minutes=3))
    with CaptureQueriesContext(connection) as caught:
        second = poll(live).content.decode()
    lines = re.compile(r'<ul class="lines">.*?</ul>', re.DOTALL)
    assert "No &lt;onions&gt;" in first
    assert lines.findall(first) == lines.findall(second) != []
    assert "3 min ago" in second
    assert not [query for query in caught if "orders_orderline" in query["sql"]]


def test_erased_data_is_not_served_from_the_cache(live, location, owner, clock):
    order = board_order(location, state=State.DSP_CANCELED)
    line(order, "Burger", special_instructions="For Jane, flat 4")
    assert "For Jane, flat 4" in poll(live).content.decode()
    clock.shift(timedelta(seconds=1))
    erasure.erase_order(order.pk, by=owner)
    assert "Burger" in poll(live).content.decode()
    assert "For Jane, flat 4" not in poll(live).content.decode()


def test_the_cache_does_not_grow_forever(live, location, monkeypatch):
    monkeypatch.setattr(card_cache, "_MAX_CARDS", 5)
    monkeypatch.setattr(card_cache, "_MAX_LINES", 5)
    for _ in range(4):
        crowd_size = Order.objects.count()
        board_order(location, dsp_order_number=f"N-{crowd_size}")
        board_order(location, dsp_order_number=f"M-{crowd_size}")
        assert len(columns(poll(live))["progress"]) == crowd_size + 2
        assert len(card_cache._cards) <= 8
        assert len(card_cache._lines) <= 8
