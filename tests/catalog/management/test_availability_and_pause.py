"""The commands set_availability, pause_location and resume_location."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.core.management import ManagementUtility
from django.db import connection

from catalog.models import Location
from integration.models import OutboundEvent
from tests.catalog.support.full_menu import by_id
from tests.support import factories

ROOT = Path(__file__).resolve().parents[3]
NOW = datetime(2026, 5, 4, 17, 0, tzinfo=UTC)


@pytest.fixture
def run(capsys, monkeypatch):
    """Run a command as manage.py does; return its exit code, output and errors."""
    # A command closes the database connection at its end; the test still needs it.
    monkeypatch.setattr("django.core.management.base.connections.close_all", lambda: None)
    # An import limits its process, which here is that of all tests.
    monkeypatch.setattr("integration.bounded.own_limits.apply", lambda limits: None)

    def call(*arguments):
        code = 0
        try:
            ManagementUtility(["manage.py", *arguments]).execute()
        except SystemExit as stop:
            code = stop.code
        out, err = capsys.readouterr()
        return code, out, err

    return call


@pytest.fixture
def menu(merchant):
    modifier = factories.modifier(merchant, provider_id="mod", name="Cheese")
    group = factories.group(merchant, modifier, provider_id="grp", name="Extras")
    family = factories.family(merchant, group, provider_id="fam", name="Pizza")
    factories.item(family, provider_id="item", name="Large")


SWITCH = ["set_availability", "--location", "loc_downtown"]


@pytest.mark.parametrize(
    ("provider_id", "name"),
    [("fam", "Pizza"), ("item", "Large"), ("mod", "Cheese"), ("grp", "Extras")],
)
def test_an_object_is_switched_off_and_on(stream, menu, run, provider_id, name):
    for state, is_active in (("off", False), ("off", False), ("on", True)):
        expected = (0, f"{name} is {state} at Downtown.\n", "")
        assert run(*SWITCH, provider_id, state) == expected
        assert by_id(stream.catalog().json(), provider_id)["is_active"] is is_active


@pytest.mark.parametrize(("after", "is_active"), [(59, False), (60, True)])
def test_an_object_comes_back_on_automatically(stream, menu, run, after, is_active):
    with time_machine.travel(NOW, tick=False):
        assert run(*SWITCH, "fam", "off", "--until", "2026-05-04T13:00:00-05:00")[0] == 0

    with time_machine.travel(NOW + timedelta(minutes=after), tick=False):
        assert by_id(stream.catalog().json(), "fam")["is_active"] is is_active


def test_a_location_is_paused_and_resumed(stream, location, run):
    assert run("pause_location", "loc_downtown") == (0, "Downtown is paused until resumed.\n", "")
    location.refresh_from_db()
    assert location.is_paused()
    assert run("resume_location", "loc_downtown") == (0, "Downtown takes orders.\n", "")
    location.refresh_from_db()
    assert not location.is_paused()
    assert [event.event_type for event in OutboundEvent.objects.all()] == [
        "location.status.updated"
    ] * 2


@time_machine.travel(NOW, tick=False)
def test_a_location_is_paused_until_an_instant(stream, location, run):
    result = run("pause_location", "loc_downtown", "--until", "2026-05-04T18:00:00")

    assert result == (0, "Downtown is paused until 2026-05-04T18:00:00+00:00.\n", "")
    assert Location.objects.get().paused_until == NOW + timedelta(hours=1)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["pause_location", "loc_x"], "There is no location loc_x."),
        (["resume_location", "loc_archived"], "There is no location loc_archived."),
        (["set_availability", "--location", "x", "fam", "on"], "There is no location x."),
        (
            [*SWITCH, "fam_x", "off"],
            "Downtown has no item family, item, modifier or modifier group fam_x.",
        ),
        (
            [*SWITCH, "fam_foreign", "off"],
            "Downtown has no item family, item, modifier or modifier group fam_foreign.",
        ),
        (
            [*SWITCH, "fam", "on", "--until", "2030-01-01T00:00:00Z"],
            "--until is only for off: it sets when the object comes back on.",
        ),
        ([*SWITCH, "fam", "off", "--until", "2026-05-04T17:00:00Z"], "--until is in the past."),
        (
            ["pause_location", "loc_downtown", "--until", "2026-05-04T11:59:59-05:00"],
            "--until is in the past.",
        ),
    ],
)
@time_machine.travel(NOW, tick=False)
def test_a_refusal_prints_one_sentence_and_exits_with_1(
    stream, merchant, menu, run, arguments, sentence
):
    factories.location(merchant, provider_id="loc_archived", archived_at=NOW)
    factories.family(factories.merchant(), provider_id="fam_foreign")
    before = stream.catalog("loc_downtown").content
    OutboundEvent.objects.all().delete()

    code, out, err = run(*arguments)

    assert (code, out) == (1, "")
    assert err.strip().removeprefix("CommandError: ") == sentence
    assert stream.catalog("loc_downtown").content == before
    assert not OutboundEvent.objects.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["pause_location"],
        ["pause_location", "loc_downtown", "--until", "tomorrow"],
        ["pause_location", "loc_downtown", "--until", "2030-13-01T00:00:00Z"],
        ["pause_location", "loc_downtown", "--until", "9999-12-31T23:59:59-12:00"],
        ["resume_location", "loc_downtown", "--until", "2030-01-01T00:00:00Z"],
        ["set_availability", "fam", "on"],
        [*SWITCH, "fam"],
        [*SWITCH, "fam", "maybe"],
        [*SWITCH, "fam", "off", "--until", ""],
    ],
)
def test_wrong_usage_exits_with_2(stream, menu, run, arguments):
    code, out, err = run(*arguments)

    assert (code, out) == (2, "")
    assert "error:" in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("arguments", "code", "last_line"),
    [
        (["loc_x"], 1, "CommandError: There is no location loc_x."),
        (
            ["loc_x", "--until", "soon"],
            2,
            "manage.py pause_location: error: argument --until: 'soon' is not an instant like"
            " 2030-05-01T18:00:00Z.",
        ),
    ],
)
def test_a_refusal_in_the_shell_shows_no_traceback(db, arguments, code, last_line):
    """Run in a separate process, on this test's database."""
    name = connection.settings_dict["NAME"]
    url = f"sqlite:///{name}"
    if connection.vendor == "postgresql":
        url = f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/{name}"
    done = subprocess.run(
        [sys.executable, "manage.py", "pause_location", *arguments],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (code, "")
    lines = done.stderr.strip().splitlines()
    assert lines[-1] == last_line
    assert code == 2 or len(lines) == 1
