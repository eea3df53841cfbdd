"""Alerts: for orders that wait long, or at an unwatched board, or are late."""

from datetime import timedelta

import pytest
from django.db import connection as db_connection
from django.test.utils import CaptureQueriesContext

from catalog.locations import pause as location_pause
from catalog.models import Location
from integration.clocks import registry
from orders import tasks
from orders.alerts import service as alerts
from orders.lifecycle import acceptance
from orders.models import Order, StaffCall
from tests.orders.support.alert_rounds import another, at, look, made_manual, manual, noon, reasons
from tests.orders.support.deferred_orders import BUSY, pending
from tests.orders.support.stream_orders import make_menu, order
from tests.support import factories
from tests.support.threads import at_once

__all__ = ["manual"]


def _arrived(location, seconds=0.0, **fields):
    with at(seconds):
        return pending(location, **fields)


@pytest.mark.parametrize(
    ("seconds", "expected"), [(14.9, []), (15, ["waiting"]), (44, ["waiting"])]
)
def test_an_order_waiting_for_15_seconds_opens_an_alert(manual, seconds, expected):
    waiting = _arrived(manual)
    assert look(seconds, at_board=manual) == expected
    if expected:
        call = StaffCall.objects.get()
        assert (call.location, call.order, call.since) == (manual, waiting, noon())


def test_an_order_at_an_unwatched_board_opens_an_alert_at_once(manual):
    _arrived(manual)
    assert look(0.5) == ["waiting", "unwatched"]


def test_a_screen_closed_a_minute_ago_does_not_count(manual):
    look(-60, at_board=manual)
    _arrived(manual)
    assert look(1) == ["waiting"]


@pytest.mark.parametrize(
    ("limit", "watched", "seconds", "expected"),
    [
        (0, True, 44, []),
        (30, True, 29, []),
        (30, True, 30, ["waiting"]),
        (30, False, 1, []),
        (30, False, 30, ["waiting"]),
        (0, False, 44, []),
    ],
)
def test_each_location_has_its_own_limits(manual, limit, watched, seconds, expected):
    """A location that does not ask for unwatched boards has the time limit only."""
    Location.objects.update(call_after_seconds=limit, call_when_unwatched=watched)
    _arrived(manual)
    assert look(seconds, at_board=manual if watched else None) == expected


@pytest.mark.parametrize("end", ["accept", "reject", "clock", "stream"])
def test_a_decision_ends_the_alert(manual, owner, stream, end):
    waiting = _arrived(manual)
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


def test_an_order_opens_one_alert_however_long_it_waits(manual):
    _arrived(manual)
    for seconds in range(1, 44):
        look(seconds)
    assert StaffCall.objects.filter(reason="waiting").count() == 1


def test_an_order_opens_an_alert_at_a_closed_or_paused_location_too(manual):
    location_pause.pause(manual)
    Location.objects.update(hours={"monday": []})
    _arrived(manual)
    assert look(1) == ["waiting"]


def test_automatic_locations_open_no_alerts(location, token):
    factories.connect(location)
    _arrived(location, state="in_progress")
    assert look(3600) == []


# Late orders.


@pytest.fixture
def strict(location, token):
    """A location with alerts for orders ten minutes late."""
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
def test_an_order_ten_minutes_overdue_opens_an_alert(strict, fields, due_minutes):
    late = _arrived(strict, state="in_progress", **fields)
    due = due_minutes * 60
    assert look(due + 599) == []
    assert look(due + 600) == ["late"]
    call = StaffCall.objects.get()
    assert (call.order, call.since) == (late, noon(seconds=due))
    assert look(due + 4000) == ["late"]
    assert StaffCall.objects.count() == 1


@pytest.mark.parametrize("state", ["ready_for_pickup", "completed", "merchant_canceled"])
def test_a_finished_order_is_not_late(strict, state):
    _arrived(strict, state=state)
    assert look(7200) == []


def test_moving_the_order_on_ends_the_alert(strict):
    _arrived(strict, state="in_progress")
    assert look(3600) == ["late"]
    Order.objects.update(state="ready_for_pickup")
    assert look(3601) == []


def test_zero_minutes_means_never(strict):
    Location.objects.update(call_late_minutes=0)
    _arrived(strict, state="in_progress")
    assert look(7200) == []


