"""The poll that each tablet sends every 1.5 seconds: cheap while nothing has changed."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.locations import pause as location_pause
from integration.models import Alarm
from integration.monitoring import alarms
from orders.board import views
from orders.lifecycle import acceptance, transitions
from orders.models import Order
from orders.staff_pages.language import COOKIE
from orders.states import State
from tests.orders.support.board_pages import (
    BOARD,
    PART,
    board_order,
    columns,
    crowd,
    line,
    poll,
    text_of,
)
from tests.support import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def test_an_unchanged_board_is_a_304_without_a_body(live, location):
    board_order(location)
    first = poll(live)
    assert (first.status_code, columns(first)["progress"]) == (200, ["A-1"])
    again = poll(live, first["ETag"])
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert poll(live, f"W/{first['ETag']}").status_code == 304
    assert poll(live, "*, nonsense").status_code == 200


def test_the_first_poll_uses_the_pages_version(live, location):
    board_order(location)
    page = live.get(BOARD).content.decode()
    version = page.split('data-version="')[1].split('"')[0].replace("&quot;", '"')
    assert poll(live, version).status_code == 304


def changes():
    def new(order, by):
        board_order(order.location, dsp_order_number="B-2")

    def driver(order, by):
        order.driver = {"name": "Sam"}
        order.save(update_fields=["driver", "updated_at"])

    return {
        "new order": new,
        "accepted": lambda order, by: acceptance.accept(order.pk, by=by),
        "driver": driver,
        "canceled": lambda order, by: Order.objects.filter(pk=order.pk).update(
            state="dsp_canceled", updated_at=timezone.now()
        ),
        "paused": lambda order, by: location_pause.pause(order.location),
        "a minute later": lambda order, by: None,
        "renamed": lambda order, by: type(order.location).objects.update(name="Uptown"),
    }


@pytest.mark.parametrize("what", changes())
def test_every_change_changes_the_version(live, location, owner, clock, what):
    order = board_order(location, state=State.PENDING)
    version = poll(live)["ETag"]
    assert poll(live, version).status_code == 304
    clock.shift(timedelta(minutes=1) if what == "a minute later" else timedelta(milliseconds=1))

    changes()[what](order, owner)

    answer = poll(live, version)
    assert answer.status_code == 200
    assert answer["ETag"] != version


def test_a_change_that_commits_after_a_later_one_is_not_missed(live, location, clock):
    """Two orders change at nearly the same time, and the earlier change commits last."""
    slow, quick = board_order(location), board_order(location, dsp_order_number="B-2")
    clock.shift(timedelta(seconds=2))
    Order.objects.filter(pk=quick.pk).update(state="completed", updated_at=timezone.now())
    version = poll(live)["ETag"]
    earlier = timezone.now() - timedelta(seconds=1)
    Order.objects.filter(pk=slow.pk).update(state="ready_for_pickup", updated_at=earlier)

    answer = poll(live, version)

    assert columns(answer)["ready"] == ["A-1"]


def test_acknowledging_a_cancelation_changes_the_version(live, location):
    order = board_order(location, state=State.DSP_CANCELED)
    version = poll(live)["ETag"]
    live.post(f"{PART}{order.pk}/seen/")
    answer = poll(live, version)
    assert columns(answer) == {"new": [], "progress": [], "ready": [], "done": ["A-1"]}


def test_ended_orders_disappear_after_a_while(live, location, clock):
    order = board_order(location)
    transitions.move(order.pk, State.READY_FOR_PICKUP, by=factories.user(order.merchant))
    transitions.move(order.pk, State.COMPLETED, by=factories.user(order.merchant))
    version = poll(live)["ETag"]
    clock.shift(timedelta(minutes=30, seconds=1))
    assert columns(poll(live, version)) == {"new": [], "progress": [], "ready": []}


def test_the_version_depends_on_language_location_and_person(
    live, browser_client, merchant, location
):
    version = poll(live)["ETag"]
    spanish = live.get(PART, HTTP_ACCEPT_LANGUAGE="es", HTTP_IF_NONE_MATCH=version)
    assert spanish.status_code == 200
    assert poll(live, version, f"{PART}?location=loc_downtown").status_code == 200
    other = browser_client(factories.user(merchant, "manager"))
    assert poll(other, version).status_code == 200


def test_other_merchants_orders_do_not_change_the_version(live, location):
    version = poll(live)["ETag"]
    board_order(factories.location(factories.merchant()))
    assert poll(live, version).status_code == 304


def test_a_poll_without_a_session_gets_an_empty_401(client, location):
    answer = client.get(PART, HTTP_HX_REQUEST="true")
    assert (answer.status_code, answer.content) == (401, b"")
    assert client.get(PART).status_code == 302


def test_each_request_records_the_viewed_locations(live, location, monkeypatch):
    seen = []
    monkeypatch.setattr(views, "record_view", lambda places: seen.append([*places]))
    version = poll(live)["ETag"]
    poll(live, version)
    live.get(BOARD)
    assert seen == [[location]] * 3


def queries(browser, version=""):
    with CaptureQueriesContext(connection) as caught:
        answer = poll(browser, version)
    return len(caught), answer


def test_the_number_of_queries_does_not_depend_on_the_orders(live, location):
    line(board_order(location), "Burger")
    poll(live)
    few, answer = queries(live)
    # Session, person, locations, presence, standstill, version, orders, alarms.
    assert few == 8
    assert queries(live, answer["ETag"])[0] == 6
    crowd(location, 200)
    many, answer = queries(live)
    assert many == few + 1  # The lines of all new cards.
    assert queries(live)[0] == few
    assert queries(live, answer["ETag"])[0] == 6


def test_nothing_is_rendered_for_a_304(live, location, monkeypatch):
    board_order(location)
    version = poll(live)["ETag"]
    monkeypatch.setattr(views, "board_context", None)
    assert poll(live, version).status_code == 304


def test_the_seconds_to_decide_count_down(live, location, clock):
    board_order(location, state=State.PENDING)
    assert 'data-left="45"' in poll(live).content.decode()
    clock.shift(timedelta(seconds=7))
    assert 'data-left="38"' in poll(live).content.decode()


def test_too_many_open_orders_are_mentioned(live, location, monkeypatch):
    monkeypatch.setattr("orders.board.queries.MAX_ORDERS", 2)
    monkeypatch.setattr("orders.board.columns.MAX_ORDERS", 2)
    crowd(location, 2)
    assert "Too many open orders" not in text_of(poll(live))
    board_order(location)
    answer = poll(live)
    assert "Too many open orders" in text_of(answer)
    assert len(columns(answer)["progress"]) == 2


def test_a_standstill_of_the_workers_shows_at_once_and_in_the_persons_language(live, location):
    before = poll(live)
    assert "standstill" not in before.content.decode()
    alarms.raise_alarm(Alarm.Kind.STALLED, endpoint="workers", message="No worker runs.")

    after = poll(live, before["ETag"])
    assert after.status_code == 200
    assert "Orders are not being decided or passed on automatically." in after.content.decode()
    assert "No worker runs." not in after.content.decode()  # For operators, and in English.
    live.cookies[COOKIE] = "es"
    assert "Los pedidos no se deciden" in poll(live).content.decode()
    alarms.resolve(Alarm.Kind.STALLED, endpoint="workers")
    assert "standstill" not in poll(live).content.decode()
