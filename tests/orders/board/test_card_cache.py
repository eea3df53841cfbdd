"""What the board remembers of its cards, and how long an update takes."""

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
    buttons,
    columns,
    crowd,
    line,
    order,
    poll,
    text_of,
)
from tests.support import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.mark.parametrize("is_remembered", [True, False])
def test_an_update_with_200_open_orders_takes_under_300_ms(
    live, location, monkeypatch, is_remembered
):
    """The best of ten, on a machine that is as quick as one of today with nothing else to do.

    A busy one takes several times as long for the same work, so it is held against other work.
    """
    # Tests keep every template's context; the product does not.
    monkeypatch.setattr(Template, "_render", lambda self, context: self.nodelist.render(context))
    first, *_ = crowd(location, 200)
    poll(live)
    took = []
    for number in range(10):
        Order.objects.filter(pk=first.pk).update(
            customer_name=f"{number}", updated_at=START + timedelta(milliseconds=number + 1)
        )
        if not is_remembered:
            card_cache._kept.clear()
            card_cache._kept_lines.clear()
        slowness = _seconds_of(_fixed_work) / _FIXED_SECONDS
        begun = time.process_time()
        answer = poll(live)
        took.append((time.process_time() - begun) / slowness)
        assert len(columns(answer)["progress"]) == 200
        assert f'order__customer">{number}<' in answer.content.decode()
    # The second is the first poll of a process; it takes half of that where nothing else runs.
    assert min(took) < (0.3 if is_remembered else 0.6), took


_FIXED_SECONDS = 0.0133  # Measured on two cores that had nothing else to do.


def _fixed_work() -> None:
    """Of the kind that a template is: dictionaries, calls, and texts that are put together."""
    parts = []
    for number in range(100_000):
        parts.append(f"<p>{number}</p>")
    "".join(parts)


def _seconds_of(work: Callable[[], None]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def test_a_remembered_card_is_for_those_who_may_do_the_same(
    live, browser_client, merchant, location, monkeypatch
):
    factories.location(merchant, name="Uptown")
    one = order(location, customer_name="Jane")
    line(one, "Burger", provider_id="x")
    assert "Switch off: Burger" in poll(live).content.decode()
    monkeypatch.setitem(roles._GRANTED, roles.Role.KITCHEN, {"orders.view"})
    other = browser_client(factories.user(merchant, "kitchen"))
    assert "Switch off" not in poll(other).content.decode()
    assert buttons(poll(other)) == []
    assert "Listo" in text_of(live.get(PART, HTTP_ACCEPT_LANGUAGE="es"))
    assert "· Downtown" in text_of(poll(live))
    assert "· Downtown" not in text_of(poll(live, address=f"{PART}?location=loc_downtown"))


def test_lines_are_read_once_though_what_stands_around_them_changes(live, location, clock):
    one = order(location, state=State.PENDING)
    line(one, "Burger", provider_id="x", special_instructions="No <onions>")
    first = poll(live).content.decode()
    clock.shift(timedelta(minutes=3))
    with CaptureQueriesContext(connection) as caught:
        second = poll(live).content.decode()
    lines = re.compile(r'<ul class="lines">.*?</ul>', re.DOTALL)
    assert "No &lt;onions&gt;" in first
    assert lines.findall(first) == lines.findall(second) != []
    assert "3 min ago" in second
    assert not [query for query in caught if "orders_orderline" in query["sql"]]


def test_what_was_erased_is_not_remembered(live, location, owner, clock):
    one = order(location, state=State.DSP_CANCELED)
    line(one, "Burger", special_instructions="For Jane, flat 4")
    assert "For Jane, flat 4" in poll(live).content.decode()
    clock.shift(timedelta(seconds=1))
    erasure.erase_one(one.pk, by=owner)
    assert "Burger" in poll(live).content.decode()
    assert "For Jane, flat 4" not in poll(live).content.decode()


def test_what_is_remembered_does_not_grow_for_ever(live, location, monkeypatch):
    monkeypatch.setattr(card_cache, "_MOST", 5)
    monkeypatch.setattr(card_cache, "_MOST_LINES", 5)
    for _ in range(4):
        crowd_size = Order.objects.count()
        order(location, dsp_order_number=f"N-{crowd_size}")
        order(location, dsp_order_number=f"M-{crowd_size}")
        assert len(columns(poll(live))["progress"]) == crowd_size + 2
        assert len(card_cache._kept) <= 8
        assert len(card_cache._kept_lines) <= 8
