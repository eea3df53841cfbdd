"""Windows, holidays, and what is open when."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from dsp.menus.hours import window
from dsp.menus.opening import is_open, next_opening, windows_on
from dsp.menus.schema import Holiday, Window

from .files import example, read, reasons

CHICAGO = ZoneInfo("America/Chicago")


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=CHICAGO)


def _week(**days):
    names = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    return tuple(tuple(window(text) for text in days.get(name, ())) for name in names)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("7:00-22:00", 420, 1320),
        ("09:00-23:59", 540, 1440),
        ("9:00-24:00", 540, 1440),
        ("00:00-00:00", 0, 1440),
        ("22:00-02:00", 1320, 1560),
        ("22:00-00:00", 1320, 1440),
        ("10:00-10:00", 600, 2040),
        ("23:59-23:59", 1439, 1440),
    ],
)
def test_a_window_is_minutes_and_may_run_past_midnight(text, start, end):
    assert window(text) == Window(start, end)


@pytest.mark.parametrize(
    "text",
    ["", "7-22", "7:00", "25:00-26:00", "24:00-01:00", "10:60-11:00", "10:00-24:01", "a", None, 5,
     "१०:००-११:००", "1:00-2:00\n3"],
)  # fmt: skip
def test_anything_else_is_no_window(text):
    assert window(text) is None


def test_a_day_whose_windows_are_all_broken_is_closed_and_they_are_listed():
    file = example(1)
    file["menus"][0]["schedule"] |= {"monday": ["7-22"], "tuesday": "x", "friday": [5, "7:00-8:00"]}
    reading = read(file)
    week = reading.menu.menus[0].week
    assert (week[0], week[1], week[4]) == ((), (), (Window(420, 480),))
    assert reasons(reading) == [("menu", "s-menu-all", "window")] * 3


def test_a_missing_day_is_closed_and_a_missing_schedule_is_no_menu():
    file = example(1)
    del file["menus"][0]["schedule"]["monday"]
    file["menus"].append(file["menus"][0] | {"stream_id": "s-menu-2", "schedule": None})
    reading = read(file)
    assert [menu.stream_id for menu in reading.menu.menus] == ["s-menu-all"]
    assert reading.menu.menus[0].week[0] == ()
    assert reasons(reading) == [("menu", "s-menu-2", "schedule")]


@pytest.mark.parametrize(
    "holiday",
    [
        {"date": "13-01", "recurring_yearly": True},
        {"date": "02-30", "recurring_yearly": True},
        {"date": "2026-12-25", "recurring_yearly": True},
        {"date": 1225, "recurring_yearly": True},
        {"date": "12-25", "recurring_yearly": False, "specific_years": []},
        {"date": "12-25", "recurring_yearly": False},
        {"date": "12-25"},
    ],
)
def test_a_holiday_without_a_date_or_years_is_left_out(holiday):
    file = example(1)
    file["holidays"].append(holiday)
    reading = read(file)
    assert len(reading.menu.holidays) == 3
    assert [one.kind for one in reading.left_out] == ["holiday"]


def test_a_window_past_midnight_covers_the_next_morning():
    week = _week(friday=["22:00-02:00"])
    opened = [at("2026-12-04T22:00"), at("2026-12-05T01:59")]
    closed = [at("2026-12-04T21:59"), at("2026-12-05T02:00"), at("2026-12-04T01:00")]
    assert [is_open(week, (), one) for one in opened + closed] == [True] * 2 + [False] * 3


def test_a_holiday_replaces_the_windows_and_the_night_before_runs_out():
    week = _week(thursday=["18:00-02:00"], friday=["9:00-17:00"])
    christmas = (Holiday(12, 25, (), (Window(600, 720),), ""),)
    assert is_open(week, christmas, at("2026-12-25T01:00"))
    assert is_open(week, christmas, at("2026-12-25T10:00"))
    assert not is_open(week, christmas, at("2026-12-25T09:30"))


def test_the_holiday_that_names_the_year_wins_then_the_later_one():
    closed, first, later = (
        Holiday(12, 25, (), (), ""),
        Holiday(12, 25, (2026,), (Window(0, 60),), ""),
        Holiday(12, 25, (2026, 2027), (Window(0, 120),), ""),
    )
    week = _week(friday=["9:00-17:00"])
    christmas = at("2026-12-25T12:00").date()
    assert windows_on(week, (first, closed), christmas) == (Window(0, 60),)
    assert windows_on(week, (first, later, closed), christmas) == (Window(0, 120),)
    assert windows_on(week, (first, closed), christmas.replace(year=2025)) == ()
    assert windows_on(week, (Holiday(12, 25, (2030,), (), ""),), christmas) == week[4]


def test_the_next_opening_is_the_first_beginning_of_a_window():
    week = _week(friday=["9:00-14:00", "17:00-22:00"])
    assert next_opening(week, (), at("2026-12-04T14:30")) == at("2026-12-04T17:00")
    assert next_opening(week, (), at("2026-12-04T22:00")) == at("2026-12-11T09:00")
    assert next_opening(_week(), (), at("2026-12-04T22:00")) is None


def test_a_window_begins_after_the_gap_when_clocks_skip_its_start():
    week = _week(sunday=["2:30-5:00"])  # On 8 March 2026 clocks skip 2:00 to 3:00.
    assert next_opening(week, (), at("2026-03-08T00:00")) == at("2026-03-08T03:00")
    assert is_open(week, (), at("2026-03-08T03:00"))
