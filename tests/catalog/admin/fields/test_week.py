"""The week grid and the table of special days, in forms and on read-only pages."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from catalog import models
from tests.support import factories
from tests.support.admin_forms import filled

NOW = datetime(2026, 12, 24, 17, 0, tzinfo=UTC)  # Thursday, 11:00 in Chicago.
WEEK = {"monday": ["09:30-14:00", "17:00-23:59"], "tuesday": ["00:00-02:00"]}
SPECIAL = {"2026-11-26": [], "2026-12-24": ["10:00-15:00"], "2026-12-25": []}
DATE, HOURS = "special_days_date", "special_days_hours"

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def clock() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def client(clock: Any, browser_client: Any, owner: Any) -> Any:
    return browser_client(owner)


@pytest.fixture
def special(location: models.Location) -> models.Location:
    location.special_days = SPECIAL
    location.save()
    return location


def address(obj: Any) -> str:
    return reverse(f"admin:catalog_{obj._meta.model_name}_change", args=[obj.pk])


def bars(page: Any) -> list[tuple[str, str]]:
    return re.findall(r'<rect x="(\d+)" y="0" width="(\d+)"', page.content.decode())


def post(client: Any, obj: Any, *rows: tuple[str, str], **changes: str) -> Any:
    """Post the page's form with these rows of special days."""
    data = filled(client.get(address(obj))) | changes
    dates, hours = [day for day, _ in rows], [text for _, text in rows]
    return client.post(address(obj), data | {DATE: [*dates, ""], HOURS: [*hours, ""]})


def dates(page: Any) -> list[str]:
    """Return the dates in the editable table."""
    fields = re.findall(rf'<input[^>]*name="{DATE}"[^>]*>', page.content.decode())
    return [day for field in fields for day in re.findall(r'value="([^"]+)"', field)]


def special_error(answer: Any) -> str:
    assert answer.status_code == 200
    return str(answer.context_data["adminform"].form.errors["special_days"])


DRAWN = [("570", "270"), ("1020", "420"), ("0", "120")]


@pytest.mark.parametrize("role", ["manager", "kitchen"])
@pytest.mark.parametrize("make", ["location", "menu"])
def test_the_week_is_drawn_for_every_role(browser_client, merchant, role, make):
    if make == "location":
        target: Any = factories.location(merchant, hours=WEEK)
    else:
        target = factories.menu(merchant, schedule=WEEK)
    page = browser_client(factories.user(merchant, role)).get(address(target))
    assert bars(page) == DRAWN
    assert ("sp-daily" in page.content.decode()) is (role == "manager")


def test_an_invalid_window_is_kept_as_typed_and_not_drawn(client, location):
    data = filled(client.get(address(location))) | {"week_monday": "09:30-14:00, 22:00-02:00, x"}
    answer = client.post(address(location), data)
    assert "ends before it begins" in str(
        answer.context_data["adminform"].form.errors["week_monday"]
    )
    assert bars(answer) == [("570", "270")]
    assert 'value="09:30-14:00, 22:00-02:00, x"' in answer.content.decode()


def test_invalid_stored_hours_do_not_break_the_page(browser_client, merchant):
    target = factories.location(merchant, hours={"monday": ["broken"]}, special_days={"x": ["y"]})
    kitchen = factories.user(merchant, "kitchen")
    assert browser_client(kitchen).get(address(target)).status_code == 200


def test_special_days_are_added_changed_and_removed(client, special):
    rows = [("2026-12-31", "18:00-24:00; 9:00 – 14:00"), ("2026-12-24", "")]
    assert post(client, special, *rows).status_code == 302
    special.refresh_from_db()
    assert special.special_days == {
        "2026-12-24": [],
        "2026-12-31": ["09:00-14:00", "18:00-23:59"],
    }
    assert post(client, special).status_code == 302
    special.refresh_from_db()
    assert special.special_days == {}


def test_the_form_lists_future_days_in_order_and_past_days_apart(client, special):
    page = client.get(address(special))
    assert dates(page) == ["2026-12-24", "2026-12-25"]
    text = page.content.decode()
    assert re.search(r"<summary>Past days</summary>.*Thu 26 Nov 2026", text, re.DOTALL)


