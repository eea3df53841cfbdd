"""People are called when orders wait and nobody looks, when one waits for long, or is late."""

from datetime import timedelta

import pytest
from django.db import connection as db_connection
from django.test.utils import CaptureQueriesContext

from catalog.locations import pause as location_pause
from catalog.models import Location
from orders import tasks
from orders.alerts import service as alerts
from orders.lifecycle import acceptance
from orders.models import Order, StaffCall
from stream_pos.celery import app
from tests.orders.support.alert_rounds import another, at, look, made_manual, manual, noon, reasons
from tests.orders.support.deferred_orders import BUSY, pending
from tests.orders.support.stream_orders import make_menu, order
from tests.support import factories
from tests.support.threads import at_once

__all__ = ["manual"]


def _came(location, seconds=0.0, **fields):
    with at(seconds):
        return pending(location, **fields)


@pytest.mark.parametrize(("seconds", "called"), [(14.9, []), (15, ["waiting"]), (44, ["waiting"])])
def test_an_order_that_waits_for_15_seconds_calls(manual, seconds, called):
    waiting = _came(manual)
    assert look(seconds, at_board=manual) == called
    if called:
        call = StaffCall.objects.get()
        assert (call.location, call.order, call.since) == (manual, waiting, noon())


def test_where_nobody_looks_it_calls_at_once(manual):
    _came(manual)
    assert look(0.5) == ["waiting", "unwatched"]


def test_a_screen_that_was_closed_a_minute_ago_shows_it_to_nobody(manual):
    look(-60, at_board=manual)
    _came(manual)
    assert look(1) == ["waiting"]


@pytest.mark.parametrize(
    ("limit", "watched", "seconds", "called"),
    [
        (0, True, 44, []),
        (30, True, 29, []),
        (30, True, 30, ["waiting"]),
        (30, False, 1, []),
        (30, False, 30, ["waiting"]),
        (0, False, 44, []),
    ],
)
def test_each_location_says_when(manual, limit, watched, seconds, called):
    """Whoever is not looked for is called by the limit alone."""
    Location.objects.update(call_after_seconds=limit, call_when_unwatched=watched)
    _came(manual)
    assert look(seconds, at_board=manual if watched else None) == called


@pytest.mark.parametrize("end", ["accept", "reject", "clock", "stream"])
def test_a_decision_ends_it(manual, owner, stream, end):
    waiting = _came(manual)
    assert look(20, at_board=manual) == ["waiting"]
    if end == "accept":
        acceptance.accept(waiting.pk, by=owner)
    elif end == "reject":
        acceptance.reject(waiting.pk, BUSY, by=owner)
    elif end == "stream":
        stream.event("order.canceled", provider_id=str(waiting.pk))
    look(45, at_board=manual)
    assert look(46, at_board=manual) == []
    assert StaffCall.objects.get().ended_at == noon(seconds=45)


def test_an_order_calls_once_however_long_it_waits(manual):
    _came(manual)
    for seconds in range(1, 44):
        look(seconds)
    assert StaffCall.objects.filter(reason="waiting").count() == 1


def test_an_order_calls_where_the_restaurant_is_closed_or_paused_by_now(manual):
    location_pause.pause(manual)
    Location.objects.update(hours={"monday": []})
    _came(manual)
    assert look(1) == ["waiting"]


def test_automatic_locations_call_nobody(location, token):
    factories.connect(location)
    _came(location, state="in_progress")
    assert look(3600) == []


# Late orders.


@pytest.fixture
def strict(location, token):
    """Calls when an order is ten minutes late."""
    return made_manual(location, acceptance_mode="automatic", call_late_minutes=10)


@pytest.mark.parametrize(
    ("fields", "due_minutes"),
    [
        ({"prep_time_minutes": 15}, 15),
        ({"prep_time_minutes": 40}, 40),
        ({"requested_for": noon(minutes=50)}, 15),
        ({"requested_for": noon(minutes=50), "is_future_order": True}, 50),
        ({"requested_for": noon(hours=10), "is_future_order": True}, 600),
    ],
)
def test_an_order_ten_minutes_after_it_was_due_calls(strict, fields, due_minutes):
    late = _came(strict, state="in_progress", **fields)
    due = due_minutes * 60
    assert look(due + 599) == []
    assert look(due + 600) == ["late"]
    call = StaffCall.objects.get()
    assert (call.order, call.since) == (late, noon(seconds=due))
    assert look(due + 4000) == ["late"]
    assert StaffCall.objects.count() == 1


@pytest.mark.parametrize("state", ["ready_for_pickup", "completed", "merchant_canceled"])
def test_what_is_done_is_not_late(strict, state):
    _came(strict, state=state)
    assert look(7200) == []


def test_moving_it_on_ends_it(strict):
    _came(strict, state="in_progress")
    assert look(3600) == ["late"]
    Order.objects.update(state="ready_for_pickup")
    assert look(3601) == []


