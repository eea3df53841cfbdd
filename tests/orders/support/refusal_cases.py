"""For each rule the orders that break it, by the name of the function that holds the rule.

A case: what was prepared, what is ordered, and the exact refusal.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from .steakhouse import (
    DONE,
    FRIES,
    MENU_AGAIN,
    RICE,
    SLAW,
    ahead,
    all_of,
    at,
    cart,
    chosen_from_the_start,
    closed,
    nothing,
    offered_too,
    pause,
    refused,
    soda,
    steak,
)
from .stream_orders import base, here, line, off, order


class Broken(NamedTuple):
    says: str
    prepare: Callable[[], None]
    sent: dict[str, Any]
    refusal: dict[str, Any]


_CHEAP = "Soda costs 2.50 USD here, but the order says 2.00 USD: " + MENU_AGAIN

RULES_BROKEN: dict[str, list[Broken]] = {
    "location_is_not_paused": [
        Broken(
            "paused", pause, soda(), closed("Downtown is paused for now; resume it in the POS.")
        ),
    ],
    "order_is_not_too_far_ahead": [
        Broken(
            "in 31 days", nothing, soda(**ahead(days=31)),
            closed("Downtown takes orders at most 30 days ahead."),
        ),
    ],
    "order_is_not_for_the_past": [
        Broken(
            "a day and a second ago", nothing, soda(**ahead(days=-1, seconds=-1)),
            closed("The order is for 03 May 2026 11:59, which has passed: choose another time."),
        ),
    ],
    "location_is_open": [
        Broken(
            "closed now", at(hours={"monday": ["18:00-20:00"]}), soda(),
            closed("Downtown is closed until Monday 18:00."),
        ),
        Broken(
            "closed then", at(hours={"monday": ["09:00-20:00"]}), soda(**ahead(days=1)),
            closed("Downtown is closed until Monday, 11 May 09:00."),
        ),
        Broken(
            "a special day", at(special_days={"2026-05-05": []}), soda(**ahead(days=1)),
            closed("Downtown is closed until Wednesday 00:00."),
        ),
    ],
    "channel_is_taken": [
        Broken(
            "switched off", at(channels_off=["uber"]), soda(source="Uber"),
            closed(
                "Downtown accepts no orders from Uber: switch the channel on at the location in the"
                " POS, or off in Stream."
            ),
        ),
    ],
    "fulfillment_type_is_offered": [
        Broken(
            "not offered", at(fulfillment_types_off=["Drive_Thru "]),
            soda(fulfillment_type="drive_thru"),
            closed(
                "Downtown does not offer drive-thru: switch it on at the location in the POS, or"
                " off in the channel."
            ),
        ),
        Broken(
            "an unknown one", at(fulfillment_types_off=["by_balloon"]),
            soda(fulfillment_type="By_Balloon"),
            closed(
                "Downtown does not offer By Balloon: switch it on at the location in the POS, or"
                " off in the channel."
            ),
        ),
    ],
    "only_drive_thru_is_unpaid": [
        Broken(
            "unpaid pickup", nothing, soda(unpaid=True, fulfillment_type="pickup"),
            refused("other", "Only drive-thru orders may come unpaid: this one must be paid."),
        ),
    ],
    "currency_is_ours": [
        Broken(
            "in euros", nothing, order(line("fam_soda", 250, price_currency="EUR")),
            cart("Soda is priced in EUR, but this restaurant sells in USD."),
        ),
    ],
    "lines_are_known": [
        Broken(
            "unknown item", nothing, order(line("fam_x", 1, name="Pie")),
            cart(f"Pie (fam_x) is not on the menu: {MENU_AGAIN}"),
        ),
        Broken(
            "without its size", nothing, order(line("fam_pizza", 1500)),
            cart("Pizza comes in sizes: choose one of them."),
        ),
    ],
    "modifiers_are_offered": [
        Broken(
            "unknown modifier", nothing, steak(DONE, FRIES, RICE, line("mod_x", 1, name="Egg")),
            cart(f"The modifier Egg (mod_x) is not on the menu: {MENU_AGAIN}"),
        ),
        Broken(
            "offered elsewhere", nothing, order(line("fam_soda", 250, 1, line("mod_dip", 50))),
            cart(f"Dip is not offered with Soda: {MENU_AGAIN}"),
        ),
        Broken(
            "one level too high", nothing, steak(DONE, FRIES, RICE, line("mod_seared", 0)),
            cart(f"Seared is not offered with Steak: {MENU_AGAIN}"),
        ),
        Broken(
            "another group named", nothing,
            steak(DONE, FRIES, RICE, line("mod_dip", 50, modifier_group_id="grp_sides")),
            cart(f"Dip is not offered with Steak: {MENU_AGAIN}"),
        ),
    ],
    "required_groups_are_chosen": [
        Broken(
            "no choice at all", nothing, order(line("fam_steak", 3000)),
            cart(
                f"Steak needs 1 choice from “Cooking”, and the order has none: {MENU_AGAIN}",
                f"Steak needs 2 choices from “Sides”, and the order has none: {MENU_AGAIN}",
            ),
        ),
        Broken(
            "one side of two", nothing, steak(DONE, FRIES),
            cart(f"Steak needs at least 2 choices from “Sides”, and the order has 1: {MENU_AGAIN}"),
        ),
        Broken(
            "the same side twice is one choice", base("grp_sides", selection_type="multiple"),
            steak(DONE, line("mod_fries", 0, 2)),
            cart(f"Steak needs at least 2 choices from “Sides”, and the order has 1: {MENU_AGAIN}"),
        ),
        Broken(
            "nested", nothing, steak(line("mod_rare", 0), FRIES, RICE),
            cart(f"Rare needs 1 choice from “Finish”, and the order has none: {MENU_AGAIN}"),
        ),
        Broken(
            "what is chosen from the start is not ordered by itself",
            chosen_from_the_start("mod_done", "grp_cooking", 1), steak(FRIES, RICE),
            cart(f"Steak needs 1 choice from “Cooking”, and the order has none: {MENU_AGAIN}"),
        ),
        Broken(
            "one option for two groups that ask for one each",
            all_of(
                base("grp_sides", minimum_unique_modifiers=1), offered_too("grp_sides", "mod_done")
            ),
            steak(DONE),
            cart(f"Steak needs 1 choice from “Sides”, and the order has none: {MENU_AGAIN}"),
        ),
    ],
    "groups_have_room": [
        Broken(
            "three sides", nothing, steak(DONE, FRIES, RICE, SLAW),
            cart(
                f"Steak may have at most 2 choices from “Sides”, and the order has 3: {MENU_AGAIN}"
            ),
        ),
        Broken(
            "none may be taken", base("grp_dips", maximum_unique_modifiers=0),
            steak(DONE, FRIES, RICE, line("mod_dip", 50)),
            cart(f"Steak may have no choices from “Dips”, and the order has 1: {MENU_AGAIN}"),
        ),
    ],
    "options_are_not_taken_too_often": [
        Broken(
            "twice in one", nothing, steak(DONE, line("mod_fries", 0, 2), RICE),
            cart(f"Fries may be taken once from “Sides”, and Steak has it 2 times: {MENU_AGAIN}"),
        ),
        Broken(
            "once and again", nothing, steak(DONE, FRIES, FRIES, RICE),
            cart(f"Fries may be taken once from “Sides”, and Steak has it 2 times: {MENU_AGAIN}"),
        ),
        Broken(
            "portions", base("grp_sides", selection_type="single_proportion"),
            steak(DONE, line("mod_fries", 0, 2), RICE),
            cart(f"Fries may be taken once from “Sides”, and Steak has it 2 times: {MENU_AGAIN}"),
        ),
        Broken(
            "more than from the start", chosen_from_the_start("mod_fries", "grp_sides", 2),
            steak(DONE, line("mod_fries", 0, 3), RICE),
            cart(
                f"Fries may be taken 2 times from “Sides”, and Steak has it 3 times: {MENU_AGAIN}"
            ),
        ),
    ],
    "groups_are_switched_on": [
        Broken(
            "off here", off("grp_sides"), steak(DONE, FRIES, RICE),
            cart(
                "Fries, Rice with Steak: the group “Sides” is switched off at Downtown. Switch it"
                f" on in the POS, or {MENU_AGAIN}"
            ),
        ),
        Broken(
            "off the menu", base("grp_dips", is_active=False),
            steak(DONE, FRIES, RICE, line("mod_dip", 50)),
            cart(
                "Dip with Steak: the group “Dips” is switched off at Downtown. Switch it on in the"
                f" POS, or {MENU_AGAIN}"
            ),
        ),
    ],
    "everything_is_available": [
        Broken(
            "fewer left", here("fam_soda", stock_count=1), order(line("fam_soda", 250, 2)),
            {"stockValidation": [{"type": "item", "provider_id": "fam_soda", "quantity": 1}]},
        ),
        Broken(
            "switched off", off("mod_done"), steak(DONE, FRIES, RICE),
            {"stockValidation": [{"type": "modifier", "provider_id": "mod_done", "quantity": 0}]},
        ),
    ],
    "prices_are_not_below_ours": [
        Broken(
            "too cheap", nothing, order(line("fam_soda", 200, name="Soda")),
            {"orderTotalsValidation": [{"posTotal": 250, "streamTotal": 200}]} | cart(_CHEAP),
        ),
        Broken(
            "chosen from the start is not free", chosen_from_the_start("mod_dip", "grp_dips", 2),
            steak(DONE, FRIES, RICE, line("mod_dip", 0, 2)),
            {"orderTotalsValidation": [{"posTotal": 3050, "streamTotal": 3000}]}
            | cart(f"Dip costs 0.50 USD here, but the order says 0.00 USD: {MENU_AGAIN}"),
        ),
    ],
    "prices_are_not_below_zero": [
        Broken(
            "below zero", nothing, order(line("fam_soda", 250), line(None, -10, name="Gift")),
            cart("The price of Gift is below zero."),
        ),
    ],
    "subtotal_covers_the_lines": [
        Broken(
            "less than its lines", nothing, soda() | {"line_items": [line("fam_soda", 300)]},
            cart(
                "The subtotal 2.50 USD is less than the order's own lines, which come to 3.00 USD."
            ),
        ),
    ],
    "discounts_are_not_below_zero": [
        Broken(
            "a discount that adds", nothing, soda(discounts=[{"id": "d", "amount": -100}]),
            cart("A discount is -1.00 USD: send discounts as amounts above zero."),
        ),
    ],
    "discounts_are_not_above_their_base": [
        Broken(
            "above the subtotal", nothing, soda(discounts=[{"id": "d", "amount": 251}]),
            cart(
                "The discount of 2.51 USD is more than what it is on: the subtotal comes to"
                " 2.50 USD."
            ),
        ),
        Broken(
            "two that are together above it", nothing,
            soda(discounts=[{"amount": 250}, {"amount": 1}]),
            cart(
                "The discount of 2.51 USD is more than what it is on: the subtotal comes to"
                " 2.50 USD."
            ),
        ),
        Broken(
            "above the line of its item", nothing,
            order(line("fam_soda", 250, name="Soda"), line(None, 900, name="Markup"),
                  discounts=[{"amount": 251, "item_id": "fam_soda_item"}]),
            cart("The discount of 2.51 USD is more than what it is on: Soda comes to 2.50 USD."),
        ),
    ],
}  # fmt: skip
