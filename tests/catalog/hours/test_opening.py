"""Opening hours with special days: open or closed, the next opening, the business day."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError

from catalog.hours import special_days
from catalog.hours import weekly as weekly_hours
from catalog.hours.opening import Opening

ZONE = ZoneInfo("America/New_York")
WEEK = {
    "thursday": ["11:00-14:00", "17:00-22:00"],
    "friday": ["11:00-14:00", "17:00-23:59"],
    "saturday": ["00:00-02:00", "18:00-23:59"],
    "sunday": ["00:00-05:00"],
}
ALWAYS = weekly_hours.always_open()
NIGHTS = {"friday": ["18:00-23:59"], "saturday": ["00:00-05:00", "18:00-23:59"]}
BAKERY = {"thursday": ["03:00-12:00"], "friday": ["03:00-12:00"]}
# 25 December 2026 is a Friday.
SPECIAL = {"2026-12-25": [], "2026-12-26": ["10:00-15:00"], "2026-12-28": ["12:00-13:00"]}


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("week", "when", "is_open"),
    [
        (WEEK, "2026-12-24T13:59", True),
        (WEEK, "2026-12-24T14:00", False),
        (WEEK, "2026-12-25T12:00", False),  # Closed, on a Friday.
        (WEEK, "2026-12-26T00:30", False),  # The night after a closed day.
        (WEEK, "2026-12-26T10:00", True),
        (WEEK, "2026-12-26T18:30", False),  # Weekly hours do not apply.
        (WEEK, "2026-12-28T12:30", True),  # Mondays are closed otherwise.
        (WEEK, "2027-12-25T18:30", True),  # The same date of another year, a Saturday.
        ({}, "2026-12-24T23:59", True),
        ({}, "2026-12-25T00:00", False),
        ({}, "2026-12-26T15:00", False),
        ({}, "2026-12-27T00:00", True),
    ],
)
def test_a_special_day_replaces_the_day_of_the_week(week, when, is_open):
    assert Opening(week, SPECIAL).is_open(at(when)) is is_open


@pytest.mark.parametrize(
    ("week", "special", "when", "opens"),
    [
        (WEEK, SPECIAL, "2026-12-24T22:00", "2026-12-26T10:00"),
        (WEEK, SPECIAL, "2026-12-26T15:00", "2026-12-27T00:00"),
        (WEEK, SPECIAL, "2026-12-27T05:00", "2026-12-28T12:00"),
        ({}, SPECIAL, "2026-12-25T08:00", "2026-12-26T10:00"),
        ({"friday": ["11:00-14:00"]}, {}, "2026-12-25T11:00", "2027-01-01T11:00"),
        # Fourteen closed days in a row.
        (WEEK, {f"2026-12-{day}": [] for day in range(17, 31)}, "2026-12-17T08:00",
         "2026-12-31T11:00"),
    ],
)  # fmt: skip
def test_the_next_opening_is_found_beyond_special_days(week, special, when, opens):
    assert Opening(week, special).next_opening(at(when)) == at(opens)


def test_a_window_continued_past_midnight_is_not_an_opening():
    assert Opening(WEEK, {}).next_opening(at("2026-12-25T20:00")) == at("2026-12-26T18:00")
    assert Opening({}, {}).next_opening(at("2026-12-25T20:00")) is None


def test_malformed_windows_are_ignored():
    broken = Opening({"friday": ["broken", "15:00-11:00", None, "17:00-18:00"]}, {})
    assert broken.windows_on(at("2026-12-25T12:00").date()) == ["17:00-18:00"]
    assert not broken.is_open(at("2026-12-25T12:00"))


def test_a_location_that_never_opens_has_no_next_opening():
    days = {"2026-12-25": []}
    assert Opening({"noday": ["10:00-11:00"]}, days).next_opening(at("2026-12-24T12:00")) is None


@pytest.mark.parametrize(
    ("when", "opens"),
    [
        # Clocks go from 02:00 to 03:00 on 8 March: 02:30 is skipped at 07:00 UTC.
        (datetime(2026, 3, 8, 6, 0, tzinfo=UTC), datetime(2026, 3, 8, 7, 0, tzinfo=UTC)),
        # Clocks go from 02:00 to 01:00 on 1 November: 01:30 occurs at 05:30 and 06:30 UTC.
        (datetime(2026, 11, 1, 5, 0, tzinfo=UTC), datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),
        (datetime(2026, 11, 1, 6, 0, tzinfo=UTC), datetime(2026, 11, 1, 6, 30, tzinfo=UTC)),
    ],
)
def test_the_next_opening_is_right_when_clocks_change(when, opens):
    special = {"2026-03-08": ["02:30-04:00"], "2026-11-01": ["01:30-02:00"]}
    opening = Opening({"monday": ["10:00-11:00"]}, special)
    next_opening = opening.next_opening(when.astimezone(ZONE))
    assert next_opening.astimezone(UTC) == opens
    assert opening.is_open(next_opening)


@pytest.mark.parametrize(
    ("week", "special", "when", "begins"),
    [
        # In the morning, between lunch and dinner, and while it is open.
        (WEEK, {}, "2026-12-24T08:00", "2026-12-25T11:00"),
        (WEEK, {}, "2026-12-24T12:00", "2026-12-25T11:00"),
        (WEEK, {}, "2026-12-24T15:00", "2026-12-25T11:00"),
        # After closing; past midnight it is still the evening before, closed or open.
        (WEEK, {}, "2026-12-24T23:00", "2026-12-25T11:00"),
        (WEEK, {}, "2026-12-25T01:00", "2026-12-25T11:00"),
        (WEEK, {}, "2026-12-26T01:00", "2026-12-26T18:00"),
        (WEEK, {}, "2026-12-26T03:00", "2026-12-26T18:00"),
        (WEEK, {}, "2026-12-27T04:30", "2026-12-31T11:00"),
        (NIGHTS, {}, "2026-12-26T04:30", "2026-12-26T18:00"),
        # From 04:00 on it is the new day.
        (WEEK, {}, "2026-12-26T04:00", "2026-12-31T11:00"),
        # If it never closes, the day begins at 04:00.
        ({}, {}, "2026-12-24T12:00", "2026-12-25T04:00"),
        ({}, {}, "2026-12-25T03:59", "2026-12-25T04:00"),
        ({}, {}, "2026-12-25T04:00", "2026-12-26T04:00"),
        (ALWAYS, {}, "2026-12-24T12:00", "2026-12-25T04:00"),
        # A bakery's day begins before 04:00.
        (BAKERY, {}, "2026-12-24T03:30", "2026-12-25T03:00"),
        (BAKERY, {}, "2026-12-24T02:30", "2026-12-24T03:00"),
        # Special days count.
        (WEEK, SPECIAL, "2026-12-24T18:00", "2026-12-26T10:00"),
        ({}, SPECIAL, "2026-12-24T18:00", "2026-12-26T10:00"),
        ({}, SPECIAL, "2026-12-26T12:00", "2026-12-27T00:00"),
    ],
)
def test_off_for_the_day_ends_when_the_next_business_day_begins(week, special, when, begins):
    assert Opening(week, special).next_day(at(when)) == at(begins)


@pytest.mark.parametrize(
    ("when", "hours_later"),
    [("2026-03-07T12:00", 15), ("2026-10-31T12:00", 17), ("2026-06-01T12:00", 16)],
)
def test_the_business_day_begins_by_wall_clock_time(when, hours_later):
    begins = Opening({}, {}).next_day(at(when))
    assert (begins.astimezone(UTC) - at(when).astimezone(UTC)).total_seconds() == hours_later * 3600
    assert f"{begins:%H:%M}" == "04:00"


def test_a_location_that_never_opens_has_business_days():
    assert Opening({"noday": ["10:00-11:00"]}, {}).next_day(at("2026-12-24T12:00")) == at(
        "2026-12-25T04:00"
    )


@pytest.mark.parametrize(
    ("days", "message"),
    [
        ([], "Enter the dates with their windows."),
        ({"2026-02-30": []}, "2026-02-30 is not a date like 2026-12-31."),
        ({"20261231": []}, "20261231 is not a date like 2026-12-31."),
        ({"friday": []}, "friday is not a date like 2026-12-31."),
        ({"2026-12-31": "10:00-15:00"}, "2026-12-31: enter a list of windows like 10:00-15:00."),
        ({"2026-12-31": ["15:00-10:00"]}, "2026-12-31: 15:00-10:00 ends before it begins."),
        ({"2026-12-31": ["10:00-15:00", "14:00-16:00"]}, "overlaps the window before it."),
        ({f"{year}-01-01": [] for year in range(1000, 1401)}, "More than 400 special days"),
    ],
)
def test_an_invalid_special_day_is_refused(days, message):
    with pytest.raises(ValidationError) as caught:
        special_days.validate(days)
    assert message in caught.value.messages[0]


def test_valid_special_days_are_accepted():
    special_days.validate(SPECIAL | {"2026-12-31": ["10:00-15:00", "15:00-23:59"]})
