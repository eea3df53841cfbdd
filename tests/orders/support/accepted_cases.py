"""Orders that look odd and are right."""

from collections.abc import Callable
from typing import Any

from .steakhouse import (
    DONE,
    FRIES,
    RARE,
    RICE,
    SLAW,
    ahead,
    all_of,
    at,
    chosen_from_the_start,
    nothing,
    offered_too,
    soda,
    steak,
)
from .stream_orders import NOW, base, here, line, off, order

# What looks odd and is right: what was prepared, and what is ordered.
ACCEPTED: list[tuple[str, Callable[[], None], dict[str, Any]]] = [
    ("as the menu says", nothing, steak(RARE, FRIES, RICE, line("mod_dip", 50))),
    ("prices above ours", nothing, order(line("fam_soda", 999))),
    ("a markup line", nothing, order(line("fam_soda", 250), line(None, 99, name="Uber Markup"))),
    ("below a markup line", nothing, order(line(None, 99, 1, line("mod_x", 5), name="Markup"))),
    (
        "unknown enumerations and extra fields", nothing,
        soda(source="new-channel", fulfillment_type="by_balloon", extra={"of": ["theirs"]}),
    ),
    (
        "other channels and ways are off",
        at(channels_off=["doordash", "ubereats"], fulfillment_types_off=["delivery"]),
        soda(source="uber", fulfillment_type="pickup"),
    ),
    ("something is off, and the order does not say what it is",
     at(channels_off=["uber"], fulfillment_types_off=["delivery"]), soda()),
    ("one of each free", nothing, steak(DONE, FRIES, RICE, line("mod_dip", 0))),
    ("one free, one paid", nothing, steak(DONE, FRIES, RICE, line("mod_dip", 25, 2))),
    ("a required group that is off here", off("grp_cooking"), steak(FRIES, RICE)),
    ("off until a moment ago", off("grp_sides", inactive_until=NOW), steak(DONE, FRIES, RICE)),
    (
        "a group nobody can fulfil here asks for nothing",
        all_of(off("mod_fries"), here("mod_rice", stock_count=0)), steak(DONE),
    ),
    (
        "a group with fewer options than it asks for",
        base("grp_sides", minimum_unique_modifiers=4, maximum_unique_modifiers=None), steak(DONE),
    ),
    (
        "a group that contradicts itself",
        base("grp_sides", minimum_unique_modifiers=3, maximum_unique_modifiers=2),
        steak(DONE, FRIES),
    ),
    ("an archived group asks for nothing", base("grp_sides", archived_at=NOW), steak(DONE)),
    (
        "as often as from the start", chosen_from_the_start("mod_fries", "grp_sides", 2),
        steak(DONE, line("mod_fries", 0, 2), RICE),
    ),
    ("a discount of all there is", nothing, soda(discounts=[{"amount": 250}])),
    (
        "a discount on a line with its modifiers", nothing,
        steak(DONE, FRIES, RICE, line("mod_dip", 50))
        | {"discounts": [{"amount": 3050, "item_id": "fam_steak"}, {"amount": 0, "item_id": "x"}]},
    ),
    ("a future order for a day ago is for now", nothing, soda(**ahead(days=-1))),
    ("several of one", nothing, steak(DONE, FRIES, RICE, line("mod_dip", 50, 7))),
    (
        "a modifier of two groups counts for the one that lacks it",
        offered_too("grp_dips", "mod_rice"), steak(DONE, FRIES, RICE),
    ),
    (
        "or for the one that has room", offered_too("grp_dips", "mod_slaw"),
        steak(DONE, FRIES, RICE, SLAW),
    ),
    (
        "or is once of each", offered_too("grp_dips", "mod_rice"),
        steak(DONE, FRIES, line("mod_rice", 0, 2)),
    ),
    (
        "or of the one that is on",
        all_of(off("grp_sides"), offered_too("grp_dips", "mod_rice")), steak(DONE, RICE),
    ),
    (
        "the group is named", offered_too("grp_dips", "mod_rice"),
        steak(DONE, FRIES, line("mod_rice", 0, modifier_group_id="grp_sides"),
              line("mod_dip", 50, modifier_group_id="grp_dips")),
    ),
]  # fmt: skip
