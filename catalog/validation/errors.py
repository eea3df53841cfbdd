"""What keeps an object out of what Stream gets: the rules that catalog.snapshots.serializer obeys.

They run in this order, because what one keeps out may break another: a group without options
that work cannot be chosen from, a family without sizes that work cannot be ordered.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from django.core.exceptions import ValidationError

from catalog.hours import weekly as weekly_hours
from catalog.menu.loader import MenuData, Offers

from . import cycles
from .context import Fault, Rows, Rule, Sight

HIGHEST_PRICE = 2**53  # Beyond it, JSON numbers are no longer exact everywhere.
_PRICED = ("item_family", "item", "modifier")


def sound_rows(menu: MenuData, offers: Offers) -> Rows:
    """The rows by kind that Stream gets at the place of these offers."""
    sight = Sight(menu, offers)
    for _ in faults(sight):
        pass
    return sight.rows_left()


def faults(sight: Sight) -> Iterator[tuple[Rule, Fault]]:
    """Every fault with its rule; afterwards `sight.out` holds what is kept out."""
    for rule in RULES:
        for fault in list(rule.find(sight)):
            sight.out[fault.kind].add(fault.key)
            yield rule, fault


def without_a_name(sight: Sight) -> Iterator[Fault]:
    for kind, rows in sight.menu.rows.items():
        for key, row in rows.items():
            if not row["name"] or row["name"].isspace():
                yield Fault(kind, key, "It has no name. Write one.")


def price_out_of_range(sight: Sight) -> Iterator[Fault]:
    """Its own price, where that is what customers pay."""
    for kind in _PRICED:
        for key, row in sight.menu.rows[kind].items():
            amount = row["price_amount"]
            if amount is None or 0 <= amount <= HIGHEST_PRICE:
                continue
            if kind != "item_family" or key not in sight.sizes_of:
                yield Fault(kind, key, f"Its price is {_wrong(sight, amount)}")


def special_price_out_of_range(sight: Sight) -> Iterator[Fault]:
    """In a channel, or of an option at this size."""
    for kind, prices in sight.menu.dsp_prices.items():
        for key, of_channels in prices.items():
            for one in of_channels:
                if key in sight.menu.rows[kind] and _is_wrong(one["price_amount"]):
                    wrong = _wrong(sight, one["price_amount"])
                    yield Fault(kind, key, f"Its price in the channel {one['dsp']} is {wrong}")
    modifiers = sight.menu.rows["modifier"]
    for key, of_modifiers in sight.menu.size_prices.items():
        for modifier, amount in of_modifiers:
            if key in sight.menu.rows["item"] and modifier in modifiers and _is_wrong(amount):
                option = sight.named("modifier", modifier)
                yield Fault("item", key, f"Its price for {option} is {_wrong(sight, amount)}")


def price_here_out_of_range(sight: Sight) -> Iterator[Fault]:
    for kind in _PRICED:
        for key, offer in sight.offers.by_kind.get(kind, {}).items():
            amount = offer.price_amount
            if amount is None or not _is_wrong(amount) or key not in sight.menu.rows[kind]:
                continue
            if kind != "item_family" or key not in sight.sizes_of:
                yield Fault(kind, key, f"Its price here is {_wrong(sight, amount)}")


def _is_wrong(amount: int) -> bool:
    return not 0 <= amount <= HIGHEST_PRICE


def _wrong(sight: Sight, amount: int) -> str:
    side = "below 0" if amount < 0 else "too high"
    return f"{sight.money(amount)}, which is {side}. Write another price, or remove it."


def leads_back_to_itself(sight: Sight) -> Iterator[Fault]:
    for key, group in cycles.options_in_cycles(sight.menu).items():
        through = sight.named("modifier_group", group)
        yield Fault(
            "modifier",
            key,
            f"Its nested group {through} leads back to it, without end. Remove that group from"
            " this option, or an option on the way back.",
        )


def at_least_over_at_most(sight: Sight) -> Iterator[Fault]:
    for key, row in sight.menu.rows["modifier_group"].items():
        least, most = row["minimum_unique_modifiers"], row["maximum_unique_modifiers"]
        if most is not None and least > most:
            yield Fault(
                "modifier_group",
                key,
                f"It asks for at least {least} and at most {most}, so no choice is right. Lower"
                " the one, or raise the other.",
            )


def more_required_than_options(sight: Sight) -> Iterator[Fault]:
    for key, row in sight.menu.rows["modifier_group"].items():
        least = row["minimum_unique_modifiers"]
        if least and (count := len(sight.linked("group_modifiers", key, "modifier"))) < least:
            yield Fault(
                "modifier_group",
                key,
                f"It asks for at least {least}, and {_options(count)} that Stream gets. Add"
                " options, repair its broken ones, or ask for fewer.",
            )


def _options(count: int) -> str:
    return "has 1 option" if count == 1 else f"has {count or 'no'} options"


def size_without_family(sight: Sight) -> Iterator[Fault]:
    families = sight.menu.rows["item_family"]
    for key, row in sight.menu.rows["item"].items():
        if row["family_id"] not in families:
            yield Fault(
                "item", key, "Its item family is archived. Bring that back, or archive this size."
            )


def allergens_no_words(sight: Sight) -> Iterator[Fault]:
    for key, row in sight.menu.rows["item_family"].items():
        if not _are_words(row["allergens"]):
            yield Fault(
                "item_family", key, "Its allergens are no list of words. Write them with commas."
            )


def _are_words(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(word, str) for word in value)


def no_price_and_no_size(sight: Sight) -> Iterator[Fault]:
    for key, row in sight.menu.rows["item_family"].items():
        if row["price_amount"] is None and key not in sight.sizes_of:
            yield Fault(
                "item_family",
                key,
                "It has neither a price nor a size, so nobody can order it. Write a price, or"
                " add a size.",
            )


def all_sizes_kept_out(sight: Sight) -> Iterator[Fault]:
    broken = sight.out["item"]
    if not broken:
        return
    for key in sight.menu.rows["item_family"]:
        sizes = sight.sizes_of.get(key)
        if sizes and broken.issuperset(sizes):
            yield Fault(
                "item_family", key, "Every one of its sizes is kept out. Repair one of them first."
            )


def broken_schedule(sight: Sight) -> Iterator[Fault]:
    for key, row in sight.menu.rows["menu"].items():
        try:
            weekly_hours.validate(row["schedule"])
        except ValidationError as error:
            yield Fault("menu", key, f"Its times cannot be read: {_said(error.messages)}")


def _said(messages: Iterable[str]) -> str:
    said = " ".join(messages)
    return f"{said[:1].upper()}{said[1:]} Write them anew."


def tax_below_zero(sight: Sight) -> Iterator[Fault]:
    for key, row in sight.menu.rows["tax"].items():
        if row["rate"] < 0:
            yield Fault("tax", key, f"Its rate is {row['rate']:f} percent. Write 0 or more.")


RULES = (
    Rule("no-name", without_a_name, "It has no name.", "Write one."),
    Rule(
        "price-range",
        price_out_of_range,
        "Its price is below 0, or so high that it is no longer exact.",
        "Write another price.",
    ),
    Rule(
        "special-price-range",
        special_price_out_of_range,
        "Its price in a channel, or of an option at this size, is below 0 or too high.",
        "Write another price, or remove it.",
    ),
    Rule(
        "location-price-range",
        price_here_out_of_range,
        "Its price at a location is below 0 or too high; it is kept out at that location.",
        "Write another price, or remove it.",
    ),
    Rule(
        "nested-in-itself",
        leads_back_to_itself,
        "A nested group of the option leads back to the option, without end.",
        "Remove the group from the option, or an option on the way back.",
    ),
    Rule(
        "least-over-most",
        at_least_over_at_most,
        "The group asks for more options at least than at most.",
        "Lower the one, or raise the other.",
    ),
    Rule(
        "requires-too-many",
        more_required_than_options,
        "The group asks for more options than it has that are not kept out.",
        "Add options, repair its broken ones, or ask for fewer.",
    ),
    Rule(
        "size-without-family",
        size_without_family,
        "The size is there, its item family is archived.",
        "Bring the family back, or archive the size.",
    ),
    Rule(
        "allergens",
        allergens_no_words,
        "The allergens are no list of words.",
        "Write them with commas between them.",
    ),
    Rule(
        "no-price-no-size",
        no_price_and_no_size,
        "The family has neither a price nor a size, so nobody can order it.",
        "Write a price, or add a size.",
    ),
    Rule(
        "all-sizes-out",
        all_sizes_kept_out,
        "Every size of the family is kept out.",
        "Repair one of them.",
    ),
    Rule(
        "menu-times",
        broken_schedule,
        "The menu's times overlap, end before they begin, or are no times.",
        "Write them anew.",
    ),
    Rule("tax-below-zero", tax_below_zero, "The rate is below 0.", "Write 0 or more."),
)
