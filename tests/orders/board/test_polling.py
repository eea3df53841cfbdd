"""What each tablet asks for every 1.5 seconds: cheap while nothing changed, right when it did."""

import re
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.template import Template
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog import pausing
from integration import roles
from orders import decisions, staff_moves
from orders.board import rendering, views
from orders.life import State
from orders.models import Order, OrderLine
from tests import factories

from .boards import BOARD, PART, buttons, columns, line, order, text_of

pytestmark = pytest.mark.django_db
START = timezone.now().replace(second=5, microsecond=0)


@pytest.fixture(autouse=True)
def clock():
    """Stands still, so that no minute begins in the middle of a test."""
    rendering._kept.clear()
    rendering._kept_lines.clear()
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


def poll(browser, version="", address=PART):
    return browser.get(address, HTTP_IF_NONE_MATCH=version)


def test_nothing_changed_is_a_304_without_a_body(live, location):
    order(location)
    first = poll(live)
    assert (first.status_code, columns(first)["progress"]) == (200, ["A-1"])
    again = poll(live, first["ETag"])
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert poll(live, f"W/{first['ETag']}").status_code == 304
    assert poll(live, "*, nonsense").status_code == 200


def test_the_pages_own_version_is_the_first_that_a_poll_asks_with(live, location):
    order(location)
    page = live.get(BOARD).content.decode()
    version = page.split('data-version="')[1].split('"')[0].replace("&quot;", '"')
    assert poll(live, version).status_code == 304


def changes():
    def new(one, by):
        order(one.location, dsp_order_number="B-2")

    def driver(one, by):
        one.driver = {"name": "Sam"}
        one.save(update_fields=["driver", "updated_at"])

    return {
        "new order": new,
        "accepted": lambda one, by: decisions.accept(one.pk, by=by),
        "driver": driver,
        "canceled": lambda one, by: Order.objects.filter(pk=one.pk).update(
            state="dsp_canceled", updated_at=timezone.now()
        ),
        "paused": lambda one, by: pausing.pause(one.location),
        "a minute later": lambda one, by: None,
        "renamed": lambda one, by: type(one.location).objects.update(name="Uptown"),
    }


@pytest.mark.parametrize("what", changes())
def test_every_change_is_a_new_board(live, location, owner, clock, what):
    one = order(location, state=State.PENDING)
    version = poll(live)["ETag"]
    assert poll(live, version).status_code == 304
    clock.shift(timedelta(minutes=1) if what == "a minute later" else timedelta(milliseconds=1))

    changes()[what](one, owner)

    answer = poll(live, version)
    assert answer.status_code == 200
    assert answer["ETag"] != version


def test_a_change_that_commits_after_a_later_one_is_not_overlooked(live, location, clock):
    """Two orders change at nearly the same time, and the earlier one commits last."""
    slow, quick = order(location), order(location, dsp_order_number="B-2")
    clock.shift(timedelta(seconds=2))
    Order.objects.filter(pk=quick.pk).update(state="completed", updated_at=timezone.now())
    version = poll(live)["ETag"]
    earlier = timezone.now() - timedelta(seconds=1)
    Order.objects.filter(pk=slow.pk).update(state="ready_for_pickup", updated_at=earlier)

    answer = poll(live, version)

    assert columns(answer)["ready"] == ["A-1"]


def test_seeing_a_cancelation_is_a_change_and_leaves_the_rest(live, location):
    one = order(location, state=State.DSP_CANCELED)
    version = poll(live)["ETag"]
    live.post(f"{PART}{one.pk}/seen/")
    answer = poll(live, version)
    assert columns(answer) == {"new": [], "progress": [], "ready": [], "done": ["A-1"]}


def test_what_ended_leaves_by_itself(live, location, clock):
    one = order(location)
    staff_moves.move(one.pk, State.READY_FOR_PICKUP, by=factories.user(one.merchant))
    staff_moves.move(one.pk, State.COMPLETED, by=factories.user(one.merchant))
    version = poll(live)["ETag"]
    clock.shift(timedelta(minutes=30, seconds=1))
    assert columns(poll(live, version)) == {"new": [], "progress": [], "ready": []}


