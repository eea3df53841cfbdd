"""Stores as front ends see them."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from dsp.channel_api import stores_view
from dsp.menus.schema import Window
from dsp.models import Store
from tests.dsp.menus.files import example
from tests.dsp.support.channel import new_store
from tests.dsp.support.menus import NOON, go_live

pytestmark = pytest.mark.django_db


def test_an_open_store_with_the_hours_of_a_week(front_end, selling):
    assert front_end.get("/stores").json() == {
        "stores": [
            {
                "id": "str_8H2K",
                "name": "Downtown, order ahead",
                "timezone": "America/Chicago",
                "currency": "usd",
                "fulfillment_types": [
                    "pickup",
                    "curbside",
                    "drive_thru",
                    "merchant_managed_delivery",
                ],
                "prep_time_minutes": 15,
                "is_open": True,
                "closed_reason": None,
                "opens_at": None,
                "menu_version": 1,
                "hours": [
                    {"date": "2026-01-08", "windows": ["07:00-22:00"]},
                    {"date": "2026-01-09", "windows": ["07:00-14:30", "17:00-24:00"]},
                    {"date": "2026-01-10", "windows": ["09:00-24:00"]},
                    {"date": "2026-01-11", "windows": []},
                    {"date": "2026-01-12", "windows": ["07:00-22:00"]},
                    {"date": "2026-01-13", "windows": ["07:00-22:00"]},
                    {"date": "2026-01-14", "windows": ["07:00-22:00"]},
                ],
            }
        ]
    }


def test_the_week_begins_in_the_stores_zone_and_has_holidays(front_end, selling):
    file = example(1)
    lunch = {"monday": ["12:00-14:00"], "tuesday": ["23:00-02:00"], "wednesday": ["23:00-02:00"]}
    menu = {**file["menus"][0], "stream_id": "s-menu-lunch", "schedule": lunch}
    file["menus"].append(menu)
    go_live(selling, file)
    # In Austin it is the evening of Christmas Eve, a Thursday.
    with time_machine.travel(datetime(2026, 12, 25, 3, tzinfo=UTC), tick=False):
        hours = front_end.get("/stores/str_8H2K").json()["hours"]
    assert [day["date"] for day in hours][:2] == ["2026-12-24", "2026-12-25"]
    assert [day["windows"] for day in hours] == [
        ["07:00-22:00"],
        [],
        ["09:00-24:00"],
        [],
        ["07:00-22:00"],
        ["07:00-22:00", "23:00-02:00"],
        ["07:00-22:00", "23:00-02:00"],
    ]


def test_a_closed_store_says_why_and_until_when(front_end, selling):
    end = NOON + timedelta(hours=1)
    Store.objects.update(paused_at=NOON, paused_until=end)
    store = front_end.get("/stores/str_8H2K").json()
    assert (store["is_open"], store["closed_reason"]) == (False, "store_paused")
    assert store["opens_at"] == int(end.timestamp()) * 1000
    Store.objects.update(live_menu=None)
    store = front_end.get("/stores/str_8H2K").json()
    names = ("closed_reason", "currency", "prep_time_minutes", "menu_version", "opens_at")
    assert [store[name] for name in names] == ["no_menu", None, None, None, None]
    assert [day["windows"] for day in store["hours"]] == [[]] * 7


def test_a_list_of_stores_takes_the_same_queries_for_one_and_many(
    front_end, selling, django_assert_num_queries
):
    front_end.get("/stores")
    # The key, the stores, the authorization.
    with django_assert_num_queries(3):
        front_end.get("/stores")
    for _ in range(4):
        go_live(new_store(selling.merchant, connected_at=NOON), example(2))
    with django_assert_num_queries(4):  # And the hours that are not in memory, at once.
        assert len(front_end.get("/stores").json()["stores"]) == 5
    with django_assert_num_queries(3):
        front_end.get("/stores")


@pytest.mark.parametrize(
    ("window", "text"),
    [
        ((0, 1440), "00:00-24:00"),
        ((1380, 1560), "23:00-02:00"),
        ((420, 1860), "07:00-24:00"),
        ((60, 61), "01:00-01:01"),
    ],
)
def test_windows_are_written_as_clocks_show_them(window, text):
    assert stores_view._text(Window(*window)) == text
