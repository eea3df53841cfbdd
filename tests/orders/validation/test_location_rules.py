"""The location refuses: closed, paused, unknown, or too far ahead (ORD-NEW, the table)."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from catalog.locations import pause as location_pause
from catalog.models import Location
from tests.orders.support.stream_orders import (
    LOCATION,
    NOW,
    gives_reasons,
    order,
    reasons_in,
    refusal_in,
)
from tests.support import factories

pytestmark = pytest.mark.usefixtures("menu")


def ms(instant):
    return int(instant.timestamp() * 1000)


OPEN = {"monday": ["09:00-11:30", "17:00-21:00"], "friday": ["00:00-23:59"]}


def _hours(hours, **fields):
    Location.objects.filter(provider_id=LOCATION).update(hours=hours, **fields)


@pytest.mark.parametrize(
    ("hours", "instant", "words"),
    [
        ({}, NOW, None),
        ({"monday": []}, NOW, None),
        (OPEN, NOW, "Downtown is closed until Monday 17:00."),
        (OPEN, NOW + timedelta(hours=4, minutes=59), "closed until Monday 17:00."),
        (OPEN, NOW + timedelta(hours=5), None),
        (OPEN, NOW + timedelta(hours=9), "closed until Friday 00:00."),
        (OPEN, datetime(2026, 5, 9, 4, 59, 59, tzinfo=UTC), None),
        (OPEN, datetime(2026, 5, 9, 5, 0, tzinfo=UTC), "closed until Monday 09:00."),
        ({"monday": ["10:00-12:00"]}, NOW, "closed until Monday, 11 May 10:00."),
    ],
)
def test_a_closed_location_says_when_it_opens_in_its_own_time(stream, hours, instant, words):
    _hours(hours)

    with time_machine.travel(instant, tick=False):
        answer = stream.order(**order())

    if words is None:
        assert answer.status_code == 200
    else:
        refused = refusal_in(answer)
        assert list(refused) == ["orderValidation"]
        assert gives_reasons(refused, [("store_unavailable", words)]), refused


@pytest.mark.parametrize(
    ("instant", "is_open"),
    [
        # Clocks go from 02:00 to 03:00.
        (datetime(2026, 3, 8, 8, 59, tzinfo=UTC), False),  # 03:59
        (datetime(2026, 3, 8, 9, 0, tzinfo=UTC), True),  # 04:00
        # Clocks go from 02:00 to 01:00.
        (datetime(2026, 11, 1, 9, 0, tzinfo=UTC), False),  # 03:00
        (datetime(2026, 11, 1, 10, 0, tzinfo=UTC), True),  # 04:00
    ],
)
def test_opening_hours_are_the_clock_on_the_wall_on_days_when_it_is_changed(
    stream, instant, is_open
):
    _hours({"sunday": ["04:00-05:00"]})

    with time_machine.travel(instant, tick=False):
        assert stream.order(**order()).status_code == (200 if is_open else 400)


@pytest.mark.parametrize(
    ("special", "wanted", "words"),
    [
        ({"2026-05-04": []}, NOW, "Downtown is closed until Tuesday 00:00."),
        ({"2026-05-04": ["15:00-16:00"]}, NOW, "Downtown is closed until Monday 15:00."),
        ({"2026-05-04": ["12:00-12:01"]}, NOW, None),
        ({"2026-05-03": [], "2026-05-05": []}, NOW, None),
        (
            {f"2026-05-{day:02}": [] for day in range(4, 12)},
            NOW,
            "Downtown is closed until Tuesday, 12 May 00:00.",
        ),
        # The date is the location's: 03:00 UTC is the evening before in Chicago.
        ({"2026-05-05": []}, datetime(2026, 5, 6, 3, 0, tzinfo=UTC), "until Wednesday 00:00."),
        ({"2026-05-06": []}, datetime(2026, 5, 6, 3, 0, tzinfo=UTC), None),
    ],
)
def test_special_days_close_and_open_now_and_for_future_orders(stream, special, wanted, words):
    Location.objects.filter(provider_id=LOCATION).update(special_days=special)
    later = {} if wanted == NOW else {"is_future_order": True, "requested_for": ms(wanted)}

    with time_machine.travel(NOW, tick=False):
        answer = stream.order(**order(**later))

    if words is None:
        assert answer.status_code == 200
    else:
        assert gives_reasons(refusal_in(answer), [("store_unavailable", words)])


@pytest.mark.parametrize(
    ("until", "words"),
    [
        (None, "Downtown is paused for now; resume it in the POS."),
        (NOW + timedelta(minutes=90), "Downtown is paused until Monday 13:30."),
        (NOW, None),
    ],
)
@time_machine.travel(NOW - timedelta(hours=1), tick=False)
def test_a_paused_location_takes_no_orders(stream, location, until, words):
    location_pause.pause(location, until=until)

    with time_machine.travel(NOW, tick=False):
        answer = stream.order(**order())

    if words is None:
        assert answer.status_code == 200
    else:
        assert refusal_in(answer) == {
            "orderValidation": [{"order_error": "store_unavailable", "order_error_reason": words}]
        }


@pytest.mark.parametrize("hidden", ["unknown", "foreign", "archived"])
def test_a_location_that_is_not_the_merchants_cannot_be_told_from_an_unknown_one(
    stream, merchant, hidden
):
    owner = factories.merchant(name="Foreign") if hidden == "foreign" else merchant
    if hidden != "unknown":
        archived = {"archived_at": NOW} if hidden == "archived" else {}
        factories.location(owner, provider_id="loc_hidden", **archived)

    answer = stream.order(**order(location_id="loc_hidden"))

    assert answer.status_code == 400
    assert answer.content == (
        b'{"posValidation":{"orderValidation":[{"order_error":"store_unavailable",'
        b'"order_error_reason":"This restaurant does not exist here."}]}}'
    )


@pytest.mark.parametrize(
    ("hours", "zone", "ahead", "words"),
    [
        ({}, "America/Chicago", timedelta(days=30), None),
        ({}, "America/Chicago", timedelta(days=30, seconds=1), "at most 30 days ahead"),
        (OPEN, "America/Chicago", timedelta(hours=6), None),
        (OPEN, "America/Chicago", timedelta(hours=11), "closed until Friday 00:00."),
        ({}, "Asia/Tokyo", timedelta(days=365 * 74), "at most 30 days ahead"),
        (OPEN, "Pacific/Kiritimati", None, "at most 30 days ahead"),
    ],
)
@time_machine.travel(NOW, tick=False)
def test_a_future_order_is_judged_by_the_time_it_is_for(stream, hours, zone, ahead, words):
    _hours(hours, timezone=zone)
    wanted = 4_133_980_799_999 if ahead is None else ms(NOW + ahead)

    answer = stream.order(**order(is_future_order=True, requested_for=wanted))

    if words is None:
        assert answer.status_code == 200
    else:
        assert words in reasons_in(refusal_in(answer))[0][1]
