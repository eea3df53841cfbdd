"""What each tablet asks for every 1.5 seconds: cheap while nothing changed, right when it did."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.locations import pause as location_pause
from orders.board import views
from orders.lifecycle import acceptance, transitions
from orders.models import Order
from orders.states import State
from tests.orders.support.board_pages import BOARD, PART, columns, crowd, line, order, poll, text_of
from tests.support import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


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
        "accepted": lambda one, by: acceptance.accept(one.pk, by=by),
        "driver": driver,
        "canceled": lambda one, by: Order.objects.filter(pk=one.pk).update(
            state="dsp_canceled", updated_at=timezone.now()
        ),
        "paused": lambda one, by: location_pause.pause(one.location),
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
    transitions.move(one.pk, State.READY_FOR_PICKUP, by=factories.user(one.merchant))
    transitions.move(one.pk, State.COMPLETED, by=factories.user(one.merchant))
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


def queries(browser, version=""):
    with CaptureQueriesContext(connection) as caught:
        answer = poll(browser, version)
    return len(caught), answer


def test_the_number_of_queries_does_not_depend_on_the_orders(live, location):
    line(order(location), "Burger")
    poll(live)
    few, answer = queries(live)
    # The session, the user, the locations, the presence, the version, orders, alarms.
    assert few == 7
    assert queries(live, answer["ETag"])[0] == 5
    crowd(location, 200)
    many, answer = queries(live)
    assert many == few + 1  # The lines of all that is new.
    assert queries(live)[0] == few
    assert queries(live, answer["ETag"])[0] == 5


def test_nothing_is_rendered_for_a_304(live, location, monkeypatch):
    order(location)
    version = poll(live)["ETag"]
    monkeypatch.setattr(views, "page_of", None)
    assert poll(live, version).status_code == 304


def test_the_seconds_for_a_decision_go_by(live, location, clock):
    order(location, state=State.PENDING)
    assert 'data-left="45"' in poll(live).content.decode()
    clock.shift(timedelta(seconds=7))
    assert 'data-left="38"' in poll(live).content.decode()


def test_more_open_orders_than_fit_are_said(live, location, monkeypatch):
    monkeypatch.setattr("orders.board.queries.MOST", 2)
    monkeypatch.setattr("orders.board.columns.MOST", 2)
    crowd(location, 2)
    assert "Too many open orders" not in text_of(poll(live))
    order(location)
    answer = poll(live)
    assert "Too many open orders" in text_of(answer)
    assert len(columns(answer)["progress"]) == 2