def test_an_order_untouched_for_a_day_opens_no_alert(strict):
    _arrived(strict, state="in_progress")
    assert look(86_400) == []


# Unwatched boards.


def test_a_board_unwatched_for_five_minutes_opens_an_alert(manual):
    look(0, at_board=manual)
    assert look(300) == []
    assert look(300.1) == ["unwatched"]
    call = StaffCall.objects.get()
    assert (call.location, call.order) == (manual, None)


def test_watching_ends_the_alert_and_it_can_come_again(manual):
    assert look(0) == ["unwatched"]
    assert look(1, at_board=manual) == []
    assert look(300) == []
    assert look(302) == ["unwatched"]
    assert StaffCall.objects.count() == 2


def test_opening_the_board_ends_the_alert_at_once(manual):
    look(0)
    with at(1):
        alerts.presence.record([manual.pk])
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
def test_no_alert_is_open_where_no_order_would_wait(manual, fields):
    look(0)
    Location.objects.update(**fields)
    assert look(60) == []  # An open alert ends.
    StaffCall.objects.all().delete()
    assert look(61) == []


def test_a_full_kitchen_needs_staff(manual):
    Location.objects.update(acceptance_mode="below_load", load_limit=2)
    _arrived(manual, state="in_progress")
    assert look(0) == []
    _arrived(manual, state="in_progress")
    _arrived(manual, state="ready_for_pickup")
    assert look(1) == ["unwatched"]
    Order.objects.update(state="completed")
    assert look(2) == []


def test_watching_one_board_does_not_end_anothers_alert(manual, merchant):
    other = another(merchant)
    look(0, at_board=manual)
    assert list(StaffCall.objects.values_list("location", flat=True)) == [other.pk]


# The tasks.


def test_the_tasks_are_scheduled(db):
    schedule = {one.task_name: one.every_seconds for one in registry.all_rounds()}
    assert schedule[tasks.look_after_orders.name] == 1.0
    assert schedule[tasks.look_around.name] == 10.0
    assert schedule[tasks.mail_calls.name] == 10.0


def _queries(call):
    with CaptureQueriesContext(db_connection) as caught:
        call()
    return len(
        [query for query in caught if query["sql"].startswith(("SELECT", "UPDATE", "INSERT"))]
    )


def test_an_idle_run_takes_few_queries(location, settings):
    settings.EMAIL_IS_SET = True
    assert _queries(tasks.look_after_orders) == 2
    assert _queries(tasks.look_around) == 3
    assert _queries(tasks.mail_calls) == 1


def test_a_run_takes_no_more_queries_for_many_orders_and_locations(merchant, token):
    def count(locations):
        for _ in range(locations):
            location = another(merchant, call_late_minutes=5)
            with at(0):
                alerts.presence.record([location.pk])
            for _ in range(3):
                _arrived(location)
                _arrived(location, state="in_progress")
        with at(5):
            return _queries(tasks.look_after_orders), _queries(tasks.look_around)

    assert count(1) == count(5)


@pytest.mark.django_db(transaction=True)
def test_concurrent_workers_open_each_alert_once(merchant, token, location, settings):
    settings.STAFF_CALL_URL, settings.STAFF_CALL_SECRET = "http://127.0.0.1:9/", "x" * 20
    made_manual(location, call_late_minutes=5)
    for _ in range(3):
        pending(location)
        old = pending(location, state="in_progress")
        Order.objects.filter(pk=old.pk).update(created_at=old.created_at - timedelta(hours=1))

    at_once(*[tasks.look_after_orders, tasks.look_around] * 3)

    assert sorted(reasons()) == ["late"] * 3 + ["unwatched"] + ["waiting"] * 3
    assert merchant.outboundevent_set.filter(endpoint="calls").count() == 7


def test_an_order_from_stream_opens_an_alert(stream, manual, merchant):
    make_menu(merchant)
    with at(0):
        assert stream.order(**order()).json()["order"]["async_acceptance"]
    assert look(1) == ["waiting", "unwatched"]


def test_the_run_reads_its_index(db):
    with db_connection.cursor() as cursor:
        if db_connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
    open_alerts = StaffCall.objects.filter(reason__in=["waiting", "late"], ended_at=None)
    assert "call_open" in open_alerts.explain()