def test_a_board_of_another_language_location_or_person_is_another(
    live, browser_client, merchant, location
):
    version = poll(live)["ETag"]
    spanish = live.get(PART, HTTP_ACCEPT_LANGUAGE="es", HTTP_IF_NONE_MATCH=version)
    assert spanish.status_code == 200
    assert poll(live, version, f"{PART}?location=loc_downtown").status_code == 200
    other = browser_client(factories.user(merchant, "manager"))
    assert poll(other, version).status_code == 200


def test_others_orders_change_nothing_here(live, location):
    version = poll(live)["ETag"]
    order(factories.location(factories.merchant()))
    assert poll(live, version).status_code == 304


def test_who_is_signed_out_gets_no_page_to_put_into_the_board(client, location):
    answer = client.get(PART, HTTP_HX_REQUEST="true")
    assert (answer.status_code, answer.content) == (401, b"")
    assert client.get(PART).status_code == 302


def test_each_look_says_which_locations_somebody_looks_at(live, location, monkeypatch):
    seen = []
    monkeypatch.setattr(views, "looked_at", lambda places: seen.append([*places]))
    version = poll(live)["ETag"]
    poll(live, version)
    live.get(BOARD)
    assert seen == [[location]] * 3


def crowd(location, count, lines=5):
    made = [
        Order(
            merchant=location.merchant, location=location, identity=f"i{n}", fingerprint="x",
            answer="{}", state=State.IN_PROGRESS, dsp_order_number=f"N-{n}", source="uber",
            customer_name="Jane Doe", fulfillment_type="delivery", prep_time_minutes=15,
            subtotal=1000, total=1000, currency="usd",
        )
        for n in range(count)
    ]  # fmt: skip
    Order.objects.bulk_create(made)
    OrderLine.objects.bulk_create(
        OrderLine(
            order=one, position=n, depth=n % 3, kind="item_family", provider_id="fam_1",
            name="Cheeseburger with everything", quantity=1, price_amount=100,
        )
        for one in made
        for n in range(lines)
    )  # fmt: skip
    return made


def queries(browser, version=""):
    with CaptureQueriesContext(connection) as caught:
        answer = poll(browser, version)
    return len(caught), answer


def test_the_number_of_queries_does_not_depend_on_the_orders(live, location):
    line(order(location), "Burger")
    poll(live)
    few, answer = queries(live)
    # The session, the person, the limit, the locations, the look, the version, orders, alarms.
    assert few == 8
    assert queries(live, answer["ETag"])[0] == 6
    crowd(location, 200)
    many, answer = queries(live)
    assert many == few + 1  # The lines of all that is new.
    assert queries(live)[0] == few
    assert queries(live, answer["ETag"])[0] == 6


def test_nothing_is_rendered_for_a_304(live, location, monkeypatch):
    order(location)
    version = poll(live)["ETag"]
    monkeypatch.setattr(views, "page_of", None)
    assert poll(live, version).status_code == 304


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
            rendering._kept.clear()
            rendering._kept_lines.clear()
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


def test_the_seconds_for_a_decision_go_by(live, location, clock):
    order(location, state=State.PENDING)
    assert 'data-left="45"' in poll(live).content.decode()
    clock.shift(timedelta(seconds=7))
    assert 'data-left="38"' in poll(live).content.decode()


def test_what_is_remembered_does_not_grow_for_ever(live, location, monkeypatch):
    monkeypatch.setattr(rendering, "_MOST", 5)
    monkeypatch.setattr(rendering, "_MOST_LINES", 5)
    for _ in range(4):
        crowd_size = Order.objects.count()
        order(location, dsp_order_number=f"N-{crowd_size}")
        order(location, dsp_order_number=f"M-{crowd_size}")
        assert len(columns(poll(live))["progress"]) == crowd_size + 2
        assert len(rendering._kept) <= 8
        assert len(rendering._kept_lines) <= 8


def test_more_open_orders_than_fit_are_said(live, location, monkeypatch):
    monkeypatch.setattr("orders.board.gathering.MOST", 2)
    monkeypatch.setattr("orders.board.columns.MOST", 2)
    crowd(location, 2)
    assert "There are more open orders" not in text_of(poll(live))
    order(location)
    answer = poll(live)
    assert "There are more open orders" in text_of(answer)
    assert len(columns(answer)["progress"]) == 2
