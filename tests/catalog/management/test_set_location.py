"""The command set_location."""

import pytest
from django.core.management import CommandError, call_command

from catalog.models import Location
from tests.support import factories


@pytest.mark.parametrize("minutes", [0, 35, 32767])
def test_stream_reads_the_new_preparation_time(stream, merchant, location, capsys, minutes):
    factories.location(merchant, name="Uptown")
    call_command("set_location", "loc_downtown", "--prep-time", str(minutes))
    assert capsys.readouterr().out == f"Downtown needs {minutes} minutes for an order.\n"
    prep_times = {
        row["name"]: row["prep_time_minutes"]
        for row in stream.get("/locations").json()["locations"]
    }
    assert prep_times == {"Downtown": minutes, "Uptown": 20}


def test_other_settings_stay_as_they_are(location):
    pause = {
        "paused_at": location.created_at,
        "special_days": {"2026-12-25": []},
        "acceptance_mode": "manual",
    }
    Location.objects.update(**pause)
    call_command("set_location", "loc_downtown", "--prep-time", "5")
    location.refresh_from_db()
    assert {name: getattr(location, name) for name in pause} == pause


@pytest.mark.parametrize(
    ("mode", "message"), [("manual", "by staff, within 45 seconds"), ("automatic", "automatically")]
)
def test_the_new_acceptance_mode_is_printed(location, capsys, mode, message):
    call_command("set_location", "loc_downtown", "--acceptance", mode)
    assert capsys.readouterr().out == f"Orders at Downtown are accepted {message}.\n"
    location.refresh_from_db()
    assert (location.acceptance_mode, location.prep_time_minutes) == (mode, 20)


def test_refused_channels_and_fulfillment_types_are_printed(location, capsys):
    call_command("set_location", "loc_downtown", "--channels-off", "Uber, doordash,Uber,")
    call_command("set_location", "loc_downtown", "--not-offered", "drive_thru")
    location.refresh_from_db()
    assert location.channels_off == ["Uber", "doordash"]
    assert location.fulfillment_types_off == ["drive_thru"]
    call_command("set_location", "loc_downtown", "--channels-off", "")
    location.refresh_from_db()
    assert location.channels_off == []
    assert capsys.readouterr().out.splitlines() == [
        "Downtown takes orders from every channel except Uber, doordash.",
        "Downtown offers every fulfillment type except drive_thru.",
        "Downtown takes orders from every channel.",
    ]


def test_several_settings_change_at_once(location, capsys):
    call_command("set_location", "loc_downtown", "--prep-time", "35", "--acceptance", "manual")
    assert capsys.readouterr().out.splitlines() == [
        "Downtown needs 35 minutes for an order.",
        "Orders at Downtown are accepted by staff, within 45 seconds.",
    ]


@pytest.mark.parametrize(
    ("arguments", "message", "kept"),
    [
        (
            ["--acceptance", "below_load", "--load-limit", "12"],
            "Orders at Downtown are accepted automatically while the kitchen has room, otherwise"
            " by staff. The kitchen is full with 12 open orders.",
            {"acceptance_mode": "below_load", "load_limit": 12},
        ),
        (
            ["--default", "accept"],
            "An order at Downtown that staff do not decide on is accepted.",
            {"default_decision": "accept"},
        ),
        (
            ["--minutes-per-order", "2", "--orders-free", "5"],
            "With 17 open orders, a customer is told 44 minutes.",
            {"prep_minutes_per_order": 2, "prep_orders_free": 5},
        ),
        (
            ["--minutes-per-item", "1", "--items-free", "4", "--longest", "25"],
            "A customer who orders 14 items while nothing else is open is told 25 minutes.",
            {"prep_minutes_per_item": 1, "prep_items_free": 4, "prep_time_most_minutes": 25},
        ),
        (
            ["--call-after", "10", "--call-late", "30", "--call-emails", "a@b.co, c@d.co"],
            "a@b.co, c@d.co are alerted when an order has waited for 10 seconds or an order is 30"
            " minutes late at Downtown.",
            {"call_after_seconds": 10, "call_late_minutes": 30, "call_emails": "a@b.co, c@d.co"},
        ),
        (
            ["--call-after", "0"],
            "Nobody is alerted to orders at Downtown.",
            {"call_after_seconds": 0},
        ),
    ],
)
def test_changed_order_settings_are_explained(location, capsys, arguments, message, kept):
    call_command("set_location", "loc_downtown", *arguments)
    assert capsys.readouterr().out == f"{message}\n"
    location.refresh_from_db()
    assert {name: getattr(location, name) for name in kept} == kept


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["loc_downtown", "--load-limit", "0"], "'0': Ensure this value is greater than"),
        (["loc_downtown", "--load-limit", "501"], "'501': Ensure this value is less than"),
        (["loc_downtown", "--call-after", "45"], "'45': Ensure this value is less than"),
        (["loc_downtown", "--default", "maybe"], "invalid choice: 'maybe'"),
        (["loc_downtown", "--call-emails", "pat"], "'pat' is not an e-mail address"),
        (
            ["loc_downtown", "--call-emails", "a@b.co,c@d.co\nBcc: x@y.co"],
            "is not an e-mail address",
        ),
        (["loc_x", "--prep-time", "5"], "There is no location loc_x."),
        (["loc_archived", "--prep-time", "5"], "There is no location loc_archived."),
        (
            ["loc_downtown"],
            "Nothing to change: give --prep-time, --acceptance, or another option (see --help).",
        ),
        (["loc_x", "--acceptance", "manual"], "There is no location loc_x."),
        (["loc_downtown", "--acceptance", "maybe"], "invalid choice: 'maybe'"),
        (["loc_downtown", "--acceptance", ""], "invalid choice: ''"),
        (["loc_downtown", "--prep-time", "soon"], "'soon' is not a number of minutes"),
        (["loc_downtown", "--prep-time", "-1"], "'-1' is not a number of minutes"),
        (["loc_downtown", "--prep-time", "1.5"], "'1.5' is not a number of minutes"),
        (["loc_downtown", "--prep-time", "32768"], "'32768' is not a number of minutes"),
        (["loc_downtown", "--channels-off", "x" * 101], "A name must have 1 to 100 characters."),
        (["loc_downtown", "--channels-off", "a\0"], "A name must have 1 to 100 characters."),
        (["loc_downtown", "--prep-time", "٣"], "is not a number of minutes"),
    ],
)
def test_an_invalid_argument_is_refused(merchant, location, arguments, message):
    factories.location(merchant, provider_id="loc_archived", archived_at=location.created_at)
    with pytest.raises(CommandError) as caught:
        call_command("set_location", *arguments)
    assert message in str(caught.value)
    assert set(Location.objects.values_list("prep_time_minutes", "acceptance_mode")) == {
        (20, "automatic")
    }