def test_past_days_stay_until_the_special_days_change(client, special):
    same = [("2026-12-24", "10:00-15:00"), ("2026-12-25", "")]
    assert post(client, special, *same, city="Dallas").status_code == 302
    special.refresh_from_db()
    assert (special.city, special.special_days) == ("Dallas", SPECIAL)

    # The page was opened before that day had passed.
    assert post(client, special, ("2026-11-26", ""), *same, ("2027-01-01", "")).status_code == 302
    special.refresh_from_db()
    assert list(special.special_days) == ["2026-12-24", "2026-12-25", "2027-01-01"]


def test_today_is_the_date_at_the_location(client, special):
    models.Location.objects.update(timezone="Pacific/Kiritimati")  # 25 December at the location.
    assert dates(client.get(address(special))) == ["2026-12-25"]


def test_a_form_without_the_table_leaves_special_days_alone(client, special):
    data = filled(client.get(address(special))) | {"city": "Dallas"}
    assert client.post(address(special), data).status_code == 302
    special.refresh_from_db()
    assert (special.city, special.special_days) == ("Dallas", SPECIAL)
    assert (
        "Dates" not in LogEntry.objects.get().change_message
    )  # It is not reported as changed either.


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (("2026-12-31", "nine to five"), "2026-12-31: nine to five is not a window like"),
        (("2026-12-31", "22:00-02:00"), "2026-12-31: 22:00-02:00 ends before it begins."),
        (("2026-12-31", "09:00-12:00, 11:00-13:00"), "2026-12-31: 11:00-13:00 overlaps"),
        (("2026-02-30", ""), "2026-02-30 is not a date like 2026-12-31."),
        (("31.12.2026", ""), "31.12.2026 is not a date like 2026-12-31."),
        (("", "09:00-12:00"), "Enter the date for 09:00-12:00, or clear its times."),
        (("2026-12-25", "09:00-12:00"), "2026-12-25 is listed twice"),
        (("2026-12-23", ""), "2026-12-23 is in the past: enter today or a later date."),
        (("<b>", ""), "&lt;b&gt; is not a date"),
        (("2026-12-31", "x" * 500), "is not a window like"),
        (("2026-12-31", "x" * 501), "Enter at most 500 characters."),
    ],
)
def test_an_invalid_special_day_is_reported_and_changes_nothing(client, special, row, message):
    answer = post(client, special, ("2026-12-25", ""), row)
    assert message in special_error(answer)
    assert f'value="{row[0].replace("<b>", "&lt;b&gt;")}"' in answer.content.decode() or not row[0]
    special.refresh_from_db()
    assert special.special_days == SPECIAL


def test_more_dates_than_hours_do_not_fail(client, special):
    data = filled(client.get(address(special))) | {DATE: ["2026-12-31", "2027-01-01"], HOURS: [""]}
    assert client.post(address(special), data).status_code == 302
    special.refresh_from_db()
    assert special.special_days == {"2026-12-31": []}


def test_a_read_only_user_sees_the_special_days_drawn(browser_client, merchant, special):
    page = browser_client(factories.user(merchant, "kitchen")).get(address(special))
    text = page.content.decode()
    assert bars(page) == [("600", "300")]
    assert "Thu 24 Dec 2026" in text
    assert "Fri 25 Dec 2026" in text
    assert "26 Nov 2026" not in text
    assert DATE not in text


def test_a_new_location_can_have_special_days(client, merchant):
    add = reverse("admin:catalog_location_add")
    data = filled(client.get(add)) | {
        "name": "Uptown", "address_line_1": "2 High St", "city": "Austin",
        DATE: ["2026-12-31"], HOURS: ["10:00-15:00"],
    }  # fmt: skip
    assert client.post(add, data).status_code == 302
    assert models.Location.objects.get(name="Uptown").special_days == {
        "2026-12-31": ["10:00-15:00"]
    }


def empty_days(page: Any) -> list[str]:
    """Return what each weekday reads while it is empty."""
    fields = re.findall(r'<input[^>]*name="week_[^>]*>', page.content.decode())
    return [re.search('placeholder="([^"]*)"', field)[1] for field in fields]


def test_a_location_without_hours_reads_always_open_and_with_some_the_other_days_closed(
    client, location
):
    location.hours = {}
    location.save()
    assert empty_days(client.get(address(location))) == ["always open"] * 7
    location.hours = {"monday": ["09:00-17:00"]}
    location.save()
    assert empty_days(client.get(address(location))) == ["closed"] * 7


def test_a_menu_without_hours_reads_closed_because_it_is_never_sold(client, merchant):
    menu = factories.menu(merchant, schedule={})
    assert empty_days(client.get(address(menu))) == ["closed"] * 7
