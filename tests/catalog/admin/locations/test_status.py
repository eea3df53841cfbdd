"""The top of a location's page: its state, and buttons to pause it."""

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from catalog import models
from catalog.locations import pause as location_pause
from integration.models import OutboundEvent
from tests.support import factories

NOW = datetime(2026, 5, 4, 17, 0, tzinfo=UTC)  # Monday noon in Chicago.
HOURS = {"monday": ["09:00-14:00", "17:00-22:00"], "tuesday": ["09:00-22:00"]}

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def clock() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def open_location(clock: Any, stream: Any, location: models.Location) -> models.Location:
    location.hours = HOURS
    location.save()
    return location


@pytest.fixture
def client(open_location: Any, browser_client: Any, owner: Any) -> Any:
    return browser_client(owner)


def address(location: models.Location) -> str:
    return reverse("admin:catalog_location_change", args=[location.pk])


def press(client: Any, location: models.Location, button: str) -> Any:
    return client.post(reverse("admin:catalog_location_press", args=[location.pk, button]))


def state(client: Any, location: models.Location) -> dict[str, Any]:
    context: dict[str, Any] = client.get(address(location)).context_data["state"]
    return context


def facts(client: Any, location: models.Location) -> dict[str, str]:
    return dict(state(client, location)["facts"])


def buttons(client: Any, location: models.Location) -> list[str]:
    return [button.text for button in state(client, location)["buttons"]]


PAUSES = ["Pause 30 minutes", "Pause 1 hour", "Pause for the day"]


def test_the_page_of_an_open_location_shows_its_state(client, open_location):
    assert state(client, open_location)["label"] == "Takes orders"
    assert facts(client, open_location) == {
        "Today": "09:00–14:00, 17:00–22:00",
        "Next opening": "Monday, 04 May, 17:00",
        "Prep time": "20 minutes",
        "Stream": "Connected",
        "Local time": "Monday, 12:00 (America/Chicago)",
    }
    assert buttons(client, open_location) == [*PAUSES, "Pause until resumed"]
    page = client.get(address(open_location)).content.decode()
    assert "Monday, 04 May, 17:00" in page
    assert "Pause for the day" in page


def test_a_special_day_closes_it_and_moves_the_next_opening(client, open_location):
    models.Location.objects.update(special_days={"2026-05-04": [], "2026-05-05": []})
    assert state(client, open_location)["label"] == "Closed now"
    shown = facts(client, open_location)
    assert shown["Today"] == "closed (special day)"
    assert shown["Next opening"] == "Monday, 11 May, 09:00"


def test_a_location_that_never_closes_says_so(client, open_location):
    models.Location.objects.update(hours={})
    shown = facts(client, open_location)
    assert shown["Today"] == "open all day"
    assert "Next opening" not in shown


@pytest.mark.parametrize(
    ("button", "until", "shown_until"),
    [
        ("pause_half_an_hour", datetime(2026, 5, 4, 17, 30, tzinfo=UTC), "04 May 2026, 12:30"),
        ("pause_an_hour", datetime(2026, 5, 4, 18, tzinfo=UTC), "04 May 2026, 13:00"),
        ("pause_for_the_day", datetime(2026, 5, 5, 14, tzinfo=UTC), "05 May 2026, 09:00"),
        ("pause", None, "Manually resumed"),
    ],
)
def test_pausing_and_resuming_from_the_page_are_each_reported_once(
    client, open_location, button, until, shown_until
):
    assert press(client, open_location, button).status_code == 302
    open_location.refresh_from_db()
    assert (open_location.is_paused(), open_location.paused_until) == (True, until)
    assert facts(client, open_location)["Paused until"].startswith(shown_until)
    assert facts(client, open_location)["Paused since"].startswith("04 May 2026, 12:00")
    assert buttons(client, open_location) == ["Resume", *PAUSES]

    assert press(client, open_location, "resume").status_code == 302
    open_location.refresh_from_db()
    assert not open_location.is_paused()
    events = OutboundEvent.objects.order_by("pk").values_list("event_type", flat=True)
    assert list(events) == ["location.status.updated"] * 2


def test_the_end_of_a_pause_can_be_changed(client, open_location):
    press(client, open_location, "pause")
    press(client, open_location, "pause_an_hour")
    open_location.refresh_from_db()
    assert open_location.paused_until == datetime(2026, 5, 4, 18, tzinfo=UTC)
    assert OutboundEvent.objects.count() == 2


def test_a_pause_ends_automatically_and_stream_is_told(clock, client, open_location):
    press(client, open_location, "pause_half_an_hour")
    clock.move_to(datetime(2026, 5, 4, 17, 30, tzinfo=UTC))
    location_pause.resume_due()
    assert "Paused until" not in facts(client, open_location)
    assert OutboundEvent.objects.latest("pk").body.endswith('"status":"active"}}')


def test_regular_closing_is_not_reported(clock, client, open_location):
    models.Location.objects.update(special_days={"2026-05-05": []})
    for hour in (14, 19, 23):
        clock.move_to(NOW.replace(day=4 if hour > 14 else 5, hour=hour))
        location_pause.resume_due()
    assert not OutboundEvent.objects.exists()


def test_an_archived_location_has_no_buttons(client, open_location):
    location_pause.archive(open_location)
    assert state(client, open_location)["label"] == "Archived"
    assert facts(client, open_location)["Stream"] == "Not connected"
    assert buttons(client, open_location) == []
    before = OutboundEvent.objects.count()
    press(client, open_location, "pause_an_hour")
    open_location.refresh_from_db()
    assert (open_location.paused_at, OutboundEvent.objects.count()) == (None, before)


def test_the_kitchen_sees_the_state_but_no_buttons(browser_client, merchant, open_location):
    kitchen = browser_client(factories.user(merchant, "kitchen"))
    assert facts(kitchen, open_location)["Prep time"] == "20 minutes"
    assert buttons(kitchen, open_location) == []
    assert press(kitchen, open_location, "pause").status_code == 403
    open_location.refresh_from_db()
    assert not open_location.is_paused()


def test_other_users_cannot_pause_it(browser_client, merchant, open_location):
    stranger = browser_client(factories.user(factories.merchant(), "owner"))
    assert press(stranger, open_location, "pause").status_code == 404
    limited = factories.user(merchant, "manager")
    models.LocationAccess.objects.create(user=limited, location=factories.location(merchant))
    assert press(browser_client(limited), open_location, "pause").status_code == 404
    client = browser_client(factories.user(merchant, "manager"))
    page = reverse("admin:catalog_location_press", args=[open_location.pk, "pause"])
    assert client.get(page).status_code == 405
    assert press(client, open_location, "archive").status_code == 404
    open_location.refresh_from_db()
    assert not open_location.is_paused()


def test_an_ended_pause_is_not_shown(client, open_location):
    over = timezone.now()
    models.Location.objects.update(paused_at=over, paused_until=over)
    assert state(client, open_location)["label"] == "Takes orders"
    assert "Paused since" not in facts(client, open_location)


def test_the_number_of_queries_does_not_grow_with_special_days(client, open_location):
    def count() -> int:
        with CaptureQueriesContext(database) as queries:
            assert client.get(address(open_location)).status_code == 200
        return len(queries)

    before = count()
    days = {f"2026-06-{day:02}": [] for day in range(1, 31)}
    models.Location.objects.update(special_days=days)
    assert count() == before <= 25