def test_zero_minutes_is_never(strict):
    Location.objects.update(call_late_minutes=0)
    _came(strict, state="in_progress")
    assert look(7200) == []


def test_what_nobody_moved_for_a_day_is_not_called_for_any_more(strict):
    _came(strict, state="in_progress")
    assert look(86_400) == []


# Boards at which nobody looks.


def test_a_board_without_anybody_for_five_minutes_calls(manual):
    look(0, at_board=manual)
    assert look(300) == []
    assert look(300.1) == ["unwatched"]
    call = StaffCall.objects.get()
    assert (call.location, call.order) == (manual, None)


def test_looking_ends_it_and_it_may_come_again(manual):
    assert look(0) == ["unwatched"]
    assert look(1, at_board=manual) == []
    assert look(300) == []
    assert look(302) == ["unwatched"]
    assert StaffCall.objects.count() == 2


def test_a_look_ends_it_at_once(manual):
    look(0)
    with at(1):
        alerts.presence.seen([manual.pk])
    assert reasons() == []


@pytest.mark.parametrize(
    "fields",
    [
        {"acceptance_mode": "automatic"},
        {"acceptance_mode": "below_load"},  # It has room.
        {"is_connected": False},
        {"archived_at": noon()},
        {"paused_at": noon(), "paused_until": None},
        {"hours": {"monday": [], "tuesday": ["09:00-17:00"]}},
        {"hours": {"monday": ["11:57-20:00"]}},  # Open for less than five minutes.
        {"call_when_unwatched": False},
    ],
)
def test_nobody_is_needed_where_no_order_would_wait(manual, fields):
    look(0)
    Location.objects.update(**fields)
    assert look(60) == []  # What was open ends.
    StaffCall.objects.all().delete()
    assert look(61) == []


def test_a_full_kitchen_needs_somebody(manual):
    Location.objects.update(acceptance_mode="below_load", load_limit=2)
    _came(manual, state="in_progress")
    assert look(0) == []
    _came(manual, state="in_progress")
    _came(manual, state="ready_for_pickup")
    assert look(1) == ["unwatched"]
    Order.objects.update(state="completed")
    assert look(2) == []


def test_the_looks_at_one_board_do_nothing_for_another(manual, merchant):
    other = another(merchant)
    look(0, at_board=manual)
    assert list(StaffCall.objects.values_list("location", flat=True)) == [other.pk]


# The rounds.


def test_the_rounds_are_run(db):
    schedule = {one["task"]: one["schedule"] for one in app.conf.beat_schedule.values()}
    assert schedule[tasks.look_after_orders.name] == 1.0
    assert schedule[tasks.look_around.name] == 10.0
    assert schedule[tasks.mail_calls.name] == 10.0


def _queries(call):
    with CaptureQueriesContext(db_connection) as caught:
        call()
    return len([one for one in caught if one["sql"].startswith(("SELECT", "UPDATE", "INSERT"))])


def test_with_nothing_to_do_a_round_asks_next_to_nothing(location, settings):
    settings.EMAIL_IS_SET = True
    assert _queries(tasks.look_after_orders) == 2
    assert _queries(tasks.look_around) == 3
    assert _queries(tasks.mail_calls) == 1


def test_a_round_asks_no_more_for_many_orders_and_places(merchant, token):
    def count(places):
        for _ in range(places):
            one = another(merchant, call_late_minutes=5)
            with at(0):
                alerts.presence.seen([one.pk])
            for _ in range(3):
                _came(one)
                _came(one, state="in_progress")
        with at(5):
            return _queries(tasks.look_after_orders), _queries(tasks.look_around)

    assert count(1) == count(5)


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_at_once_each_call_comes_once(merchant, token, location, settings):
    settings.STAFF_CALL_URL, settings.STAFF_CALL_SECRET = "http://127.0.0.1:9/", "x" * 20
    made_manual(location, call_late_minutes=5)
    for _ in range(3):
        pending(location)
        old = pending(location, state="in_progress")
        Order.objects.filter(pk=old.pk).update(created_at=old.created_at - timedelta(hours=1))

    at_once(*[tasks.look_after_orders, tasks.look_around] * 3)

    assert sorted(reasons()) == ["late"] * 3 + ["unwatched"] + ["waiting"] * 3
    assert merchant.outboundevent_set.filter(endpoint="calls").count() == 7


def test_from_the_order_to_the_call(stream, manual, merchant):
    make_menu(merchant)
    with at(0):
        assert stream.order(**order()).json()["order"]["async_acceptance"]
    assert look(1) == ["waiting", "unwatched"]


def test_the_round_reads_its_index(db):
    with db_connection.cursor() as cursor:
        if db_connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
    open_ones = StaffCall.objects.filter(reason__in=["waiting", "late"], ended_at=None)
    assert "call_open" in open_ones.explain()
