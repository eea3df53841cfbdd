"""Off for the day by the service, the command and the endpoint; back on automatically."""

import json
from datetime import UTC, datetime

import pytest
import time_machine
from django.core.management import CommandError, call_command

from catalog import models, tasks
from catalog.menu import availability
from catalog.models import FamilyAtLocation, Location
from tests.support import factories

NOW = datetime(2026, 5, 4, 17, 0, tzinfo=UTC)  # Monday noon in Chicago.
TUESDAY_9 = datetime(2026, 5, 5, 14, 0, tzinfo=UTC)
HOURS = {"monday": ["09:00-21:00"], "tuesday": ["09:00-21:00"]}


@pytest.fixture
def soda(merchant, location):
    Location.objects.filter(pk=location.pk).update(hours=HOURS)
    location.refresh_from_db()
    return factories.family(merchant, provider_id="soda", name="Soda")


def state():
    return FamilyAtLocation.objects.values_list("is_active", "inactive_until").get()


@time_machine.travel(NOW, tick=False)
def test_the_service_returns_the_end(soda, location):
    assert availability.switch_off_for_the_day(location, soda) == TUESDAY_9
    assert state() == (False, TUESDAY_9)


@pytest.mark.parametrize("make", ["item", "modifier", "group"])
@time_machine.travel(NOW, tick=False)
def test_every_kind_of_object_can_be_off_for_the_day(soda, merchant, location, make):
    target = factories.item(soda) if make == "item" else getattr(factories, make)(merchant)
    assert availability.switch_off_for_the_day(location, target) == TUESDAY_9
    row = availability.SWITCHABLE[type(target)].objects.get(object=target)
    assert (row.is_active, row.inactive_until) == (False, TUESDAY_9)


def test_stream_pulls_it_as_off_until_the_next_day_and_then_as_on(soda, location, stream):
    def is_on():
        [family] = stream.catalog("loc_downtown").json()["item_family"]
        return family["is_active"]

    with time_machine.travel(NOW, tick=False):
        availability.switch_off_for_the_day(location, soda)
        assert not is_on()
    with time_machine.travel(TUESDAY_9.replace(hour=13, minute=59), tick=False):
        tasks.look_after_catalogs()
        assert not is_on()
    with time_machine.travel(TUESDAY_9, tick=False):
        assert is_on()
        tasks.look_after_catalogs()
    assert state() == (True, None)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        # The nights of the clock changes in Chicago: still 04:00 local time.
        (datetime(2026, 3, 7, 18, tzinfo=UTC), datetime(2026, 3, 8, 9, tzinfo=UTC)),
        (datetime(2026, 10, 31, 17, tzinfo=UTC), datetime(2026, 11, 1, 10, tzinfo=UTC)),
    ],
)
def test_a_location_that_never_closes_switches_back_on_at_four_in_the_morning(
    merchant, location, now, until
):
    target = factories.family(merchant)
    with time_machine.travel(now, tick=False):
        assert availability.switch_off_for_the_day(location, target) == until


@time_machine.travel(NOW, tick=False)
def test_a_holiday_tomorrow_extends_the_time_off(soda, location):
    location.special_days = {"2026-05-05": []}
    assert availability.switch_off_for_the_day(location, soda) == datetime(
        2026, 5, 11, 14, tzinfo=UTC
    )


@time_machine.travel(NOW, tick=False)
def test_the_command_prints_the_end(soda, location, capsys):
    arguments = ["set_availability", "--location", "loc_downtown", "soda"]
    call_command(*arguments, "off", "--for-the-day")
    assert capsys.readouterr().out == "Soda is off at Downtown until 2026-05-05T09:00:00-05:00.\n"
    assert state() == (False, TUESDAY_9)

    with pytest.raises(CommandError, match="--for-the-day is only for off"):
        call_command(*arguments, "on", "--for-the-day")
    with pytest.raises(CommandError, match="not allowed with argument"):
        call_command(*arguments, "off", "--for-the-day", "--until", "2030-01-01T00:00:00Z")
    assert state() == (False, TUESDAY_9)


@time_machine.travel(NOW, tick=False)
def test_the_endpoint_returns_the_end(soda, merchant, browser_client):
    address = "/api/v1/locations/loc_downtown/availability/soda"
    client = browser_client(factories.user(merchant, "kitchen"))

    def put(**body):
        return client.put(address, json.dumps(body), content_type="application/json")

    answer = put(is_active=False, for_the_day=True)
    assert answer.json() == {
        "location_id": "loc_downtown",
        "object_id": "soda",
        "object_type": "item_family",
        "is_active": False,
        "until": "2026-05-05T14:00:00Z",
    }
    assert state() == (False, TUESDAY_9)
    assert put(is_active=False, for_the_day=False).json()["until"] is None
    assert state() == (False, None)


def test_other_locations_are_not_affected(soda, merchant, location):
    factories.location(merchant, name="Uptown")
    availability.switch_off_for_the_day(location, soda)
    assert models.FamilyAtLocation.objects.get().location == location
